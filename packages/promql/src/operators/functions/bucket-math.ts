/**
 * Quantiles and fractions of classic histograms: cumulative counts by upper bound, taken as linear within a
 * bucket. The arrays hold one step's buckets, sorted by bound, and are changed in place.
 */
export interface Buckets {
  /** Ascending; equal bounds stand beside each other. */
  readonly upperBound: Float64Array;
  readonly cumulativeCount: Float64Array;
  count: number;
}

/** Counts closer than this, relative to their sum, differ by rounding only. */
const INSIGNIFICANT_DIFFERENCE = 1e-12;

export interface BucketQuantile {
  value: number;
  /** By how much a count was smaller than the one of a smaller bucket, at most; 0 when none was by more than rounding. */
  largestDecrease: number;
  /** The first and the last such bucket; mean something when there is one. */
  lowestBound: number;
  highestBound: number;
}

/** Replaces `result`, so that the loop over steps allocates nothing. */
export function bucketQuantile(quantile: number, buckets: Buckets, result: BucketQuantile): void {
  result.largestDecrease = 0;
  result.value = NaN;
  if (Number.isNaN(quantile)) return;
  if (quantile < 0 || quantile > 1) {
    result.value = quantile < 0 ? -Infinity : Infinity;
    return;
  }
  if (buckets.upperBound[buckets.count - 1] !== Infinity) return;
  coalesce(buckets);
  makeMonotonic(buckets, result);
  const observations = buckets.cumulativeCount[buckets.count - 1]!;
  if (buckets.count < 2 || observations === 0) return;
  result.value = interpolateQuantile(quantile * observations, buckets);
}

function interpolateQuantile(rank: number, { upperBound, cumulativeCount, count }: Buckets): number {
  let bucket = 0;
  while (bucket < count - 1 && !(cumulativeCount[bucket]! >= rank)) bucket++;
  if (bucket === count - 1) return upperBound[count - 2]!;
  if (bucket === 0 && upperBound[0]! <= 0) return upperBound[0]!;
  const start = bucket === 0 ? 0 : upperBound[bucket - 1]!;
  const before = bucket === 0 ? 0 : cumulativeCount[bucket - 1]!;
  const inside = cumulativeCount[bucket]! - before;
  return start + (upperBound[bucket]! - start) * ((rank - before) / inside);
}

/** The share of observations between two bounds. */
export function bucketFraction(lower: number, upper: number, buckets: Buckets): number {
  if (buckets.upperBound[buckets.count - 1] !== Infinity) return NaN;
  coalesce(buckets);
  const observations = buckets.cumulativeCount[buckets.count - 1]!;
  if (observations === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets, observations) - rankOf(lower, buckets, observations)) / observations;
}

/** How many observations lie below `value`. */
function rankOf(
  value: number,
  { upperBound, cumulativeCount, count }: Buckets,
  observations: number,
): number {
  let rank = 0;
  for (let bucket = 0; bucket < count; bucket++) {
    const start = bucket > 0 ? upperBound[bucket - 1]! : upperBound[0]! > 0 ? 0 : -Infinity;
    const end = upperBound[bucket]!;
    if (start >= value) return Math.min(rank, observations);
    if (end > value) {
      // A bucket of infinite width below cannot be split: all of it counts.
      if (start === -Infinity) return Math.min(cumulativeCount[bucket]!, observations);
      const inside = cumulativeCount[bucket]! - rank;
      return Math.min(rank + (inside * (value - start)) / (end - start), observations);
    }
    rank = cumulativeCount[bucket]!;
  }
  return observations;
}

/** Adds up the counts of equal bounds. */
function coalesce(buckets: Buckets): void {
  const { upperBound, cumulativeCount } = buckets;
  let last = 0;
  for (let bucket = 1; bucket < buckets.count; bucket++) {
    if (upperBound[bucket] === upperBound[last]) {
      cumulativeCount[last]! += cumulativeCount[bucket]!;
      continue;
    }
    last++;
    upperBound[last] = upperBound[bucket]!;
    cumulativeCount[last] = cumulativeCount[bucket]!;
  }
  buckets.count = last + 1;
}

/** Removes decreases; notes those that are more than rounding. */
function makeMonotonic({ upperBound, cumulativeCount, count }: Buckets, result: BucketQuantile): void {
  let previous = cumulativeCount[0]!;
  for (let bucket = 1; bucket < count; bucket++) {
    const current = cumulativeCount[bucket]!;
    if (current === previous) continue;
    if (isInsignificant(previous, current)) cumulativeCount[bucket] = previous;
    else if (current < previous) {
      cumulativeCount[bucket] = previous;
      if (result.largestDecrease === 0) result.lowestBound = upperBound[bucket]!;
      result.highestBound = upperBound[bucket]!;
      result.largestDecrease = Math.max(result.largestDecrease, previous - current);
    } else previous = current;
  }
}

function isInsignificant(left: number, right: number): boolean {
  const magnitude = Math.abs(left) + Math.abs(right);
  const difference = Math.abs(left - right);
  if (left === 0 || right === 0) return difference < INSIGNIFICANT_DIFFERENCE * 2.2250738585072014e-308;
  return difference / Math.min(magnitude, Number.MAX_VALUE) < INSIGNIFICANT_DIFFERENCE;
}
