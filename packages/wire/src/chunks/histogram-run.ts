/**
 * Which histograms of a series, from one on, go into a chunk together.
 *
 * They are of one kind (integer or float), of one schema, zero threshold and custom bounds, and all gauges or none. A
 * reader takes every histogram of a chunk but the first for one that its counter was not reset before: one that says
 * so, or counts less than the one before, begins a new chunk. A staleness marker may end a chunk, and only markers
 * follow it there. Buckets may come and go: the chunk has the union of them, so that histograms whose buckets alternate
 * share chunks.
 */
import type { HistogramSample, NativeHistogram } from '@promontory/model';
import { BucketComparison, BucketUnion } from './bucket-union.ts';

/** As many as Prometheus puts floats into a chunk. */
export const CHUNK_SAMPLES_MAX = 120;
/** Bounds a chunk of large histograms: some 300 KB. */
const CHUNK_COUNTS_MAX = 32_768;
/** A union with more buckets than this many times those of its largest member is mostly empty. */
const UNION_GROWTH_MAX = 2;
const UNION_SLACK_BUCKETS = 32;
/**
 * Counts below this have differences of differences that are exact in doubles; larger ones stand alone, where nothing
 * is a difference but those of neighbouring buckets.
 */
const DIFFERENCE_COUNT_MAX = 2 ** 50;

export class HistogramRun {
  readonly positive = new BucketUnion();
  readonly negative = new BucketUnion();
  readonly #comparison = new BucketComparison();
  #bucketsMax = 0;

  /** Buckets of both signs. */
  get bucketCount(): number {
    return this.positive.count + this.negative.count;
  }

  /**
   * Sets the unions.
   *
   * @param samples [start, end) ascending in time, their buckets valid
   * @returns the index after the last sample of the run, which has one at least
   */
  plan(samples: readonly HistogramSample[], start: number, end: number): number {
    this.positive.clear();
    this.negative.clear();
    this.#bucketsMax = 0;
    const first = samples[start]!.histogram;
    let before = first;
    const last = Math.min(end, start + CHUNK_SAMPLES_MAX);
    for (let at = start; at < last; at++) {
      const { histogram } = samples[at]!;
      const isFollowed =
        at === start || (before.isStale ? histogram.isStale : this.#canFollow(before, histogram));
      if (histogram.isInteger !== first.isInteger || !isFollowed) return at;
      if (!this.#tryWiden(histogram, at - start)) return at;
      before = histogram;
    }
    return last;
  }

  /** Writes what the histogram counts in each bucket of the unions, the positive ones first. */
  spread({ positive, negative }: NativeHistogram, target: Float64Array): void {
    this.positive.spread(positive, target, 0);
    this.negative.spread(negative, target, this.positive.count);
  }

  #canFollow(before: NativeHistogram, after: NativeHistogram): boolean {
    if (after.isStale) return true;
    const isGauge = after.counterResetHint === 'gauge';
    if (isGauge !== (before.counterResetHint === 'gauge') || !haveSameScale(before, after)) return false;
    if (after.isInteger && (isLarge(before) || isLarge(after))) return false;
    if (isGauge) return true;
    if (after.counterResetHint === 'reset') return false;
    if (after.count < before.count || after.zeroCount < before.zeroCount) return false;
    const comparison = this.#comparison;
    return (
      !comparison.hasDecreased(before.positive, after.positive) &&
      !comparison.hasDecreased(before.negative, after.negative)
    );
  }

  /** @param samplesBefore in the run */
  #tryWiden(histogram: NativeHistogram, samplesBefore: number): boolean {
    if (histogram.isStale) return true;
    const { positive, negative } = histogram;
    this.#bucketsMax = Math.max(this.#bucketsMax, positive.counts.length + negative.counts.length);
    let countMax = Number.POSITIVE_INFINITY;
    if (samplesBefore > 0) {
      const unionMax = UNION_GROWTH_MAX * this.#bucketsMax + UNION_SLACK_BUCKETS;
      countMax = Math.min(unionMax, Math.floor(CHUNK_COUNTS_MAX / (samplesBefore + 1)));
    }
    // When the second fails the first stays wider than need be: these buckets are empty in the whole run.
    return (
      this.positive.tryAdd(positive, countMax - this.negative.count) &&
      this.negative.tryAdd(negative, countMax - this.positive.count) &&
      this.bucketCount <= countMax
    );
  }
}

function haveSameScale(before: NativeHistogram, after: NativeHistogram): boolean {
  if (before.schema !== after.schema || before.zeroThreshold !== after.zeroThreshold) return false;
  if (before.customValues.length !== after.customValues.length) return false;
  return before.customValues.every((bound, at) => bound === after.customValues[at]);
}

/** Buckets of a valid histogram count no more than the whole. */
function isLarge({ count }: NativeHistogram): boolean {
  return count >= DIFFERENCE_COUNT_MAX;
}
