/**
 * A run of refs that carry one label pair (docs/format/tsdb.md, `postings`):
 *
 *   crc32 u32 | version u8 | count varint | first ref varint | distances varint … | text length varint | text
 *
 * The text is the label value when the key had to cut it, else empty. The checksum covers the key too.
 */
import { assert } from '@promontory/base';
import { mustBeIntactUnderKey, sealUnderKey } from '../store/checksum.ts';
import { mustKnowVersion } from '../store/damage.ts';
import { ByteReader, malformedBytes, VARINT_BYTES_MAX, writeVarint } from '../store/varint.ts';
import type { RefSet } from './ref-sets.ts';

const VERSION = 1;
const COUNT_AT = 5;

/** Longer sets take several runs, so that a reader can pass over those that do not matter to it. */
export const RUN_REFS_MAX = 4096;

export class PostingsEncoder {
  #scratch = Buffer.allocUnsafe(COUNT_AT + (RUN_REFS_MAX + 2) * VARINT_BYTES_MAX);

  /**
   * @param refs ascending from `start` to before `end`, 1 to RUN_REFS_MAX of them
   * @param cutValue the whole label value when the key holds only its start, else ''
   * @returns a view that the next call overwrites
   */
  unsafeEncode(key: Buffer, refs: Int32Array, start: number, end: number, cutValue: string): Buffer {
    assert(end > start && end - start <= RUN_REFS_MAX, 'a run holds 1 to 4096 refs', { start, end });
    const text = Buffer.from(cutValue, 'utf8');
    const record = this.#roomFor(COUNT_AT + (end - start + 2) * VARINT_BYTES_MAX + text.length);
    record[4] = VERSION;
    let position = writeVarint(record, COUNT_AT, end - start);
    let previous = 0;
    for (let index = start; index < end; index++) {
      position = writeVarint(record, position, refs[index]! - previous);
      previous = refs[index]!;
    }
    position = writeVarint(record, position, text.length);
    text.copy(record, position);
    return sealUnderKey(key, record.subarray(0, position + text.length));
  }

  #roomFor(bytes: number): Buffer {
    if (bytes > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(bytes);
    return this.#scratch;
  }
}

/** A run whose checksum and version were found right. */
export class PostingsRun {
  readonly count: number;
  readonly #record: Buffer;

  /**
   * @param record kept, not copied
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
   */
  constructor(key: Buffer, record: Buffer) {
    this.#record = mustBeIntactUnderKey(key, record, 'postings run');
    mustKnowVersion(record[4] ?? 0, VERSION, 'postings run');
    this.count = new ByteReader().reset(record, COUNT_AT, record.length).readCount(1);
    if (this.count > RUN_REFS_MAX) throw malformedBytes(`${this.count} refs in a run`, COUNT_AT);
  }

  /** Owned. */
  refs(): RefSet {
    const refs = new Int32Array(this.count);
    this.decodeInto(refs);
    return refs;
  }

  /** @param target with room for `count` refs @returns the offset of what follows the refs */
  decodeInto(target: Int32Array): number {
    const record = this.#record;
    const { count } = this;
    let position = COUNT_AT;
    while (record[position]! > 127) position++;
    position++;
    let ref = 0;
    for (let index = 0; index < count; index++) {
      let byte = record[position++]!;
      let distance = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = record[position++]!;
        distance |= (byte & 127) << shift;
      }
      ref += distance;
      target[index] = ref;
    }
    return position;
  }

  /** The whole label value when the key holds only its start, else ''. Decodes the refs on the way. */
  cutValue(): string {
    const refsEnd = this.decodeInto(new Int32Array(this.count));
    const reader = new ByteReader().reset(this.#record, refsEnd, this.#record.length);
    const length = reader.readCount(1);
    return this.#record.toString('utf8', reader.offset, reader.offset + length);
  }
}
