// HOT PATH: histogram_quantile(), per histogram; 1 ns a bucket walked.
/** Quantiles of native histograms: Prometheus's HistogramQuantile (promql/quantile.go). */
import type { NativeHistogram } from '@promontory/model';
import { BucketCursor } from './bucket-walk.ts';
import { usesCustomBuckets } from './custom-bounds.ts';

export interface HistogramQuantile {
  value: number;
  /**
   * Observations of NaN are in the count and in no bucket; they rank behind all others. 'result-nan': the quantile
   * is one of them. 'skewed': it is not, and is higher for them.
   */
  nanObservations: 'none' | 'skewed' | 'result-nan';
}

/**
 * The value below which the fraction `quantile` of all observations lies, found by interpolating within a bucket:
 * linearly in custom buckets and in the zero bucket, exponentially in others. The zero bucket ends at 0 where all
 * other buckets are of one sign.
 *
 * @param quantile -Infinity comes out below 0, Infinity above 1, NaN for NaN
 * @param result is replaced
 */
export function histogramQuantile(
  quantile: number,
  histogram: NativeHistogram,
  result: HistogramQuantile,
): void {
  result.nanObservations = 'none';
  result.value = NaN;
  if (quantile < 0) result.value = -Infinity;
  else if (quantile > 1) result.value = Infinity;
  else if (histogram.count !== 0 && !Number.isNaN(quantile)) findQuantile(quantile, histogram, result);
}

function findQuantile(quantile: number, histogram: NativeHistogram, result: HistogramQuantile): void {
  const hasNanSum = Number.isNaN(histogram.sum);
  // The shorter way; but only from below, where NaN is at the far end, does it not disturb the ranks.
  const isAscending = hasNanSum || quantile < 0.5;
  const rank = (isAscending ? quantile : 1 - quantile) * histogram.count;
  const cursor = new BucketCursor(histogram, isAscending ? 'ascending' : 'descending');
  const count = Math.min(countToRank(cursor, rank), histogram.count);
  const openEnd = finiteEndOf(cursor, histogram);
  let lower = naturalLower(cursor, histogram);
  let upper = naturalUpper(cursor, histogram);
  if (openEnd !== null) result.value = openEnd;
  else if (count < rank) {
    // Behind the last bucket are the observations of NaN; when there is none, the rank is short by rounding.
    result.value = hasNanSum ? NaN : upper;
    if (hasNanSum) result.nanObservations = 'result-nan';
  } else {
    const rankInBucket = isAscending ? rank - (count - cursor.count) : count - rank;
    if (hasNanSum) {
      let bucketTotal = count;
      // Prometheus's loop over the rest leaves its bucket at the last one, in which it then interpolates.
      while (cursor.next()) {
        bucketTotal += cursor.count;
        ({ lower, upper } = cursor);
      }
      if (bucketTotal < histogram.count) result.nanObservations = 'skewed';
    }
    const isLinear = usesCustomBuckets(histogram) || (lower <= 0 && upper >= 0);
    const interpolate = isLinear ? interpolateLinearly : interpolateExponentially;
    result.value = interpolate(lower, upper, rankInBucket / cursor.count);
  }
}

/** Moves to the bucket that has the rank, or to the last one; returns the observations up to its end. */
function countToRank(cursor: BucketCursor, rank: number): number {
  let count = 0;
  while (cursor.next()) {
    if (cursor.count === 0) continue;
    count += cursor.count;
    if (count >= rank) break;
  }
  return count;
}

/** The bound of a custom bucket without end in which nothing can be interpolated; null for other buckets. */
function finiteEndOf({ lower, upper }: BucketCursor, histogram: NativeHistogram): number | null {
  if (!usesCustomBuckets(histogram)) return null;
  if (lower === -Infinity) return upper <= 0 ? upper : null;
  return upper === Infinity ? lower : null;
}

/** The lower bound, or 0 where values below it are not expected. */
function naturalLower({ lower, upper }: BucketCursor, histogram: NativeHistogram): number {
  if (usesCustomBuckets(histogram)) return lower === -Infinity ? 0 : lower;
  return lower < 0 && upper > 0 && hasOnlyPositive(histogram) ? 0 : lower;
}

function naturalUpper({ lower, upper }: BucketCursor, histogram: NativeHistogram): number {
  return lower < 0 && upper > 0 && hasOnlyNegative(histogram) ? 0 : upper;
}

export function hasOnlyPositive({ positive, negative }: NativeHistogram): boolean {
  return negative.counts.length === 0 && positive.counts.length > 0;
}

export function hasOnlyNegative({ positive, negative }: NativeHistogram): boolean {
  return positive.counts.length === 0 && negative.counts.length > 0;
}

function interpolateLinearly(lower: number, upper: number, fraction: number): number {
  return lower + (upper - lower) * fraction;
}

/** As if equally many observations were in each of the buckets that a finer schema would cut this one into. */
function interpolateExponentially(lower: number, upper: number, fraction: number): number {
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}
