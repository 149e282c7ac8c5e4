/**
 * The zero bucket made wider. Histograms whose zero buckets differ are brought to the wider threshold: what
 * the narrower one has in buckets within it is counted as zero. A threshold that lands inside a bucket with
 * observations is raised to the bucket's end, since what lies below it there is unknown; then the other
 * histogram has to follow, and so on.
 */
import type { HistogramBuckets, NativeHistogram } from '@promontory/model';
import { bucketUpperBound } from './exponential-bounds.ts';

/** The smallest threshold that is neither below one of the two, which are not NaN, nor inside a populated bucket. */
export function commonZeroThreshold(left: NativeHistogram, right: NativeHistogram): number {
  let leftThreshold = left.zeroThreshold;
  let rightThreshold = right.zeroThreshold;
  while (leftThreshold !== rightThreshold) {
    if (leftThreshold < rightThreshold) leftThreshold = raiseThreshold(left, rightThreshold);
    else rightThreshold = raiseThreshold(right, leftThreshold);
  }
  return leftThreshold;
}

/** `threshold`, or the end of the bucket with observations that it is inside of. */
export function raiseThreshold({ schema, positive, negative }: NativeHistogram, threshold: number): number {
  // Bounds of both signs are the same, so that a threshold raised for one side suits the other.
  return Math.max(
    endOfBucketAround(positive, schema, threshold),
    endOfBucketAround(negative, schema, threshold),
  );
}

function endOfBucketAround(buckets: HistogramBuckets, schema: number, threshold: number): number {
  const { spanOffsets, spanLengths, counts } = buckets;
  let [index, at] = [0, 0];
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--, index++, at++) {
      const upper = bucketUpperBound(schema, index);
      if (upper <= threshold) continue;
      const isInside = counts[at] !== 0 && bucketUpperBound(schema, index - 1) < threshold;
      return isInside ? upper : threshold;
    }
  }
  return threshold;
}

/** Observations in the zero bucket if it were as wide as `threshold`, which is not inside a populated bucket. */
export function zeroCountWithin(histogram: NativeHistogram, threshold: number): number {
  const { schema, positive, negative } = histogram;
  let zeroCount = histogram.zeroCount;
  for (const { counts, within } of [
    { counts: positive.counts, within: countWithin(positive, schema, threshold) },
    { counts: negative.counts, within: countWithin(negative, schema, threshold) },
  ]) {
    for (let at = 0; at < within; at++) zeroCount += counts[at]!;
  }
  return zeroCount;
}

/** @param threshold not below the histogram's own and not inside a populated bucket */
export function widenZeroBucket(histogram: NativeHistogram, threshold: number): NativeHistogram {
  if (histogram.zeroThreshold === threshold) return histogram;
  const { schema, positive, negative } = histogram;
  return {
    ...histogram,
    zeroThreshold: threshold,
    zeroCount: zeroCountWithin(histogram, threshold),
    positive: withoutFirst(positive, countWithin(positive, schema, threshold)),
    negative: withoutFirst(negative, countWithin(negative, schema, threshold)),
  };
}

/**
 * The buckets that are not within the zero bucket: all of them, unless the histogram is broken. Those of what is
 * added are left out, as Prometheus does it.
 */
export function outside(buckets: HistogramBuckets, schema: number, zeroThreshold: number): HistogramBuckets {
  if (!mayStartWithin(buckets, schema, zeroThreshold)) return buckets;
  return withoutFirst(buckets, countWithin(buckets, schema, zeroThreshold));
}

/** Whether the bucket nearest to zero lies within the threshold; true also when a span without buckets does. */
export function mayStartWithin(buckets: HistogramBuckets, schema: number, threshold: number): boolean {
  if (threshold === 0 || buckets.spanOffsets.length === 0) return false;
  return bucketUpperBound(schema, buckets.spanOffsets[0]!) <= threshold;
}

/** How many buckets lie within the threshold; they are the first ones. */
export function countWithin(buckets: HistogramBuckets, schema: number, threshold: number): number {
  const { spanOffsets, spanLengths } = buckets;
  let [index, count] = [0, 0];
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--) {
      if (bucketUpperBound(schema, index++) > threshold) return count;
      count++;
    }
  }
  return count;
}

/** The buckets but the first `count`. */
export function withoutFirst(buckets: HistogramBuckets, count: number): HistogramBuckets {
  if (count === 0) return buckets;
  const spanOffsets = buckets.spanOffsets.slice();
  const spanLengths = buckets.spanLengths.slice();
  let left = count;
  for (let span = 0; left > 0; span++) {
    const cut = Math.min(left, spanLengths[span]!);
    spanOffsets[span]! += cut;
    spanLengths[span]! -= cut;
    left -= cut;
  }
  return { spanOffsets, spanLengths, counts: buckets.counts.subarray(count) };
}
