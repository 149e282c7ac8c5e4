/**
 * Numbers in as few bytes as they need, least significant first (docs/format/chunk.md, "Varints").
 *
 *   unsigned: 7 bits a byte, the top bit set on all but the last
 *   signed:   sign and magnitude; the first byte holds 6 bits, and the sign in bit 6
 */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';

/** Largest magnitude of a varint: doubles hold every integer up to it. */
export const VARINT_MAX = Number.MAX_SAFE_INTEGER;
/** Bytes of the longest varint, unsigned or signed. */
export const VARINT_BYTES_MAX = 8;

/**
 * Writes an integer in [0, VARINT_MAX].
 *
 * @returns the offset after it
 */
export function writeUnsigned(target: Uint8Array, offset: number, value: number): number {
  let rest = value;
  let end = offset;
  while (rest >= 128) {
    target[end++] = 128 | (rest % 128);
    rest = Math.floor(rest / 128);
  }
  target[end++] = rest;
  return end;
}

/**
 * Writes an integer in [-VARINT_MAX, VARINT_MAX].
 *
 * @returns the offset after it
 */
export function writeSigned(target: Uint8Array, offset: number, value: number): number {
  const magnitude = Math.abs(value);
  const first = (value < 0 ? 64 : 0) | (magnitude % 64);
  if (magnitude < 64) {
    target[offset] = first;
    return offset + 1;
  }
  target[offset] = 128 | first;
  return writeUnsigned(target, offset + 1, Math.floor(magnitude / 64));
}

/** Bytes that `writeSigned` takes for an integer in [-VARINT_MAX, VARINT_MAX]. */
export function signedBytes(value: number): number {
  let bytes = 1;
  for (let rest = Math.abs(value) / 64; rest >= 1; rest /= 128) bytes++;
  return bytes;
}

/** What a malformed column throws: ERR_STORE_CORRUPT, with the offset where it was noticed. */
export function corruptColumn(why: string, offset: number): PromontoryError {
  return new PromontoryError(`cannot read a column: ${why}`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { offset },
  });
}

/** A place in borrowed bytes that never moves past their end. All methods throw ERR_STORE_CORRUPT. */
export class ByteReader {
  /** Borrowed between `reset` calls. */
  source: Buffer = Buffer.alloc(0);
  offset = 0;
  end = 0;

  /** Reads `source` from `offset` up to `end`, exclusive, which must lie inside it. */
  reset(source: Buffer, offset: number, end: number): void {
    if (offset < 0 || end > source.length || offset > end) throw corruptColumn('no such bytes', offset);
    this.source = source;
    this.offset = offset;
    this.end = end;
  }

  readByte(): number {
    if (this.offset >= this.end) throw corruptColumn('ends early', this.offset);
    return this.source[this.offset++]!;
  }

  /** @returns an integer in [0, VARINT_MAX] */
  readUnsigned(): number {
    return this.#readGroups(0, 1);
  }

  /** @returns an integer in [-VARINT_MAX, VARINT_MAX], never minus zero */
  readSigned(): number {
    const first = this.readByte();
    let magnitude = first & 63;
    if (first >= 128) magnitude = this.#readGroups(magnitude, 64);
    return (first & 64) === 0 ? magnitude : 0 - magnitude;
  }

  /** @returns the offset of `bytes` bytes, which are passed over */
  skip(bytes: number): number {
    const { offset } = this;
    if (bytes > this.end - offset) throw corruptColumn('ends early', offset);
    this.offset = offset + bytes;
    return offset;
  }

  /** Asserts that everything was read. */
  finish(): void {
    if (this.offset !== this.end) throw corruptColumn('bytes after its end', this.offset);
  }

  #readGroups(start: number, startScale: number): number {
    let value = start;
    for (let scale = startScale; scale <= VARINT_MAX; scale *= 128) {
      const byte = this.readByte();
      value += (byte & 127) * scale;
      if (value > VARINT_MAX) break;
      if (byte < 128) return value;
    }
    throw corruptColumn('number too large', this.offset);
  }
}
