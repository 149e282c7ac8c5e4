/**
 * A block: the samples of one flushed generation as chunks, all under one block id.
 *
 *   crc32 u32 | version u32 | first timestamp f64 | last timestamp f64 | samples u48→f64 | series u32 | chunk bytes f64
 */
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import { refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';

const VERSION = 1;
const RECORD_BYTES = 44;

export interface Block {
  readonly id: number;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly sampleCount: number;
  readonly seriesCount: number;
  readonly chunkBytes: number;
}

export function encodeBlock(block: Block): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(VERSION, 4);
  record.writeDoubleLE(block.firstTimestampMs, 8);
  record.writeDoubleLE(block.lastTimestampMs, 16);
  record.writeDoubleLE(block.sampleCount, 24);
  record.writeUInt32LE(block.seriesCount, 32);
  record.writeDoubleLE(block.chunkBytes, 36);
  return sealRecord(record);
}

/** @throws PromontoryError ERR_STORE_CORRUPT */
export function decodeBlock(id: number, bytes: Buffer): Block {
  const record = mustBeIntact(bytes, `block ${id}`);
  return {
    id,
    firstTimestampMs: record.readDoubleLE(8),
    lastTimestampMs: record.readDoubleLE(16),
    sampleCount: record.readDoubleLE(24),
    seriesCount: record.readUInt32LE(32),
    chunkBytes: record.readDoubleLE(36),
  };
}

/** All blocks, oldest id first. */
export function readBlocks(store: Store, snapshot?: LmdbSnapshot): Block[] {
  const blocks: Block[] = [];
  for (const { key, value } of store.blocks.range(refKey(0), Buffer.alloc(5, 0xff), snapshot)) {
    blocks.push(decodeBlock(key.readUInt32BE(0), value));
  }
  return blocks;
}
