/**
 * A run of refs that carry one label pair (docs/format/tsdb.md, `postings`):
 *
 *   crc32 u32 | version u8 | count varint | first ref varint | distances varint … | text length varint | text
 *
 * The text is the label value when the key had to cut it, else empty.
 */
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import type { RefSet } from './ref-sets.ts';

const VERSION = 1;
const REFS_AT = 5;
const VARINT_BYTES_MAX = 5;

/** @param refs ascending */
export function encodePostings(refs: readonly number[], cutValue: string): Buffer {
  const text = Buffer.from(cutValue, 'utf8');
  const record = Buffer.allocUnsafe(REFS_AT + (refs.length + 2) * VARINT_BYTES_MAX + text.length);
  record.writeUInt8(VERSION, 4);
  let end = writeVarint(record, REFS_AT, refs.length);
  let previous = 0;
  for (const ref of refs) {
    end = writeVarint(record, end, ref - previous);
    previous = ref;
  }
  end = writeVarint(record, end, text.length);
  text.copy(record, end);
  return sealRecord(record.subarray(0, end + text.length));
}

export interface PostingsRun {
  readonly refs: RefSet;
  /** The whole label value when the key holds only its start, else ''. */
  readonly cutValue: string;
}

/** @throws PromontoryError ERR_STORE_CORRUPT */
export function decodePostings(bytes: Buffer): PostingsRun {
  const record = mustBeIntact(bytes, 'postings run');
  let position = REFS_AT;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = record[position++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const refs = new Int32Array(readVarint());
  let ref = 0;
  for (let index = 0; index < refs.length; index++) {
    ref += readVarint();
    refs[index] = ref;
  }
  const textLength = readVarint();
  return { refs, cutValue: record.toString('utf8', position, position + textLength) };
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let rest = value;
  let position = start;
  while (rest > 127) {
    target[position++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}
