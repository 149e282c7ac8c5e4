// HOT PATH: about 10 ns a chunk of the directory, no allocation but a varint reader; block.bench.ts.
/**
 * A segment as it is read: an owned copy of its bytes and its directory as arrays (docs/format/block.md). One
 * object is loaded again and again.
 *
 * Streams ascend by key, the chunks of a stream by time. Chunks of stream s are
 * [streamChunkStart[s], streamChunkStart[s + 1]); each names a timestamp column and a value column.
 */
import { crc32 } from 'node:zlib';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { isRecordIntact } from '../store/checksum.ts';
import {
  CHUNKS_PER_SEGMENT_MAX,
  DIRECTORY_AT,
  SEGMENT_BYTES_MAX,
  SEGMENT_VERSION,
  TIMESTAMP_MS_MAX,
} from './segment-builder.ts';
import { SAMPLES_PER_CHUNK_MAX } from '../chunk/column-codec.ts';
import { ByteReader } from '../store/varint.ts';

export class Segment {
  /** Only the first part of it is of this segment; offsets are into it. */
  bytes = Buffer.allocUnsafeSlow(SEGMENT_BYTES_MAX);
  streamCount = 0;
  chunkCount = 0;
  readonly streamKeys = new Float64Array(CHUNKS_PER_SEGMENT_MAX);
  readonly streamChunkStart = new Uint16Array(CHUNKS_PER_SEGMENT_MAX + 1);
  readonly chunkTimestampColumn = new Uint16Array(CHUNKS_PER_SEGMENT_MAX);
  readonly chunkValueColumn = new Uint16Array(CHUNKS_PER_SEGMENT_MAX);
  /** How many samples the chunks before this one have; at the end, how many all have. */
  readonly chunkSampleStart = new Uint32Array(CHUNKS_PER_SEGMENT_MAX + 1);
  readonly #timestampSampleCount = new Uint16Array(CHUNKS_PER_SEGMENT_MAX);
  readonly #timestampFirstMs = new Float64Array(CHUNKS_PER_SEGMENT_MAX);
  readonly #timestampLastMs = new Float64Array(CHUNKS_PER_SEGMENT_MAX);
  readonly #timestampOffset = new Uint32Array(CHUNKS_PER_SEGMENT_MAX + 1);
  readonly #timestampChecksum = new Uint32Array(CHUNKS_PER_SEGMENT_MAX);
  readonly #valueOffset = new Uint32Array(CHUNKS_PER_SEGMENT_MAX + 1);
  readonly #valueChecksum = new Uint32Array(CHUNKS_PER_SEGMENT_MAX);

  /**
   * Copies a segment's value and reads its directory. After an error nothing of it may be used.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
   */
  load(value: Buffer, blockId: number, segmentNumber: number): void {
    if (value.length < DIRECTORY_AT) throw corrupt('it is too short');
    const directoryEnd = value.readUInt32LE(8);
    if (directoryEnd < DIRECTORY_AT || directoryEnd > value.length)
      throw corrupt('its directory does not end in it');
    if (!isRecordIntact(value.subarray(0, directoryEnd)))
      throw corrupt('the checksum of its directory does not match');
    const version = value.readUInt8(4);
    if (version !== SEGMENT_VERSION) {
      throw new PromontoryError(`cannot read segment: version ${version}, want ${SEGMENT_VERSION}`, {
        code: ERR_STORE_FORMAT_VERSION,
        kind: 'corrupt',
        context: { version, blockId, segmentNumber },
      });
    }
    if (value.readUInt32LE(12) !== blockId || value.readUInt32LE(16) !== segmentNumber)
      throw corrupt('it is another segment');
    if (value.readUInt32LE(20) !== value.length) throw corrupt('it has another length');
    if (value.length > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(value.length);
    this.bytes.set(value);
    this.#readDirectory(directoryEnd, value.length);
  }

  /** @returns the index of the stream with this key, -1 when it is not in the segment */
  findStream(key: number): number {
    let low = 0;
    let high = this.streamCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.streamKeys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low < this.streamCount && this.streamKeys[low] === key ? low : -1;
  }

  sampleCountOf(chunk: number): number {
    return this.#timestampSampleCount[this.chunkTimestampColumn[chunk]!]!;
  }

  firstTimestampMsOf(chunk: number): number {
    return this.#timestampFirstMs[this.chunkTimestampColumn[chunk]!]!;
  }

  lastTimestampMsOf(chunk: number): number {
    return this.#timestampLastMs[this.chunkTimestampColumn[chunk]!]!;
  }

  timestampsStart(column: number): number {
    return this.#timestampOffset[column]!;
  }

  timestampsEnd(column: number): number {
    return this.#timestampOffset[column + 1]!;
  }

  timestampsChecksum(column: number): number {
    return this.#timestampChecksum[column]!;
  }

  valuesStart(column: number): number {
    return this.#valueOffset[column]!;
  }

  valuesEnd(column: number): number {
    return this.#valueOffset[column + 1]!;
  }

  valuesChecksum(column: number): number {
    return this.#valueChecksum[column]!;
  }

  /** @throws PromontoryError ERR_STORE_CORRUPT */
  mustHaveIntactTimestamps(column: number): void {
    const bytes = this.bytes.subarray(this.#timestampOffset[column], this.#timestampOffset[column + 1]);
    if (crc32(bytes) !== this.#timestampChecksum[column])
      throw corrupt('the checksum of its timestamps does not match');
  }

  /** @throws PromontoryError ERR_STORE_CORRUPT */
  mustHaveIntactValues(column: number): void {
    const bytes = this.bytes.subarray(this.#valueOffset[column], this.#valueOffset[column + 1]);
    if (crc32(bytes) !== this.#valueChecksum[column])
      throw corrupt('the checksum of its values does not match');
  }

  /** The checksum says that the directory is what was written; the rest is checked so that nothing is read past it. */
  #readDirectory(directoryEnd: number, bytesEnd: number): void {
    const reader = new ByteReader().reset(this.bytes, DIRECTORY_AT, directoryEnd);
    const timestampColumns = reader.readVarint();
    const valueColumns = reader.readVarint();
    this.streamCount = reader.readVarint();
    if (Math.max(timestampColumns, valueColumns, this.streamCount) > CHUNKS_PER_SEGMENT_MAX)
      throw corrupt('its directory counts too many');
    if (this.streamCount === 0) throw corrupt('it is empty');
    const timestampsEnd = this.#readTimestampColumns(reader, timestampColumns, directoryEnd);
    const valuesEnd = this.#readValueColumns(reader, valueColumns, timestampsEnd);
    this.#readStreams(reader, timestampColumns, valueColumns);
    if (reader.offset !== directoryEnd || valuesEnd !== bytesEnd)
      throw corrupt('its directory does not fit its length');
  }

  #readTimestampColumns(reader: ByteReader, count: number, start: number): number {
    if (reader.offset + 8 > start) throw corrupt('its directory is cut off');
    const leastMs = this.bytes.readDoubleLE(reader.offset);
    reader.offset += 8;
    let offset = start;
    for (let column = 0; column < count; column++) {
      const sampleCount = reader.readVarint();
      const firstMs = leastMs + reader.readVarint();
      const lastMs = firstMs + reader.readVarint();
      this.#timestampSampleCount[column] = sampleCount;
      this.#timestampFirstMs[column] = firstMs;
      this.#timestampLastMs[column] = lastMs;
      this.#timestampOffset[column] = offset;
      offset += reader.readVarint();
      this.#timestampChecksum[column] = reader.readUint32();
      if (sampleCount === 0 || sampleCount > SAMPLES_PER_CHUNK_MAX || !(lastMs <= TIMESTAMP_MS_MAX))
        throw corrupt('its directory has a column of impossible timestamps');
    }
    this.#timestampOffset[count] = offset;
    return offset;
  }

  #readValueColumns(reader: ByteReader, count: number, start: number): number {
    let offset = start;
    for (let column = 0; column < count; column++) {
      this.#valueOffset[column] = offset;
      offset += reader.readVarint();
      this.#valueChecksum[column] = reader.readUint32();
    }
    this.#valueOffset[count] = offset;
    return offset;
  }

  #readStreams(reader: ByteReader, timestampColumns: number, valueColumns: number): void {
    let key = 0;
    let chunk = 0;
    let nextTimestamps = 0;
    let nextValues = 0;
    for (let stream = 0; stream < this.streamCount; stream++) {
      key += reader.readVarint();
      this.streamKeys[stream] = key;
      this.streamChunkStart[stream] = chunk;
      const end = chunk + reader.readVarint();
      if (end === chunk || end > CHUNKS_PER_SEGMENT_MAX)
        throw corrupt('its directory has a stream of impossible length');
      for (; chunk < end; chunk++) {
        const timestamps = reader.readVarint();
        const values = reader.readVarint();
        this.chunkTimestampColumn[chunk] = timestamps === 0 ? nextTimestamps++ : timestamps - 1;
        this.chunkValueColumn[chunk] = values === 0 ? nextValues++ : values - 1;
        if (timestamps > nextTimestamps || values > nextValues)
          throw corrupt('a chunk names a column that comes later');
        this.chunkSampleStart[chunk + 1] = this.chunkSampleStart[chunk]! + this.sampleCountOf(chunk);
      }
    }
    if (nextTimestamps !== timestampColumns || nextValues !== valueColumns)
      throw corrupt('its directory has columns without a chunk');
    this.streamChunkStart[this.streamCount] = chunk;
    this.chunkCount = chunk;
  }
}

function corrupt(why: string): PromontoryError {
  return new PromontoryError(`cannot read segment: ${why}`, { code: ERR_STORE_CORRUPT, kind: 'corrupt' });
}
