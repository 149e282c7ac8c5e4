/**
 * A chunk as it lies in a segment: the samples of one stream over some time, as a column of timestamps and a
 * column of values, each with the CRC-32 of its bytes.
 */
import { crc32 } from 'node:zlib';

export interface EncodedChunk {
  readonly sampleCount: number;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly timestamps: EncodedColumn;
  readonly values: EncodedColumn;
}

export interface EncodedColumn {
  /** Belongs to whoever made it; whoever keeps it longer than the call copies it. */
  readonly bytes: Buffer;
  readonly checksum: number;
}

export function encodedColumn(bytes: Buffer): EncodedColumn {
  return { bytes, checksum: crc32(bytes) };
}
