// HOT PATH: rate() scales every result; one pass over the buckets, nothing allocated but the result.
/** Native histograms multiplied and divided by a number: Prometheus's FloatHistogram.Mul and Div, then Compact(0). */
import {
  type CounterResetHint,
  emptyBuckets,
  type HistogramBuckets,
  type NativeHistogram,
} from '@promontory/model';
import { compactBuckets } from './compact-histogram.ts';

/** @returns a float histogram, compact; a gauge when the factor is negative */
export function scaleHistogram(histogram: NativeHistogram, factor: number): NativeHistogram {
  const { schema, zeroThreshold, customValues } = histogram;
  return {
    isInteger: false,
    counterResetHint: signedHint(histogram, factor),
    schema,
    zeroThreshold,
    zeroCount: histogram.zeroCount * factor,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    isStale: false,
    positive: scaleBuckets(histogram.positive, factor),
    negative: scaleBuckets(histogram.negative, factor),
    customValues,
  };
}

/** As {@link scaleHistogram}; a divisor of 0 leaves no buckets but the zero bucket. */
export function divideHistogram(histogram: NativeHistogram, divisor: number): NativeHistogram {
  const { schema, zeroThreshold, customValues } = histogram;
  return {
    isInteger: false,
    counterResetHint: signedHint(histogram, divisor),
    schema,
    zeroThreshold,
    zeroCount: histogram.zeroCount / divisor,
    count: histogram.count / divisor,
    sum: histogram.sum / divisor,
    isStale: false,
    positive: divideBuckets(histogram.positive, divisor),
    negative: divideBuckets(histogram.negative, divisor),
    customValues,
  };
}

function signedHint({ counterResetHint }: NativeHistogram, factor: number): CounterResetHint {
  return factor < 0 ? 'gauge' : counterResetHint;
}

function scaleBuckets(buckets: HistogramBuckets, factor: number): HistogramBuckets {
  const { spanOffsets, spanLengths } = buckets;
  const counts = new Float64Array(buckets.counts.length);
  for (let at = 0; at < counts.length; at++) counts[at] = buckets.counts[at]! * factor;
  return compactBuckets({ spanOffsets, spanLengths, counts });
}

function divideBuckets(buckets: HistogramBuckets, divisor: number): HistogramBuckets {
  if (divisor === 0) return emptyBuckets();
  const { spanOffsets, spanLengths } = buckets;
  const counts = new Float64Array(buckets.counts.length);
  for (let at = 0; at < counts.length; at++) counts[at] = buckets.counts[at]! / divisor;
  return compactBuckets({ spanOffsets, spanLengths, counts });
}
