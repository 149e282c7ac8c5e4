/**
 * How far the index has come; replaced in the transaction that changes it (docs/format/tsdb.md, `meta`):
 *
 *   crc32 u32 | version u32 | next ref u32 | indexed ref end u32 | fingerprinted ref end u32 | dropped series u32
 */
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import { mustKnowVersion } from '../store/damage.ts';

export const INDEX_STATE_KEY = Buffer.from('index');
const VERSION = 1;
const RECORD_BYTES = 24;

export interface IndexState {
  /** The ref that the next new series gets; refs count from 1 and are never given twice. */
  readonly nextRef: number;
  /** Series below this ref are in `series` and `postings`, those from here on in `waiting`. */
  readonly indexedRefEnd: number;
  /** Series below this ref are in `fingerprints`; at most `indexedRefEnd`. */
  readonly fingerprintedRefEnd: number;
  /** Series that were dropped from the index since the database was made. */
  readonly droppedSeriesCount: number;
}

export const EMPTY_INDEX_STATE: IndexState = {
  nextRef: 1,
  indexedRefEnd: 1,
  fingerprintedRefEnd: 1,
  droppedSeriesCount: 0,
};

export function encodeIndexState(state: IndexState): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(VERSION, 4);
  record.writeUInt32LE(state.nextRef, 8);
  record.writeUInt32LE(state.indexedRefEnd, 12);
  record.writeUInt32LE(state.fingerprintedRefEnd, 16);
  record.writeUInt32LE(state.droppedSeriesCount, 20);
  return sealRecord(record);
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION */
export function decodeIndexState(bytes: Buffer): IndexState {
  const record = mustBeIntact(bytes, 'index state');
  mustKnowVersion(record.readUInt32LE(4), VERSION, 'index state');
  return {
    nextRef: record.readUInt32LE(8),
    indexedRefEnd: record.readUInt32LE(12),
    fingerprintedRefEnd: record.readUInt32LE(16),
    droppedSeriesCount: record.readUInt32LE(20),
  };
}
