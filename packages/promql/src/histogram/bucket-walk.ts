// HOT PATH: quantiles; stepping reads a count only, bounds are computed when they are asked for.
/** The buckets of both signs and the zero bucket in order: Prometheus's AllBucketIterator and its reverse. */
import type { HistogramBuckets, NativeHistogram } from '@promontory/model';
import { bucketBound, usesCustomBuckets } from './custom-bounds.ts';
import { endIndexOf } from './span-layout.ts';

/**
 * Stands on a bucket after {@link next} returned true, and stays on the last one after it returned false. Empty
 * buckets are visited, an empty zero bucket is not. Where a bucket reaches into the zero bucket, its bound is the
 * zero threshold. Without any bucket all numbers are 0.
 */
export class BucketCursor {
  count = 0;
  readonly #histogram: NativeHistogram;
  readonly #isAscending: boolean;
  /** Walked from the outermost bucket to the zero bucket, and from there to the outermost. */
  readonly #inward: HistogramBuckets;
  readonly #outward: HistogramBuckets;
  /** Of all buckets in the order of the walk: the inward ones, the zero bucket even if it is empty, the others. */
  #ordinal = -1;
  /** The span whose buckets stand from #spanAt on, the first having index #spanStart: follows #ordinal when asked. */
  #spanBuckets: HistogramBuckets | null = null;
  #span = 0;
  #spanAt = 0;
  #spanStart = 0;

  constructor(histogram: NativeHistogram, direction: 'ascending' | 'descending') {
    this.#histogram = histogram;
    this.#isAscending = direction === 'ascending';
    this.#inward = this.#isAscending ? histogram.negative : histogram.positive;
    this.#outward = this.#isAscending ? histogram.positive : histogram.negative;
  }

  next(): boolean {
    const inward = this.#inward.counts;
    const outward = this.#outward.counts;
    let ordinal = this.#ordinal + 1;
    if (ordinal === inward.length && !(this.#histogram.zeroCount > 0)) ordinal++;
    if (ordinal > inward.length + outward.length) return false;
    if (ordinal < inward.length) this.count = inward[inward.length - 1 - ordinal]!;
    else if (ordinal === inward.length) this.count = this.#histogram.zeroCount;
    else this.count = outward[ordinal - inward.length - 1]!;
    this.#ordinal = ordinal;
    return true;
  }

  get lower(): number {
    const { zeroThreshold } = this.#histogram;
    if (this.#isOnNothing) return 0;
    if (this.#isOnZero) return -zeroThreshold;
    const lower = this.#isOnPositive
      ? bucketBound(this.#histogram, this.#index() - 1)
      : -bucketBound(this.#histogram, this.#index());
    return lower > 0 && lower < zeroThreshold ? zeroThreshold : lower;
  }

  get upper(): number {
    const { zeroThreshold } = this.#histogram;
    if (this.#isOnNothing) return 0;
    if (this.#isOnZero) return zeroThreshold;
    const upper = this.#isOnPositive
      ? bucketBound(this.#histogram, this.#index())
      : -bucketBound(this.#histogram, this.#index() - 1);
    return upper < 0 && upper > -zeroThreshold ? -zeroThreshold : upper;
  }

  get lowerInclusive(): boolean {
    if (usesCustomBuckets(this.#histogram)) return this.#index() === 0;
    return this.#isOnZero || this.lower < 0;
  }

  get upperInclusive(): boolean {
    return usesCustomBuckets(this.#histogram) || this.#isOnZero || this.upper > 0;
  }

  get #isOnNothing(): boolean {
    return this.#ordinal < 0;
  }

  get #isOnZero(): boolean {
    return this.#ordinal === this.#inward.counts.length;
  }

  get #isOnPositive(): boolean {
    return this.#ordinal < this.#inward.counts.length ? !this.#isAscending : this.#isAscending;
  }

  /** The index of the bucket, which is not the zero bucket. Finds its span from that of the last call. */
  #index(): number {
    const inwardLength = this.#inward.counts.length;
    const isInward = this.#ordinal < inwardLength;
    const buckets = isInward ? this.#inward : this.#outward;
    const at = isInward ? inwardLength - 1 - this.#ordinal : this.#ordinal - inwardLength - 1;
    const { spanOffsets, spanLengths } = buckets;
    if (this.#spanBuckets !== buckets) this.#enter(buckets, isInward);
    while (at >= this.#spanAt + spanLengths[this.#span]!) {
      this.#spanAt += spanLengths[this.#span]!;
      this.#spanStart += spanLengths[this.#span]! + spanOffsets[this.#span + 1]!;
      this.#span++;
    }
    while (at < this.#spanAt) {
      this.#spanStart -= spanOffsets[this.#span]!;
      this.#span--;
      this.#spanAt -= spanLengths[this.#span]!;
      this.#spanStart -= spanLengths[this.#span]!;
    }
    return this.#spanStart + at - this.#spanAt;
  }

  #enter(buckets: HistogramBuckets, isFromLast: boolean): void {
    const { spanOffsets, spanLengths, counts } = buckets;
    this.#spanBuckets = buckets;
    this.#span = isFromLast ? spanOffsets.length - 1 : 0;
    this.#spanAt = isFromLast ? counts.length - spanLengths[this.#span]! : 0;
    this.#spanStart = isFromLast ? endIndexOf(buckets) - spanLengths[this.#span]! : spanOffsets[0]!;
  }
}

export type BucketVisitor = (
  lower: number,
  upper: number,
  count: number,
  lowerInclusive: boolean,
  upperInclusive: boolean,
) => void;

/** Visits the buckets from the lowest to the highest, as {@link BucketCursor} has them. */
export function forEachBucket(histogram: NativeHistogram, visit: BucketVisitor): void {
  const cursor = new BucketCursor(histogram, 'ascending');
  while (cursor.next()) {
    visit(cursor.lower, cursor.upper, cursor.count, cursor.lowerInclusive, cursor.upperInclusive);
  }
}
