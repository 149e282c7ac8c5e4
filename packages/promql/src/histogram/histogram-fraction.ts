/** The share of a native histogram's observations between two values: Prometheus's HistogramFraction. */
import type { NativeHistogram } from '@promontory/model';
import { BucketCursor } from './bucket-walk.ts';
import { usesCustomBuckets } from './custom-bounds.ts';
import { hasOnlyNegative, hasOnlyPositive } from './histogram-quantile.ts';

export interface HistogramFraction {
  value: number;
  /** There are observations of NaN, which are in the count and in no fraction. */
  hasNanObservations: boolean;
}

/**
 * The inverse of histogramQuantile, interpolating as that does. 0 when the bounds do not ascend, NaN when one is
 * NaN or nothing was observed.
 *
 * @param result is replaced
 */
export function histogramFraction(
  lower: number,
  upper: number,
  histogram: NativeHistogram,
  result: HistogramFraction,
): void {
  result.hasNanObservations = false;
  result.value = NaN;
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return;
  result.value = 0;
  if (lower >= upper) return;
  let count = histogram.count;
  if (Number.isNaN(histogram.sum)) {
    count = countInBuckets(histogram);
    result.hasNanObservations = count < histogram.count;
  }
  const upperRank = Math.min(rankOf(upper, histogram), count);
  const lowerRank = Math.min(rankOf(lower, histogram), count);
  result.value = (upperRank - lowerRank) / histogram.count;
}

function countInBuckets(histogram: NativeHistogram): number {
  const cursor = new BucketCursor(histogram, 'ascending');
  let count = 0;
  while (cursor.next()) count += cursor.count;
  return count;
}

/** How many observations lie below `value`; Infinity when it is above all buckets. */
function rankOf(value: number, histogram: NativeHistogram): number {
  const isCustom = usesCustomBuckets(histogram);
  const cursor = new BucketCursor(histogram, 'ascending');
  let rank = 0;
  while (cursor.next()) {
    let { lower, upper } = cursor;
    const isAroundZero = lower <= 0 && upper >= 0;
    if (isAroundZero && hasOnlyPositive(histogram)) lower = 0;
    else if (isAroundZero && hasOnlyNegative(histogram)) upper = 0;
    if (lower >= value) return rank;
    if (upper > value) {
      if (!isCustom && !isAroundZero) return rank + cursor.count * exponentialShare(value, lower, upper);
      // Nothing can be said of a bucket that reaches down to -Inf; being the first, all of it counts.
      return lower === -Infinity ? cursor.count : rank + (cursor.count * (value - lower)) / (upper - lower);
    }
    rank += cursor.count;
  }
  return Infinity;
}

function exponentialShare(value: number, lower: number, upper: number): number {
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}
