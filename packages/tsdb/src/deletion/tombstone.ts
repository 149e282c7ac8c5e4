/**
 * A deletion that blocks have not caught up with: the samples of some series in a range of time, in the blocks
 * that there were when it was made. Reading leaves them out at once; rewriting the blocks removes them, and
 * then the tombstone. Samples that come later are in later blocks and stay, also inside the range.
 *
 *   crc32 u32 | version u8 | block id end u32 | range start f64 ms | range end f64 ms | ref count u32 |
 *   refs: distance varint × count
 */
import { PromontoryError } from '@promontory/base';
import type { TimeRange } from '../block/time-range.ts';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import { ByteReader, VARINT_BYTES_MAX, writeVarint } from '../store/varint.ts';

const VERSION = 1;
const REFS_AT = 29;
/** A deletion of more series takes several tombstones. */
export const TOMBSTONE_REFS_MAX = 65_536;

export interface Tombstone extends TimeRange {
  readonly id: number;
  /** It holds for blocks with a smaller id. */
  readonly blockIdEnd: number;
  /** Ascending. */
  readonly refs: Int32Array;
}

export function encodeTombstone(tombstone: Tombstone): Buffer {
  const { blockIdEnd, startMsInclusive, endMsInclusive, refs } = tombstone;
  const record = Buffer.alloc(REFS_AT + refs.length * VARINT_BYTES_MAX);
  record.writeUInt8(VERSION, 4);
  record.writeUInt32LE(blockIdEnd, 5);
  record.writeDoubleLE(startMsInclusive, 9);
  record.writeDoubleLE(endMsInclusive, 17);
  record.writeUInt32LE(refs.length, 25);
  let end = REFS_AT;
  let previous = 0;
  for (const ref of refs) {
    end = writeVarint(record, end, ref - previous);
    previous = ref;
  }
  return sealRecord(record.subarray(0, end));
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION */
export function decodeTombstone(id: number, bytes: Buffer): Tombstone {
  const record = mustBeIntact(bytes, `tombstone ${id}`);
  const version = record.length < REFS_AT ? 0 : record.readUInt8(4);
  if (version !== VERSION) {
    throw new PromontoryError(`cannot read tombstone ${id}: version ${version}, want ${VERSION}`, {
      code: ERR_STORE_FORMAT_VERSION,
      kind: 'corrupt',
      context: { id, version },
    });
  }
  const count = record.readUInt32LE(25);
  if (count > record.length - REFS_AT) {
    throw new PromontoryError(`cannot read tombstone ${id}: ${count} series in ${record.length} bytes`, {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
      context: { id, count },
    });
  }
  const reader = new ByteReader().reset(record, REFS_AT, record.length);
  const refs = new Int32Array(count);
  let ref = 0;
  for (let index = 0; index < count; index++) refs[index] = ref += reader.readVarint();
  return {
    id,
    blockIdEnd: record.readUInt32LE(5),
    startMsInclusive: record.readDoubleLE(9),
    endMsInclusive: record.readDoubleLE(17),
    refs,
  };
}
