// HOT PATH: one copy a sample above the codec's own cost, no allocation a sample; block.bench.ts.
/**
 * Decodes chunks of one loaded segment. Timestamp columns that streams share are decoded once: the last few are
 * kept, each in the slot of its number.
 */
import { PromontoryError } from '@promontory/base';
import type { NativeHistogram, SampleColumns } from '@promontory/model';
import { type ColumnCodec, SAMPLES_PER_CHUNK_MAX } from '../chunk/column-codec.ts';
import { decodeHistogramColumn } from '../chunk/histogram-column.ts';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import { Segment } from './segment.ts';
import { coversAll, overlapsAny, type TimeRange } from './time-range.ts';

const SLOTS = 8;

export class SegmentReader {
  readonly segment = new Segment();
  readonly #codec: ColumnCodec;
  /** Made when first used: most readers are of blocks that are seldom read. */
  readonly #slotTimestampMs: Float64Array[] = [];
  /** The column in each slot, -1 for none. */
  readonly #slotColumn = new Int32Array(SLOTS).fill(-1);

  constructor(codec: ColumnCodec) {
    this.#codec = codec;
  }

  /** As `Segment.load`. */
  load(value: Buffer, blockId: number, segmentNumber: number): void {
    this.#slotColumn.fill(-1);
    this.segment.load(value, blockId, segmentNumber);
  }

  /**
   * The timestamps of the chunk in [0, its sample count). Valid until the next call; not to be changed.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  timestampMs(chunk: number): Float64Array {
    const { segment } = this;
    const column = segment.chunkTimestampColumn[chunk]!;
    const slot = column % SLOTS;
    const timestampMs = (this.#slotTimestampMs[slot] ??= new Float64Array(SAMPLES_PER_CHUNK_MAX));
    if (this.#slotColumn[slot] === column) return timestampMs;
    segment.mustHaveIntactTimestamps(column);
    this.#slotColumn[slot] = -1;
    const count = segment.sampleCountOf(chunk);
    const start = segment.timestampsStart(column);
    const end = segment.timestampsEnd(column);
    this.#codec.decodeTimestamps(segment.bytes, start, end, count, timestampMs, 0);
    if (
      timestampMs[0] !== segment.firstTimestampMsOf(chunk) ||
      timestampMs[count - 1] !== segment.lastTimestampMsOf(chunk)
    )
      throw corrupt('its timestamps are not those of the directory');
    this.#slotColumn[slot] = column;
    return timestampMs;
  }

  /**
   * Appends the chunk's samples: of floats, or start timestamps.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT; the target keeps what it had
   */
  appendSamples(chunk: number, target: SampleColumns): void {
    const { segment } = this;
    const count = segment.sampleCountOf(chunk);
    const values = segment.chunkValueColumn[chunk]!;
    const timestampMs = this.timestampMs(chunk);
    segment.mustHaveIntactValues(values);
    target.reserve(target.count + count);
    copyTimestamps(timestampMs, count, target);
    const start = segment.valuesStart(values);
    const end = segment.valuesEnd(values);
    this.#codec.decodeValues(segment.bytes, start, end, count, target, target.count);
    target.count += count;
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
