/**
 * What a block is, and its header record (docs/format/block.md).
 *
 *   crc32 u32 | version u8 | level u8 | 0 u16 | block id u32 | series u32 | segments u32 |
 *   first generation u32 | last generation u32 | first timestamp f64 | last timestamp f64 | floats f64 |
 *   histograms f64 | start timestamps f64
 */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { mustBeIntact, sealRecord } from '../store/checksum.ts';

export const BLOCK_HEADER_VERSION = 1;
export const BLOCK_HEADER_BYTES = 68;

export interface Block {
  readonly id: number;
  /** 0 for a flushed generation, one more than the highest of those it was merged from. */
  readonly level: number;
  /** Head generations whose samples are in it, both inclusive; 0 and 0 for none. */
  readonly firstGeneration: number;
  readonly lastGeneration: number;
  /** Over all kinds, both inclusive. */
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly seriesCount: number;
  readonly segmentCount: number;
  readonly floatCount: number;
  readonly histogramCount: number;
  readonly startTimestampCount: number;
  /** Length of its data file. */
  readonly bytes: number;
}

export function encodeBlockHeader(block: Omit<Block, 'bytes'>): Buffer {
  const record = Buffer.alloc(BLOCK_HEADER_BYTES);
  record.writeUInt8(BLOCK_HEADER_VERSION, 4);
  record.writeUInt8(block.level, 5);
  record.writeUInt32LE(block.id, 8);
  record.writeUInt32LE(block.seriesCount, 12);
  record.writeUInt32LE(block.segmentCount, 16);
  record.writeUInt32LE(block.firstGeneration, 20);
  record.writeUInt32LE(block.lastGeneration, 24);
  record.writeDoubleLE(block.firstTimestampMs, 28);
  record.writeDoubleLE(block.lastTimestampMs, 36);
  record.writeDoubleLE(block.floatCount, 44);
  record.writeDoubleLE(block.histogramCount, 52);
  record.writeDoubleLE(block.startTimestampCount, 60);
  return sealRecord(record);
}

/**
 * @param bytes length of the block's data file
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
 */
export function decodeBlockHeader(value: Buffer, blockId: number, bytes: number): Block {
  const record = mustBeIntact(value, `header of block ${blockId}`);
  const version = record.length > 4 ? record.readUInt8(4) : 0;
  if (version !== BLOCK_HEADER_VERSION) {
    throw new PromontoryError(
      `cannot read block ${blockId}: version ${version}, want ${BLOCK_HEADER_VERSION}`,
      {
        code: ERR_STORE_FORMAT_VERSION,
        kind: 'corrupt',
        context: { version, blockId },
      },
    );
  }
  if (record.length !== BLOCK_HEADER_BYTES || record.readUInt32LE(8) !== blockId) {
    throw new PromontoryError(`cannot read block ${blockId}: its header is that of another`, {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
      context: { blockId, bytes: record.length },
    });
  }
  return {
    id: blockId,
    level: record.readUInt8(5),
    seriesCount: record.readUInt32LE(12),
    segmentCount: record.readUInt32LE(16),
    firstGeneration: record.readUInt32LE(20),
    lastGeneration: record.readUInt32LE(24),
    firstTimestampMs: record.readDoubleLE(28),
    lastTimestampMs: record.readDoubleLE(36),
    floatCount: record.readDoubleLE(44),
    histogramCount: record.readDoubleLE(52),
    startTimestampCount: record.readDoubleLE(60),
    bytes,
  };
}
