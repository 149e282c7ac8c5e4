/** The variance of the observations in a native histogram: Prometheus's histogram_stdvar(). */
import type { NativeHistogram } from '@promontory/model';
import { CompensatedSum } from '../evaluate/compensated-sum.ts';
import { BucketCursor } from './bucket-walk.ts';
import { usesCustomBuckets } from './custom-bounds.ts';

/** Takes all observations of a bucket to have the value in its middle. NaN when there is no observation. */
export function histogramVariance(histogram: NativeHistogram): number {
  const mean = histogram.sum / histogram.count;
  const isCustom = usesCustomBuckets(histogram);
  const squares = new CompensatedSum();
  const cursor = new BucketCursor(histogram, 'ascending');
  while (cursor.next()) {
    if (cursor.count === 0) continue;
    const { lower, upper } = cursor;
    const distance = (isCustom ? (upper + lower) / 2 : middleOf(lower, upper)) - mean;
    squares.add(cursor.count * distance * distance);
  }
  return squares.total / histogram.count;
}

/** The geometric mean of the bounds; 0 for the zero bucket. */
function middleOf(lower: number, upper: number): number {
  if (lower <= 0 && upper >= 0) return 0;
  const mean = Math.sqrt(upper * lower);
  return upper < 0 ? -mean : mean;
}
