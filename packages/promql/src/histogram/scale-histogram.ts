// HOT PATH: rate() scales every result; one pass over the buckets, nothing allocated but the result.
/** Native histograms multiplied and divided by a number: Prometheus's FloatHistogram.Mul and Div, then Compact(0). */
import {
  type CounterResetHint,
  emptyBuckets,
  type HistogramBuckets,
  type NativeHistogram,
} from '@promontory/model';
import { compactBuckets } from './compact-histogram.ts';
import { type CountsMemory, separateCounts } from './counts-slab.ts';
import { usesCustomBuckets } from './custom-bounds.ts';

/** @returns a float histogram, compact; a gauge when the factor is negative */
export function scaleHistogram(
  histogram: NativeHistogram,
  factor: number,
  memory: CountsMemory = separateCounts,
): NativeHistogram {
  const { schema, zeroThreshold, customValues } = histogram;
  return {
    isInteger: false,
    counterResetHint: signedHint(histogram, factor),
    schema,
    zeroThreshold,
    zeroCount: usesCustomBuckets(histogram) ? 0 : histogram.zeroCount * factor,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    isStale: false,
    positive: scaleBuckets(histogram.positive, factor, memory),
    negative: scaleBuckets(histogram.negative, factor, memory),
    customValues,
  };
}

/** As {@link scaleHistogram}; a divisor of 0 leaves no buckets but the zero bucket. */
export function divideHistogram(
  histogram: NativeHistogram,
  divisor: number,
  memory: CountsMemory = separateCounts,
): NativeHistogram {
  const { schema, zeroThreshold, customValues } = histogram;
  return {
    isInteger: false,
    counterResetHint: signedHint(histogram, divisor),
    schema,
    zeroThreshold,
    zeroCount: usesCustomBuckets(histogram) ? 0 : histogram.zeroCount / divisor,
    count: histogram.count / divisor,
    sum: histogram.sum / divisor,
    isStale: false,
    positive: divideBuckets(histogram.positive, divisor, memory),
    negative: divideBuckets(histogram.negative, divisor, memory),
    customValues,
  };
}

function signedHint({ counterResetHint }: NativeHistogram, factor: number): CounterResetHint {
  return factor < 0 ? 'gauge' : counterResetHint;
}

function scaleBuckets(buckets: HistogramBuckets, factor: number, memory: CountsMemory): HistogramBuckets {
  if (buckets.counts.length === 0) return buckets;
  const { spanOffsets, spanLengths } = buckets;
  const counts = memory.take(buckets.counts.length);
  for (let at = 0; at < counts.length; at++) counts[at] = buckets.counts[at]! * factor;
  return compactBuckets({ spanOffsets, spanLengths, counts }, memory);
}

function divideBuckets(buckets: HistogramBuckets, divisor: number, memory: CountsMemory): HistogramBuckets {
  if (buckets.counts.length === 0) return buckets;
  if (divisor === 0) return emptyBuckets();
  const { spanOffsets, spanLengths } = buckets;
  const counts = memory.take(buckets.counts.length);
  for (let at = 0; at < counts.length; at++) counts[at] = buckets.counts[at]! / divisor;
  return compactBuckets({ spanOffsets, spanLengths, counts }, memory);
}
