/** A native histogram for people: error messages and tests. */
import { walkBuckets } from './histogram-buckets.ts';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from './native-histogram.ts';

const BUCKETS_MAX = 20;

/**
 * `{count:6, sum:18.4, [-0.5,0.5]:1, (0.5,1]:2, (1,2]:3}`: buckets from the lowest to the highest, empty ones
 * left out, at most 20 of them.
 */
export function histogramText(histogram: NativeHistogram): string {
  if (histogram.isStale) return '{stale}';
  const buckets = [...negativeTexts(histogram), ...zeroText(histogram), ...positiveTexts(histogram)];
  const parts = [`count:${histogram.count}`, `sum:${histogram.sum}`, ...buckets.slice(0, BUCKETS_MAX)];
  if (buckets.length > BUCKETS_MAX) parts.push(`and ${buckets.length - BUCKETS_MAX} more buckets`);
  return `{${parts.join(', ')}}`;
}

function zeroText({ zeroCount, zeroThreshold }: NativeHistogram): string[] {
  return zeroCount === 0 ? [] : [`[${-zeroThreshold},${zeroThreshold}]:${zeroCount}`];
}

function positiveTexts(histogram: NativeHistogram): string[] {
  const texts: string[] = [];
  const isCustom = histogram.schema === CUSTOM_BUCKETS_SCHEMA;
  walkBuckets(histogram.positive, (bucketIndex, count) => {
    if (count === 0) return;
    const open = isCustom && bucketIndex === 0 ? '[' : '(';
    const lower = bucketBound(histogram, bucketIndex - 1);
    texts.push(`${open}${lower},${bucketBound(histogram, bucketIndex)}]:${count}`);
  });
  return texts;
}

function negativeTexts(histogram: NativeHistogram): string[] {
  const texts: string[] = [];
  walkBuckets(histogram.negative, (bucketIndex, count) => {
    if (count === 0) return;
    const lower = -bucketBound(histogram, bucketIndex);
    texts.unshift(`[${lower},${-bucketBound(histogram, bucketIndex - 1)}):${count}`);
  });
  return texts;
}

/** The upper bound of a bucket, to the precision of Math.pow. */
function bucketBound({ schema, customValues }: NativeHistogram, bucketIndex: number): number {
  if (schema !== CUSTOM_BUCKETS_SCHEMA) return 2 ** (bucketIndex * 2 ** -schema);
  if (bucketIndex < 0) return Number.NEGATIVE_INFINITY;
  return customValues[bucketIndex] ?? Number.POSITIVE_INFINITY;
}
