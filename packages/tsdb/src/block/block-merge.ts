// HOT PATH: about 60 ns a sample that is encoded again, 1 ns a sample that is copied; block.bench.ts.
/**
 * Merges blocks into one, stream by stream: a k-way merge by time that takes as many samples at once as come
 * before the next sample of every other block. Of equal timestamps the first block's sample stays.
 *
 * A chunk that holds at least half of what a chunk may, overlaps no other and has nothing left out is copied as
 * it is. All others are encoded again, into full chunks: but for the last of a stream and those of
 * histograms with few buckets in common (`histogramsPerColumn`), every chunk is at least half full. Memory is bounded by
 * a segment and a chunk for each block, and a segment of the writer.
 */
import { assert } from '@promontory/base';
import type { ColumnCodec } from '../chunk/column-codec.ts';
import { BlockCursor } from './block-cursor.ts';
import type { BlockReader } from './block-reader.ts';
import { type BlockWriter, samplesPerChunkMax } from './block-writer.ts';
import { SampleRun } from './sample-run.ts';
import { HISTOGRAMS, kindOfStreamKey, refOfStreamKey, type StreamKind } from './stream-kind.ts';
import { coversAll, overlapsAny, type TimeRange } from './time-range.ts';

/** The ranges of a block's stream whose samples do not go into the merged block; mostly none. */
export type LeaveOut = (ref: number, kind: StreamKind, blockId: number) => readonly TimeRange[];

export interface BlockMergeOptions {
  /** Open until the merge has ended. Of equal timestamps the earlier reader's sample stays. */
  readonly readers: readonly BlockReader[];
  /** To be finished by the caller afterwards. */
  readonly writer: BlockWriter;
  readonly codec: ColumnCodec;
  readonly leaveOut: LeaveOut;
}

/** What a copied chunk costs of a step's samples: one in so many. */
const COPIED_PER_SAMPLE = 16;

class MergeInput {
  readonly cursor: BlockCursor;
  /** The samples of the cursor's chunk, when it is decoded. */
  readonly run = new SampleRun();
  /** The next sample of `run`; -1 while the chunk is not decoded. */
  position = -1;
  /** Of the cursor's stream. */
  leftOut: readonly TimeRange[] = [];

  constructor(cursor: BlockCursor) {
    this.cursor = cursor;
  }

  /** The time of the next sample, or of the next chunk's first. */
  get nextTimestampMs(): number {
    return this.position < 0 ? this.cursor.firstTimestampMs : this.run.columns.timestampMs[this.position]!;
  }

  /** To the next chunk. */
  skipChunk(): void {
    this.position = -1;
    this.cursor.next();
  }

  /** Passes the samples before `index` of the run. */
  moveTo(index: number): void {
    if (index < this.run.count) this.position = index;
    else this.skipChunk();
  }

  /** A damaged chunk is passed over. @returns whether there are samples in `run` */
  decode(): boolean {
    if (this.position >= 0) return true;
    if (!this.cursor.tryDecode(this.run)) {
      this.skipChunk();
      return false;
    }
    this.position = 0;
    return true;
  }
}

export class BlockMerge {
  readonly #inputs: readonly MergeInput[];
  readonly #writer: BlockWriter;
  readonly #leaveOut: LeaveOut;
  /** Samples of the stream that are in no chunk yet. */
  readonly #pending = new SampleRun();
  /** -1 before the first stream. */
  #streamKey = -1;
  #lastTakenMs = Number.NEGATIVE_INFINITY;

  /** @throws as `step` does: the first segment of each block is read */
  constructor(options: BlockMergeOptions) {
    this.#inputs = options.readers.map((reader) => new MergeInput(new BlockCursor(reader, options.codec)));
    this.#writer = options.writer;
    this.#leaveOut = options.leaveOut;
  }

  /**
   * Merges on until about `samplesMax` samples were read.
   *
   * @returns true when everything is in the writer
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION; the merge has failed then
   */
  step(samplesMax: number): boolean {
    let left = samplesMax;
    while (left > 0) {
      const input = this.#nextInput();
      if (input !== null) {
        left -= this.#take(input);
        continue;
      }
      this.#flush(0);
      if (!this.#nextStream()) return true;
    }
    return false;
  }

  get #kind(): StreamKind {
    return kindOfStreamKey(this.#streamKey);
  }

  #nextStream(): boolean {
    let key = Number.POSITIVE_INFINITY;
    for (const { cursor } of this.#inputs) key = Math.min(key, cursor.streamKey);
    if (key === Number.POSITIVE_INFINITY) return false;
    assert(key > this.#streamKey, 'streams of a block ascend', { key });
    this.#streamKey = key;
    this.#lastTakenMs = Number.NEGATIVE_INFINITY;
    for (const input of this.#inputs) {
      if (input.cursor.streamKey === key)
        input.leftOut = this.#leaveOut(refOfStreamKey(key), this.#kind, input.cursor.blockId);
    }
    return true;
  }

  /** The input of the stream whose next sample is earliest, the first of equals; null when there is none. */
  #nextInput(): MergeInput | null {
    let earliest: MergeInput | null = null;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const input of this.#inputs) {
      if (input.cursor.streamKey !== this.#streamKey || input.nextTimestampMs >= earliestMs) continue;
      earliest = input;
      earliestMs = input.nextTimestampMs;
    }
    return earliest;
  }

  /** The earliest time at which another input than this has a sample. */
  #limitMs(input: MergeInput): number {
    let limitMs = Number.POSITIVE_INFINITY;
    for (const other of this.#inputs) {
      if (other !== input && other.cursor.streamKey === this.#streamKey)
        limitMs = Math.min(limitMs, other.nextTimestampMs);
    }
    return limitMs;
  }

  /** Takes what comes before every other input's next sample. @returns what it cost, in samples */
  #take(input: MergeInput): number {
    const { cursor, leftOut } = input;
    const limitMs = this.#limitMs(input);
    if (input.position < 0) {
      if (coversAll(leftOut, cursor.firstTimestampMs, cursor.lastTimestampMs)) {
        input.skipChunk();
        return 1;
      }
      if (this.#mayCopy(input, limitMs)) return this.#copy(input);
    }
    if (!input.decode()) return 1;
    const start = input.run.firstIndexFrom(this.#lastTakenMs + 1, input.position);
    // At least one: the next sample of another input may be of the same time.
    const end = Math.max(input.position + 1, input.run.firstIndexFrom(limitMs, start));
    if (start < end) this.#append(input, start, end);
    const cost = end - input.position;
    input.moveTo(end);
    return cost;
  }

  #mayCopy({ cursor, leftOut }: MergeInput, limitMs: number): boolean {
    const least = samplesPerChunkMax(this.#kind) / 2;
    return (
      cursor.sampleCount >= least &&
      (this.#pending.count === 0 || this.#pending.count >= least) &&
      cursor.lastTimestampMs < limitMs &&
      cursor.firstTimestampMs > this.#lastTakenMs &&
      !overlapsAny(leftOut, cursor.firstTimestampMs, cursor.lastTimestampMs)
    );
  }

  #copy(input: MergeInput): number {
    const { cursor } = input;
    const chunk = cursor.tryEncoded();
    if (chunk !== null) {
      this.#flush(0);
      this.#writer.addEncodedChunk(refOfStreamKey(this.#streamKey), this.#kind, chunk);
      this.#lastTakenMs = cursor.lastTimestampMs;
    }
    const cost = Math.ceil(cursor.sampleCount / COPIED_PER_SAMPLE);
    input.skipChunk();
    return cost;
  }

  /** Appends the samples [start, end) of the input's run that are not left out. */
  #append(input: MergeInput, start: number, end: number): void {
    const { timestampMs } = input.run.columns;
    const ranges = input.leftOut;
    let from = start;
    if (overlapsAny(ranges, timestampMs[start]!, timestampMs[end - 1]!)) {
      for (let index = start; index < end; index++) {
        if (!overlapsAny(ranges, timestampMs[index]!, timestampMs[index]!)) continue;
        this.#appendKept(input.run, from, index);
        from = index + 1;
      }
    }
    this.#appendKept(input.run, from, end);
    this.#flush(samplesPerChunkMax(this.#kind));
  }

  #appendKept(run: SampleRun, start: number, end: number): void {
    if (start >= end) return;
    this.#pending.append(run, this.#kind, start, end);
    this.#lastTakenMs = run.columns.timestampMs[end - 1]!;
  }

  /** Writes pending samples as chunks while there are at least `countMin` of them, and at least one. */
  #flush(countMin: number): void {
    const pending = this.#pending;
    const chunkMax = samplesPerChunkMax(this.#kind);
    const ref = refOfStreamKey(this.#streamKey);
    const { columns, histograms } = pending;
    while (pending.count > 0 && pending.count >= countMin) {
      const count = Math.min(pending.count, chunkMax);
      if (this.#kind === HISTOGRAMS)
        pending.dropFirst(this.#writer.addHistogramChunk(ref, columns.timestampMs, histograms, 0, count));
      else {
        this.#writer.addSampleChunk(ref, this.#kind, columns, 0, count);
        pending.dropFirst(count);
      }
    }
  }
}
