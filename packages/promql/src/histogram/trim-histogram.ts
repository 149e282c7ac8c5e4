/**
 * Native histograms cut at a value: the operators `</` and `>/`, Prometheus's FloatHistogram.TrimBuckets. A bucket
 * around the value keeps the part on the kept side, interpolated; of a bucket without end nothing is known, so that
 * it stays or goes as a whole. The sum of what is kept is estimated from the middles of the buckets.
 */
import { type HistogramBuckets, type NativeHistogram, walkBuckets } from '@promontory/model';
import { compactHistogram } from './compact-histogram.ts';
import { bucketBound, usesCustomBuckets } from './custom-bounds.ts';

/** A bucket, or what is kept of one: then between bounds one of which is the value that cuts. */
interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** What is kept of a bucket, and the value that its observations are taken to have. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

/** @returns a float histogram; with the given count and sum when nothing is cut off, else with new ones and compact */
export function trimHistogram(
  histogram: NativeHistogram,
  value: number,
  keep: 'below' | 'above',
): NativeHistogram {
  return new Trimming(histogram, value, keep).result();
}

class Trimming {
  readonly #histogram: NativeHistogram;
  readonly #value: number;
  readonly #keepsBelow: boolean;
  readonly #isCustom: boolean;
  #count = 0;
  #sum = 0;
  #isCut = false;

  constructor(histogram: NativeHistogram, value: number, keep: 'below' | 'above') {
    this.#histogram = histogram;
    this.#value = value;
    this.#keepsBelow = keep === 'below';
    this.#isCustom = usesCustomBuckets(histogram);
  }

  result(): NativeHistogram {
    const histogram = this.#histogram;
    const positive = this.#trimSide(histogram.positive, true);
    const negative = this.#trimSide(histogram.negative, false);
    const zeroCount = this.#trimZero();
    if (!this.#isCut) return { ...histogram, isInteger: false };
    return compactHistogram({
      ...histogram,
      isInteger: false,
      zeroCount,
      count: this.#count,
      sum: this.#sum,
      positive,
      negative,
    });
  }

  #trimSide(buckets: HistogramBuckets, isPositive: boolean): HistogramBuckets {
    const counts = buckets.counts.slice();
    let at = 0;
    walkBuckets(buckets, (index, count) => {
      if (count !== 0) counts[at] = this.#take(count, this.#trimBucket(index, count, isPositive));
      at++;
    });
    return { spanOffsets: buckets.spanOffsets, spanLengths: buckets.spanLengths, counts };
  }

  #take(before: number, kept: Kept): number {
    if (kept.count !== before) this.#isCut = true;
    this.#count += kept.count;
    this.#sum += kept.middle * kept.count;
    return kept.count;
  }

  #trimBucket(index: number, count: number, isPositive: boolean): Kept {
    const outer = bucketBound(this.#histogram, index);
    const inner = bucketBound(this.#histogram, index - 1);
    const bucket = isPositive
      ? { lower: inner, upper: outer, count }
      : { lower: -outer, upper: -inner, count };
    const { lower, upper } = bucket;
    const isWhole = this.#keepsBelow ? upper <= this.#value : lower >= this.#value;
    if (isWhole) return { count, middle: this.#middleOf(lower, upper, isPositive) };
    const isPart = this.#keepsBelow ? lower < this.#value : upper > this.#value;
    return isPart ? this.#split(bucket, isPositive) : { count: 0, middle: 0 };
  }

  /** @param bucket has the value strictly between its bounds */
  #split(bucket: Bucket, isPositive: boolean): Kept {
    const { lower, upper, count } = bucket;
    const value = this.#value;
    if (lower === -Infinity || upper === Infinity) return this.#splitOpen(bucket);
    const below = count * this.#shareBelow(bucket, isPositive);
    return this.#keepsBelow
      ? { count: below, middle: this.#middleOf(lower, value, isPositive) }
      : { count: count - below, middle: this.#middleOf(value, upper, isPositive) };
  }

  /** A bucket that reaches down to -Inf is taken to start at 0 when the value and its end are above. */
  #splitOpen({ lower, upper, count }: Bucket): Kept {
    const value = this.#value;
    if (lower > -Infinity) return this.#keepsBelow ? { count: 0, middle: 0 } : { count, middle: value };
    if (this.#keepsBelow) {
      if (value > 0 && upper < Infinity) return { count: (count * value) / upper, middle: value / 2 };
      return upper <= 0 ? { count, middle: value } : { count: 0, middle: 0 };
    }
    if (value >= 0 && upper < Infinity) {
      return { count: count * (1 - value / upper), middle: (value + upper) / 2 };
    }
    return { count: 0, middle: 0 };
  }

  #shareBelow({ lower, upper }: Bucket, isPositive: boolean): number {
    if (this.#isCustom) return (this.#value - lower) / (upper - lower);
    const logLower = Math.log2(Math.abs(lower));
    const logUpper = Math.log2(Math.abs(upper));
    const logValue = Math.log2(Math.abs(this.#value));
    return isPositive
      ? (logValue - logLower) / (logUpper - logLower)
      : 1 - (logValue - logUpper) / (logLower - logUpper);
  }

  #middleOf(lower: number, upper: number, isPositive: boolean): number {
    if (lower === -Infinity) {
      if (upper === Infinity) return 0;
      return upper > 0 ? upper / 2 : upper;
    }
    if (upper === Infinity) return lower;
    if (this.#isCustom) return (lower + upper) / 2;
    const mean = Math.sqrt(Math.abs(lower * upper));
    return isPositive ? mean : -mean;
  }

  /** The zero bucket is cut linearly, between 0 and its bound where there are observations of one sign only. */
  #trimZero(): number {
    const { zeroCount, zeroThreshold, positive, negative } = this.#histogram;
    if (!(zeroCount > 0)) return zeroCount;
    const hasPositive = positive.counts.some((count) => count !== 0);
    const hasNegative = negative.counts.some((count) => count !== 0);
    const lower = hasPositive && !hasNegative ? 0 : -zeroThreshold;
    const upper = hasNegative && !hasPositive ? 0 : zeroThreshold;
    return this.#take(zeroCount, this.#splitZero({ lower, upper, count: zeroCount }));
  }

  #splitZero({ lower, upper, count }: Bucket): Kept {
    const value = this.#value;
    const all = { count, middle: (lower + upper) / 2 };
    const nothing = { count: 0, middle: 0 };
    if (value <= lower) return this.#keepsBelow ? nothing : all;
    if (value >= upper) return this.#keepsBelow ? all : nothing;
    return this.#keepsBelow
      ? { count: count * ((value - lower) / (upper - lower)), middle: (lower + value) / 2 }
      : { count: count * ((upper - value) / (upper - lower)), middle: (value + upper) / 2 };
  }
}
