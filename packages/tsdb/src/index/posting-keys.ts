/** Keys of the `postings` table: label name, label value, first ref of the run. */
import { createHash } from 'node:crypto';
import {
  cutTextKeyPart,
  keyAfterPrefix,
  readTextKeyPart,
  refKey,
  textKeyPart,
  textKeyPrefix,
} from '../store/keys.ts';

/** LMDB keys end at 1,978 bytes. Names have up to 512 by the label limits: 1,026 as a key part when all are zeros. */
const KEY_BYTES_MAX = 1978;
const NAME_PART_BYTES_MAX = 1026;
const VALUE_PART_BYTES_MAX = 800;
const CUT_PREFIX_BYTES = 256;
const DIGEST_BYTES = 16;
const TEXT_END_MARK = 0x0001;

export function namePart(name: string): Buffer {
  return textKeyPart(name);
}

/** False for a name that is too long for a key: no series has it. */
export function isIndexable(name: string): boolean {
  return name.length <= NAME_PART_BYTES_MAX && namePart(name).length <= NAME_PART_BYTES_MAX;
}

export interface ValuePart {
  readonly bytes: Buffer;
  /** The key holds only the start of the value. */
  readonly isCut: boolean;
}

export function valuePart(value: string): ValuePart {
  const whole = textKeyPart(value);
  if (whole.length <= VALUE_PART_BYTES_MAX) return { bytes: whole, isCut: false };
  const digest = createHash('sha256').update(value, 'utf8').digest().subarray(0, DIGEST_BYTES);
  return { bytes: cutTextKeyPart(keptOfCut(value), digest), isCut: true };
}

export function postingKey(name: string, value: ValuePart, firstRef: number): Buffer {
  return Buffer.concat([namePart(name), value.bytes, refKey(firstRef)]);
}

/** Makes the keys of one pair after the other without an object each, where they need no escape. */
export class PostingKeyWriter {
  readonly #key = Buffer.allocUnsafe(KEY_BYTES_MAX);
  #name = '';
  #nameBytes = 0;
  #pairBytes = 0;

  /**
   * @param valueBytes the value in UTF-8, from `start` to before `end`
   * @returns whether the keys hold only the start of the value
   */
  setPair(name: string, valueBytes: Uint8Array, start: number, end: number): boolean {
    if (name !== this.#name) {
      this.#nameBytes = namePart(name).copy(this.#key);
      this.#name = name;
    }
    const value = valueBytes.subarray(start, end);
    if (end - start + 2 > VALUE_PART_BYTES_MAX || value.includes(0)) return this.#setEscaped(value);
    this.#key.set(value, this.#nameBytes);
    this.#pairBytes = this.#key.writeUInt16BE(TEXT_END_MARK, this.#nameBytes + end - start);
    return false;
  }

  /** @returns a view that the next call overwrites */
  unsafeKeyOf(firstRef: number): Buffer {
    return this.#key.subarray(0, this.#key.writeUInt32BE(firstRef, this.#pairBytes));
  }

  #setEscaped(value: Uint8Array): boolean {
    const part = valuePart(Buffer.from(value).toString('utf8'));
    this.#pairBytes = this.#nameBytes + part.bytes.copy(this.#key, this.#nameBytes);
    return part.isCut;
  }
}

export interface KeyRange {
  readonly start: Buffer;
  readonly endExclusive: Buffer;
}

/** All runs of one pair. */
export function pairRange(name: string, value: string): KeyRange {
  return prefixRange(Buffer.concat([namePart(name), valuePart(value).bytes]));
}

/** All runs of the pairs of a name whose value starts with as much of `prefix` as a key of a cut value holds. */
export function valuePrefixRange(name: string, prefix: string): KeyRange {
  return prefixRange(Buffer.concat([namePart(name), textKeyPrefix(keptOfCut(prefix))]));
}

/** Values of which it is the same may be in any order among the keys; it is in order itself. */
export function keptOfCut(value: string): Buffer {
  return Buffer.from(value, 'utf8').subarray(0, CUT_PREFIX_BYTES);
}

function prefixRange(prefix: Buffer): KeyRange {
  return { start: prefix, endExclusive: keyAfterPrefix(prefix) };
}

export interface PostingKeyText {
  readonly name: string;
  /** Null when the record holds it. */
  readonly value: string | null;
}

export function readPostingKey(key: Buffer): PostingKeyText {
  const name = readTextKeyPart(key, 0);
  const value = readTextKeyPart(key, name.end);
  return { name: name.text ?? '', value: value.text };
}

/** The last part of a key. */
export function firstRefOfKey(key: Buffer): number {
  return key.readUInt32BE(key.length - 4);
}
