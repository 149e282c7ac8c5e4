/**
 * The one record that says where everything stands; replaced in the transaction that changes it.
 *
 *   crc32 u32 | format version u32 | fingerprint key i32 × 3 |
 *   next block id u32 | flushed generation u32 | next tombstone id u32
 */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { mustBeIntact, sealRecord } from './checksum.ts';

export const FORMAT_VERSION = 2;
const RECORD_BYTES = 32;
export const META_KEY = Buffer.from('meta');

export interface Meta {
  /** Three words, random per database. */
  readonly fingerprintKey: Int32Array;
  readonly nextBlockId: number;
  readonly nextTombstoneId: number;
  /** Generations up to this one are in blocks. */
  readonly flushedGeneration: number;
}

export function encodeMeta(meta: Meta): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(FORMAT_VERSION, 4);
  for (const [index, word] of meta.fingerprintKey.entries()) record.writeInt32LE(word, 8 + 4 * index);
  record.writeUInt32LE(meta.nextBlockId, 20);
  record.writeUInt32LE(meta.flushedGeneration, 24);
  record.writeUInt32LE(meta.nextTombstoneId, 28);
  return sealRecord(record);
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION */
export function decodeMeta(bytes: Buffer): Meta {
  const record = mustBeIntact(bytes, 'meta record');
  const version = record.readUInt32LE(4);
  if (version !== FORMAT_VERSION) {
    throw new PromontoryError(`cannot open database: format version ${version}, want ${FORMAT_VERSION}`, {
      code: ERR_STORE_FORMAT_VERSION,
      kind: 'corrupt',
      context: { version },
    });
  }
  return {
    fingerprintKey: Int32Array.of(record.readInt32LE(8), record.readInt32LE(12), record.readInt32LE(16)),
    nextBlockId: record.readUInt32LE(20),
    flushedGeneration: record.readUInt32LE(24),
    nextTombstoneId: record.readUInt32LE(28),
  };
}
