// HOT PATH: one copy a sample once decoded, no allocation; block.bench.ts.
/**
 * The segments that one thread used last, with the values that were decoded of them: queries come back to the same
 * series, and panels of a dashboard ask for them side by side. A segment never changes, so nothing here grows old.
 */
import type { SampleColumns } from '@promontory/model';
import type { ColumnCodec, ValueColumn } from '../chunk/column-codec.ts';
import { firstIndexFrom } from './merge-samples.ts';
import { CHUNKS_PER_SEGMENT_MAX } from './segment-builder.ts';
import { SegmentReader } from './segment-reader.ts';

/** The directory of a segment as arrays. */
const DIRECTORY_BYTES = 32 * 1024;

const NO_VALUES: ValueColumn = { value: new Float64Array(0), valueWords: new Int32Array(0) };

export class CachedSegment {
  readonly reader: SegmentReader;
  #blockId = -1;
  #segmentNumber = -1;
  /** Each chunk's from its `chunkSampleStart` on; made when first used, kept from one segment to the next. */
  #values = NO_VALUES;
  readonly #areValuesDecoded = new Uint8Array(CHUNKS_PER_SEGMENT_MAX);

  constructor(codec: ColumnCodec) {
    this.reader = new SegmentReader(codec);
  }

  /** Memory that it takes, about. */
  get bytes(): number {
    const { segment, timestampBytes } = this.reader;
    return DIRECTORY_BYTES + segment.bytes.byteLength + timestampBytes + this.#values.value.byteLength;
  }

  isOf(blockId: number, segmentNumber: number): boolean {
    return this.#segmentNumber === segmentNumber && this.#blockId === blockId;
  }

  /** As `Segment.load`. */
  load(value: Buffer, blockId: number, segmentNumber: number): void {
    this.forget();
    this.reader.load(value, blockId, segmentNumber);
    this.#blockId = blockId;
    this.#segmentNumber = segmentNumber;
  }

  /** It is of no block any more. */
  forget(): void {
    this.#blockId = -1;
    this.#segmentNumber = -1;
    this.#areValuesDecoded.fill(0);
  }

  /**
   * Appends the chunk's samples in [start, end]: of floats, or start timestamps.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT; the target keeps what it had
   */
  appendSamples(
    chunk: number,
    startMsInclusive: number,
    endMsInclusive: number,
    target: SampleColumns,
  ): void {
    const { segment } = this.reader;
    const chunkMs = this.reader.timestampMs(chunk);
    const { valueWords } = this.#valuesWith(chunk);
    const count = segment.sampleCountOf(chunk);
    const from = firstIndexFrom(chunkMs, count, startMsInclusive);
    const to = firstIndexFrom(chunkMs, count, endMsInclusive + 1);
    target.reserve(target.count + to - from);
    const { timestampMs, valueWords: targetWords } = target;
    let word = 2 * (segment.chunkSampleStart[chunk]! + from);
    let written = target.count;
    for (let index = from; index < to; index++) {
      timestampMs[written] = chunkMs[index]!;
      targetWords[2 * written] = valueWords[word]!;
      targetWords[2 * written + 1] = valueWords[word + 1]!;
      word += 2;
      written++;
    }
    target.count = written;
  }

  #valuesWith(chunk: number): ValueColumn {
    if (this.#areValuesDecoded[chunk] === 1) return this.#values;
    const { segment } = this.reader;
    const sampleCount = segment.chunkSampleStart[segment.chunkCount]!;
    if (sampleCount > this.#values.value.length) {
      const value = new Float64Array(sampleCount);
      this.#values = { value, valueWords: new Int32Array(value.buffer) };
      this.#areValuesDecoded.fill(0);
    }
    this.reader.decodeValues(chunk, this.#values, segment.chunkSampleStart[chunk]!);
    this.#areValuesDecoded[chunk] = 1;
    return this.#values;
  }
}

/** One a thread. */
export class SegmentCache {
  readonly #codec: ColumnCodec;
  readonly #bytesMax: number;
  /** Those used last at the end. */
  readonly #segments = new Map<string, CachedSegment>();

  /** @param bytesMax may be exceeded by one segment, the one in use */
  constructor(codec: ColumnCodec, bytesMax: number) {
    this.#codec = codec;
    this.#bytesMax = bytesMax;
  }

  /**
   * @param tryLoad loads the segment, when it is not here. Returns false when it cannot.
   * @returns the segment, valid until the next call; null when it could not be loaded
   */
  get(
    blockId: number,
    segmentNumber: number,
    tryLoad: (target: CachedSegment) => boolean,
  ): CachedSegment | null {
    const key = `${blockId}/${segmentNumber}`;
    let segment = this.#segments.get(key);
    if (segment !== undefined) this.#segments.delete(key);
    // Those that stay may have grown since: the bound is looked at each time.
    const leaving = this.#takeOut();
    if (segment === undefined) {
      segment = leaving ?? new CachedSegment(this.#codec);
      if (!tryLoad(segment)) return null;
    }
    this.#segments.set(key, segment);
    return segment;
  }

  /** Forgets all, and gives the memory back. */
  clear(): void {
    for (const segment of this.#segments.values()) segment.forget();
    this.#segments.clear();
  }

  /** Takes out what was not used for longest until the rest is within the bound. @returns the last of it, if any */
  #takeOut(): CachedSegment | null {
    let bytes = 0;
    for (const segment of this.#segments.values()) bytes += segment.bytes;
    let last: CachedSegment | null = null;
    for (const [key, segment] of this.#segments) {
      if (bytes <= this.#bytesMax) break;
      bytes -= segment.bytes;
      this.#segments.delete(key);
      segment.forget();
      last = segment;
    }
    return last;
  }
}
