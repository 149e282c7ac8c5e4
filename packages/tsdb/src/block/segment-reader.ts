// HOT PATH: one copy a sample above the codec's own cost, no allocation a sample; block.bench.ts.
/** Decodes chunks of one loaded segment. Timestamp columns that streams share are decoded once. */
import { PromontoryError } from '@promontory/base';
import type { NativeHistogram, SampleColumns } from '@promontory/model';
import { type ColumnCodec, SAMPLES_PER_CHUNK_MAX, type ValueColumn } from '../chunk/column-codec.ts';
import { decodeHistogramColumn } from '../chunk/histogram-column.ts';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import { Segment } from './segment.ts';
import { CHUNKS_PER_SEGMENT_MAX } from './segment-builder.ts';
import { coversAll, overlapsAny, type TimeRange } from './time-range.ts';

export class SegmentReader {
  readonly segment = new Segment();
  readonly #codec: ColumnCodec;
  /** Made when first used, kept from one segment to the next. */
  readonly #timestampMs: Float64Array[] = [];
  readonly #areTimestampsDecoded = new Uint8Array(CHUNKS_PER_SEGMENT_MAX);

  constructor(codec: ColumnCodec) {
    this.#codec = codec;
  }

  /** As `Segment.load`. */
  load(value: Buffer, blockId: number, segmentNumber: number): void {
    this.#areTimestampsDecoded.fill(0);
    this.segment.load(value, blockId, segmentNumber);
  }

  /** Memory that columns of timestamps take. */
  get timestampBytes(): number {
    return this.#timestampMs.length * SAMPLES_PER_CHUNK_MAX * 8;
  }

  /**
   * The timestamps of the chunk in [0, its sample count). Valid until the next load; not to be changed.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  timestampMs(chunk: number): Float64Array {
    const { segment } = this;
    const column = segment.chunkTimestampColumn[chunk]!;
    const timestampMs = (this.#timestampMs[column] ??= new Float64Array(SAMPLES_PER_CHUNK_MAX));
    if (this.#areTimestampsDecoded[column] === 1) return timestampMs;
    segment.mustHaveIntactTimestamps(column);
    const count = segment.sampleCountOf(chunk);
    const start = segment.timestampsStart(column);
    const end = segment.timestampsEnd(column);
    this.#codec.decodeTimestamps(segment.bytes, start, end, count, timestampMs, 0);
    if (
      timestampMs[0] !== segment.firstTimestampMsOf(chunk) ||
      timestampMs[count - 1] !== segment.lastTimestampMsOf(chunk)
    )
      throw corrupt('its timestamps are not those of the directory');
    this.#areTimestampsDecoded[column] = 1;
    return timestampMs;
  }

  /**
   * Appends the chunk's samples: of floats, or start timestamps.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT; the target keeps what it had
   */
  appendSamples(chunk: number, target: SampleColumns): void {
    const count = this.segment.sampleCountOf(chunk);
    const timestampMs = this.timestampMs(chunk);
    target.reserve(target.count + count);
    copyTimestamps(timestampMs, count, target);
    this.decodeValues(chunk, target, target.count);
    target.count += count;
  }

  /**
   * Decodes the chunk's values into `target` from `targetStart` on, which it has room for.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT; the values then hold anything
   */
  decodeValues(chunk: number, target: ValueColumn, targetStart: number): void {
    const { segment } = this;
    const values = segment.chunkValueColumn[chunk]!;
    segment.mustHaveIntactValues(values);
    const start = segment.valuesStart(values);
    const end = segment.valuesEnd(values);
    this.#codec.decodeValues(segment.bytes, start, end, segment.sampleCountOf(chunk), target, targetStart);
  }

  /**
   * How many of the chunk's samples are in [start, end]. Timestamps are decoded only when the range cuts the chunk.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  countIn(chunk: number, startMsInclusive: number, endMsInclusive: number): number {
    const { segment } = this;
    const count = segment.sampleCountOf(chunk);
    const isWithin =
      segment.firstTimestampMsOf(chunk) >= startMsInclusive &&
      segment.lastTimestampMsOf(chunk) <= endMsInclusive;
    if (isWithin) return count;
    const timestampMs = this.timestampMs(chunk);
    let inRange = 0;
    for (let index = 0; index < count; index++) {
      if (timestampMs[index]! >= startMsInclusive && timestampMs[index]! <= endMsInclusive) inRange++;
    }
    return inRange;
  }

  /**
   * Whether the chunk, some of which is in [start, end], has a sample there that is in none of the hidden ranges.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  hasVisible(
    chunk: number,
    startMsInclusive: number,
    endMsInclusive: number,
    hidden: readonly TimeRange[],
  ): boolean {
    const { segment } = this;
    const firstMs = Math.max(segment.firstTimestampMsOf(chunk), startMsInclusive);
    const lastMs = Math.min(segment.lastTimestampMsOf(chunk), endMsInclusive);
    if (!overlapsAny(hidden, firstMs, lastMs)) return this.countIn(chunk, firstMs, lastMs) > 0;
    if (coversAll(hidden, firstMs, lastMs)) return false;
    const timestampMs = this.timestampMs(chunk);
    for (let index = 0; index < segment.sampleCountOf(chunk); index++) {
      const time = timestampMs[index]!;
      if (time >= firstMs && time <= lastMs && !overlapsAny(hidden, time, time)) return true;
    }
    return false;
  }

  /** @throws PromontoryError ERR_STORE_CORRUPT */
  histograms(chunk: number): NativeHistogram[] {
    const { segment } = this;
    const count = segment.sampleCountOf(chunk);
    const values = segment.chunkValueColumn[chunk]!;
    segment.mustHaveIntactValues(values);
    const start = segment.valuesStart(values);
    const end = segment.valuesEnd(values);
    const histograms = decodeHistogramColumn(this.#codec, segment.bytes, start, end, count);
    if (histograms.length !== count) throw corrupt('it has another number of histograms than of timestamps');
    return histograms;
  }

  /**
   * The chunk as it is, its checksums compared. Its bytes are valid until the next load.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  encodedChunk(chunk: number): EncodedChunk {
    const { segment } = this;
    const timestamps = segment.chunkTimestampColumn[chunk]!;
    const values = segment.chunkValueColumn[chunk]!;
    segment.mustHaveIntactTimestamps(timestamps);
    segment.mustHaveIntactValues(values);
    return {
      sampleCount: segment.sampleCountOf(chunk),
      firstTimestampMs: segment.firstTimestampMsOf(chunk),
      lastTimestampMs: segment.lastTimestampMsOf(chunk),
      timestamps: {
        bytes: segment.bytes.subarray(segment.timestampsStart(timestamps), segment.timestampsEnd(timestamps)),
        checksum: segment.timestampsChecksum(timestamps),
      },
      values: {
        bytes: segment.bytes.subarray(segment.valuesStart(values), segment.valuesEnd(values)),
        checksum: segment.valuesChecksum(values),
      },
    };
  }
}

/** A loop: for a few hundred numbers a view and `set` cost more than they save. */
function copyTimestamps(source: Float64Array, count: number, target: SampleColumns): void {
  const { timestampMs, count: start } = target;
  for (let index = 0; index < count; index++) timestampMs[start + index] = source[index]!;
}

function corrupt(why: string): PromontoryError {
  return new PromontoryError(`cannot read chunk: ${why}`, { code: ERR_STORE_CORRUPT, kind: 'corrupt' });
}
