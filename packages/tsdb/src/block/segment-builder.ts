/**
 * Builds a segment: the chunks of consecutive streams in one value of LMDB (docs/format/block.md).
 *
 *   crc32 u32 | version u8 | 0 u24 | directory end u32 | block id u32 | segment number u32 | bytes u32 |
 *   directory | timestamp columns | value columns
 *
 * A column that equals one the segment has already is stored once: the series of one scrape share their
 * timestamps, and constant series often share their values. Both searches are one look-up by checksum.
 */
import { assert } from '@promontory/base';
import { sealRecord } from '../store/checksum.ts';
import type { EncodedChunk, EncodedColumn } from './encoded-chunk.ts';
import { type StreamKind, streamKey } from './stream-kind.ts';
import { PAGE_BYTES, PAGE_HEADER_BYTES } from '../store/lmdb-page.ts';
import { VARINT_BYTES_MAX, varintBytes, writeVarint } from '../store/varint.ts';

export const SEGMENT_VERSION = 1;
/** Eight pages of LMDB less the header of the first: larger values take whole pages of their own. */
export const SEGMENT_BYTES_MAX = 8 * PAGE_BYTES - PAGE_HEADER_BYTES;
/** Bounds what a reader parses to find one stream among many small ones. */
export const CHUNKS_PER_SEGMENT_MAX = 512;
export const DIRECTORY_AT = 24;
/** Timestamps within it have differences that a double holds exactly. */
export const TIMESTAMP_MS_MAX = 2 ** 52;

/** What the directory begins with: three counts of at most CHUNKS_PER_SEGMENT_MAX, the least first timestamp. */
const DIRECTORY_START_BYTES_MAX = 3 * 2 + 8;
const CHECKSUM_BYTES = 4;

interface TimestampColumn {
  readonly sampleCount: number;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
}

interface Stream {
  readonly key: number;
  chunkCount: number;
}

export interface SegmentPlace {
  readonly blockId: number;
  readonly segmentNumber: number;
  readonly bytes: number;
}

/** What the first DIRECTORY_AT bytes of a segment say, unchecked. @returns null when there are fewer */
export function readSegmentPlace(header: Buffer): SegmentPlace | null {
  if (header.length < DIRECTORY_AT) return null;
  return {
    blockId: header.readUInt32LE(12),
    segmentNumber: header.readUInt32LE(16),
    bytes: header.readUInt32LE(20),
  };
}

/** Columns of one sort in the order they came, each once. */
class ColumnStore {
  bytes = Buffer.allocUnsafe(SEGMENT_BYTES_MAX);
  end = 0;
  readonly offsets: number[] = [];
  readonly checksums: number[] = [];
  readonly #indexByKey = new Map<number, number>();

  /** @returns the index of an equal column, -1 when there is none. `key` tells equal bytes of different meaning apart */
  find(column: EncodedColumn, key: number): number {
    const index = this.#indexByKey.get(key);
    if (index === undefined) return -1;
    const end = this.offsets[index + 1] ?? this.end;
    const isEqual =
      column.bytes.compare(this.bytes, this.offsets[index], end) === 0 &&
      this.checksums[index] === column.checksum;
    return isEqual ? index : -1;
  }

  add(column: EncodedColumn, key: number): void {
    this.#reserve(this.end + column.bytes.length);
    if (!this.#indexByKey.has(key)) this.#indexByKey.set(key, this.offsets.length);
    this.offsets.push(this.end);
    this.checksums.push(column.checksum);
    column.bytes.copy(this.bytes, this.end);
    this.end += column.bytes.length;
  }

  lengthOf(index: number): number {
    return (this.offsets[index + 1] ?? this.end) - this.offsets[index]!;
  }

  clear(): void {
    this.end = 0;
    this.offsets.length = 0;
    this.checksums.length = 0;
    this.#indexByKey.clear();
  }

  #reserve(bytes: number): void {
    if (bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(bytes, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}

export class SegmentBuilder {
  readonly #blockId: number;
  readonly #timestamps = new ColumnStore();
  readonly #values = new ColumnStore();
  readonly #timestampColumns: TimestampColumn[] = [];
  readonly #streams: Stream[] = [];
  /** Per chunk: 0 for the next column in order, else its index + 1. Timestamps, values, timestamps, … */
  readonly #columnCodes: number[] = [];
  /** At least what the directory will take. */
  #directoryBytesMax = DIRECTORY_START_BYTES_MAX;
  #firstTimestampMs = 0;

  constructor(blockId: number) {
    this.#blockId = blockId;
  }

  get isEmpty(): boolean {
    return this.#streams.length === 0;
  }

  /** The stream of the first chunk. Not on an empty segment. */
  get firstStreamKey(): number {
    return this.#streams[0]!.key;
  }

  /** Of the first chunk. */
  get firstTimestampMs(): number {
    return this.#firstTimestampMs;
  }

  /**
   * Adds a chunk: of the stream of the last one, later than it, or of a stream after that. The bytes are copied.
   *
   * @returns false when the segment is full without it; a chunk that is too large alone gets a segment alone
   */
  tryAdd(ref: number, kind: StreamKind, chunk: EncodedChunk): boolean {
    const timestampsKey = chunk.timestamps.checksum + 2 ** 32 * chunk.sampleCount;
    const timestampsAt = this.#timestamps.find(chunk.timestamps, timestampsKey);
    const valuesAt = this.#values.find(chunk.values, chunk.values.checksum);
    const key = streamKey(ref, kind);
    const directoryBytes = this.#directoryBytes(key, chunk, timestampsAt, valuesAt);
    if (!this.isEmpty && !this.#fits(directoryBytes, chunk, timestampsAt, valuesAt)) return false;
    if (this.isEmpty) this.#firstTimestampMs = chunk.firstTimestampMs;
    this.#directoryBytesMax += directoryBytes;
    if (timestampsAt < 0) {
      const { sampleCount, firstTimestampMs, lastTimestampMs } = chunk;
      this.#timestampColumns.push({ sampleCount, firstTimestampMs, lastTimestampMs });
      this.#timestamps.add(chunk.timestamps, timestampsKey);
    }
    if (valuesAt < 0) this.#values.add(chunk.values, chunk.values.checksum);
    this.#columnCodes.push(timestampsAt + 1, valuesAt + 1);
    const last = this.#streams.at(-1);
    assert(last === undefined || last.key <= key, 'streams come in order', { ref, kind });
    if (last?.key === key) last.chunkCount++;
    else this.#streams.push({ key, chunkCount: 1 });
    return true;
  }

  /** @returns the segment, owned by the caller; the builder is empty again */
  seal(segmentNumber: number): Buffer {
    const timestampBytes = this.#timestamps.end;
    const valueBytes = this.#values.end;
    const record = Buffer.alloc(DIRECTORY_AT + this.#directoryBytesMax + timestampBytes + valueBytes);
    const directoryEnd = this.#writeDirectory(record);
    record.writeUInt8(SEGMENT_VERSION, 4);
    record.writeUInt32LE(directoryEnd, 8);
    record.writeUInt32LE(this.#blockId, 12);
    record.writeUInt32LE(segmentNumber, 16);
    record.writeUInt32LE(directoryEnd + timestampBytes + valueBytes, 20);
    this.#timestamps.bytes.copy(record, directoryEnd, 0, timestampBytes);
    this.#values.bytes.copy(record, directoryEnd + timestampBytes, 0, valueBytes);
    sealRecord(record.subarray(0, directoryEnd));
    this.#clear();
    return record.subarray(0, directoryEnd + timestampBytes + valueBytes);
  }

  #directoryBytes(key: number, chunk: EncodedChunk, timestampsAt: number, valuesAt: number): number {
    const last = this.#streams.at(-1)?.key ?? 0;
    let bytes = varintBytes(timestampsAt + 1) + varintBytes(valuesAt + 1);
    if (last !== key || this.isEmpty)
      bytes += varintBytes(Math.max(0, key - last)) + varintBytes(CHUNKS_PER_SEGMENT_MAX);
    if (timestampsAt < 0) {
      bytes += varintBytes(chunk.sampleCount) + VARINT_BYTES_MAX;
      bytes += varintBytes(chunk.lastTimestampMs - chunk.firstTimestampMs);
      bytes += varintBytes(chunk.timestamps.bytes.length) + CHECKSUM_BYTES;
    }
    if (valuesAt < 0) bytes += varintBytes(chunk.values.bytes.length) + CHECKSUM_BYTES;
    return bytes;
  }

  #fits(directoryBytes: number, chunk: EncodedChunk, timestampsAt: number, valuesAt: number): boolean {
    const columnBytes =
      (timestampsAt < 0 ? chunk.timestamps.bytes.length : 0) + (valuesAt < 0 ? chunk.values.bytes.length : 0);
    const taken = DIRECTORY_AT + this.#directoryBytesMax + this.#timestamps.end + this.#values.end;
    return (
      this.#columnCodes.length < 2 * CHUNKS_PER_SEGMENT_MAX &&
      taken + directoryBytes + columnBytes <= SEGMENT_BYTES_MAX
    );
  }

  #writeDirectory(record: Buffer): number {
    let end = writeVarint(record, DIRECTORY_AT, this.#timestampColumns.length);
    end = writeVarint(record, end, this.#values.offsets.length);
    end = writeVarint(record, end, this.#streams.length);
    end = this.#writeTimestampColumns(record, end);
    for (const [index, checksum] of this.#values.checksums.entries()) {
      end = writeVarint(record, end, this.#values.lengthOf(index));
      end = record.writeUInt32LE(checksum, end);
    }
    let previousKey = 0;
    let code = 0;
    for (const { key, chunkCount } of this.#streams) {
      end = writeVarint(record, end, key - previousKey);
      end = writeVarint(record, end, chunkCount);
      for (const codesEnd = code + 2 * chunkCount; code < codesEnd; code++)
        end = writeVarint(record, end, this.#columnCodes[code]!);
      previousKey = key;
    }
    return end;
  }

  /** First timestamps count from the least of them, which comes first. */
  #writeTimestampColumns(record: Buffer, start: number): number {
    let leastMs = Number.POSITIVE_INFINITY;
    for (const column of this.#timestampColumns) leastMs = Math.min(leastMs, column.firstTimestampMs);
    let end = record.writeDoubleLE(leastMs, start);
    for (const [index, column] of this.#timestampColumns.entries()) {
      end = writeVarint(record, end, column.sampleCount);
      end = writeVarint(record, end, column.firstTimestampMs - leastMs);
      end = writeVarint(record, end, column.lastTimestampMs - column.firstTimestampMs);
      end = writeVarint(record, end, this.#timestamps.lengthOf(index));
      end = record.writeUInt32LE(this.#timestamps.checksums[index]!, end);
    }
    return end;
  }

  #clear(): void {
    this.#timestamps.clear();
    this.#values.clear();
    this.#timestampColumns.length = 0;
    this.#streams.length = 0;
    this.#columnCodes.length = 0;
    this.#directoryBytesMax = DIRECTORY_START_BYTES_MAX;
  }
}
