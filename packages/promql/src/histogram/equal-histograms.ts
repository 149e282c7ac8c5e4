/** Whether two native histograms are the same data: Prometheus's FloatHistogram.Equals. */
import { type HistogramBuckets, type NativeHistogram, normalizeSpans } from '@promontory/model';
import { sameBounds } from './custom-bounds.ts';
import { sameSpans } from './span-layout.ts';

/**
 * All numbers are the same bits, NaN equal to NaN and 0 not to -0. Empty buckets count, so that histograms are
 * compared compacted; what does not count is the counter reset hint, and how a layout is cut into spans.
 */
export function equalHistograms(left: NativeHistogram, right: NativeHistogram): boolean {
  return (
    left.schema === right.schema &&
    Object.is(left.count, right.count) &&
    Object.is(left.sum, right.sum) &&
    left.zeroThreshold === right.zeroThreshold &&
    Object.is(left.zeroCount, right.zeroCount) &&
    sameBounds(left.customValues, right.customValues) &&
    equalBuckets(left.negative, right.negative) &&
    equalBuckets(left.positive, right.positive)
  );
}

function equalBuckets(left: HistogramBuckets, right: HistogramBuckets): boolean {
  if (left.counts.length !== right.counts.length) return false;
  for (let at = 0; at < left.counts.length; at++) {
    if (!Object.is(left.counts[at], right.counts[at])) return false;
  }
  return sameSpans(left, right) || sameSpans(normalizeSpans(left), normalizeSpans(right));
}
