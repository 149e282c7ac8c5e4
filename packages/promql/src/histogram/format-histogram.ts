/** A native histogram in the words of Prometheus's FloatHistogram.String(), as count_values() puts it into a label. */
import { type NativeHistogram, walkBuckets } from '@promontory/model';
import { formatGoG } from '../evaluate/format-float.ts';
import { bucketBound, usesCustomBuckets } from './custom-bounds.ts';

/**
 * `{count:6, sum:18.4, [-2,-1):1, [-0.5,0.5]:1, (1,2]:4}`: all buckets that count something, from the lowest to
 * the highest. `[` and `]` stand by bounds that belong to the bucket.
 */
export function formatHistogram(histogram: NativeHistogram): string {
  const { count, sum, zeroCount, zeroThreshold } = histogram;
  const texts = [`count:${formatGoG(count)}`, `sum:${formatGoG(sum)}`, ...negativeTexts(histogram)];
  if (zeroCount !== 0) texts.push(bucketText('[', -zeroThreshold, zeroThreshold, ']', zeroCount));
  return `{${[...texts, ...positiveTexts(histogram)].join(', ')}}`;
}

function negativeTexts(histogram: NativeHistogram): string[] {
  const texts: string[] = [];
  walkBuckets(histogram.negative, (index, count) => {
    const [lower, upper] = [-bucketBound(histogram, index), -bucketBound(histogram, index - 1)];
    if (count !== 0) texts.push(bucketText('[', lower, upper, ')', count));
  });
  return texts.toReversed();
}

function positiveTexts(histogram: NativeHistogram): string[] {
  const texts: string[] = [];
  const isCustom = usesCustomBuckets(histogram);
  walkBuckets(histogram.positive, (index, count) => {
    const [lower, upper] = [bucketBound(histogram, index - 1), bucketBound(histogram, index)];
    if (count !== 0) texts.push(bucketText(isCustom && index === 0 ? '[' : '(', lower, upper, ']', count));
  });
  return texts;
}

function bucketText(open: string, lower: number, upper: number, close: string, count: number): string {
  return `${open}${formatGoG(lower)},${formatGoG(upper)}${close}:${formatGoG(count)}`;
}
