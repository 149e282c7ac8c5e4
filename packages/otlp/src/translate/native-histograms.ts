/**
 * Native histograms from the two kinds of histograms of OTLP. Exponential buckets of both have the same bounds,
 * but OTLP calls (1, base] bucket 0 and Prometheus bucket 1. Buckets without a count are left out.
 */
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  emptyBuckets,
  ERR_HISTOGRAM_INVALID,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  type HistogramBuckets,
  type NativeHistogram,
  staleHistogram,
  validateHistogram,
} from '@promontory/model';
import { ERR_OTLP_BUCKETS_MAX, ERR_OTLP_SCALE } from '../error-codes.ts';
import type { OtlpExponentialBuckets, OtlpExponentialPoint, OtlpHistogramPoint } from '../request.ts';
import { Refusal } from './refusal.ts';

/** For senders that give none, as the specification of OpenTelemetry has it. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;
const BUCKET_INDEX_MAX = 2 ** 31 - 2;
/** Beyond this all buckets of a sign are one bucket in any case; a double is a fraction of it still. */
const SCALE_DOWN_MAX = 64;

/** @param bucketsMax of both signs together, before and after */
export function exponentialHistogram(
  point: OtlpExponentialPoint,
  bucketsMax: number,
): NativeHistogram | Refusal {
  if (point.isStale) return staleHistogram(true);
  const { scale, positive, negative } = point;
  if (scale < EXPONENTIAL_SCHEMA_MIN) {
    return new Refusal(ERR_OTLP_SCALE, `scale ${scale}, want ${EXPONENTIAL_SCHEMA_MIN} or more`);
  }
  const bucketCount = positive.counts.length + negative.counts.length;
  if (bucketCount > bucketsMax) return tooManyBuckets(bucketCount, bucketsMax);
  const schema = Math.min(scale, EXPONENTIAL_SCHEMA_MAX);
  const buckets = [positive, negative].map((side) => exponentialBuckets(side, scale - schema));
  const [nativePositive, nativeNegative] = buckets;
  if (!nativePositive || !nativeNegative) {
    return new Refusal(ERR_HISTOGRAM_INVALID, `a bucket index beyond ${BUCKET_INDEX_MAX}`);
  }
  return valid(
    {
      ...COMMON,
      schema,
      zeroThreshold: point.zeroThreshold > 0 ? point.zeroThreshold : DEFAULT_ZERO_THRESHOLD,
      zeroCount: point.zeroCount,
      count: point.count,
      sum: point.sum ?? 0,
      positive: nativePositive,
      negative: nativeNegative,
      customValues: new Float64Array(0),
    },
    bucketsMax,
  );
}

/** A point that has no buckets at all counts everything in one without bounds. */
export function customBucketsHistogram(
  point: OtlpHistogramPoint,
  bucketsMax: number,
): NativeHistogram | Refusal {
  if (point.isStale) return staleHistogram(true);
  const { explicitBounds, count } = point;
  const bucketCounts = point.bucketCounts.length === 0 ? [count] : point.bucketCounts;
  if (bucketCounts.length > bucketsMax) return tooManyBuckets(bucketCounts.length, bucketsMax);
  const indexes: number[] = [];
  const counts: number[] = [];
  for (const [index, bucketCount] of bucketCounts.entries()) {
    if (bucketCount === 0) continue;
    indexes.push(index);
    counts.push(bucketCount);
  }
  return valid(
    {
      ...COMMON,
      schema: CUSTOM_BUCKETS_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum: point.sum ?? 0,
      positive: bucketsOf(indexes, counts),
      negative: emptyBuckets(),
      customValues: Float64Array.from(explicitBounds),
    },
    bucketsMax,
  );
}

/** Whether the counter was reset is for the storage to find out: start times alone do not tell. */
const COMMON = { isInteger: true, counterResetHint: 'unknown', isStale: false } as const;

/** @returns null when an index is beyond what storage holds */
function exponentialBuckets(
  { offset, counts }: OtlpExponentialBuckets,
  scaleDown: number,
): HistogramBuckets | null {
  const ratio = 2 ** Math.min(scaleDown, SCALE_DOWN_MAX);
  const indexes: number[] = [];
  const joinedCounts: number[] = [];
  for (const [at, count] of counts.entries()) {
    if (count === 0) continue;
    const index = Math.floor((offset + at) / ratio) + 1;
    if (Math.abs(index) > BUCKET_INDEX_MAX) return null;
    if (indexes.at(-1) === index) joinedCounts.push((joinedCounts.pop() ?? 0) + count);
    else {
      indexes.push(index);
      joinedCounts.push(count);
    }
  }
  return bucketsOf(indexes, joinedCounts);
}

function valid(histogram: NativeHistogram, bucketsMax: number): NativeHistogram | Refusal {
  const fault = validateHistogram(histogram, bucketsMax);
  return fault === null ? histogram : new Refusal(ERR_HISTOGRAM_INVALID, `the histogram ${fault.text}`);
}

export function tooManyBuckets(count: number, bucketsMax: number): Refusal {
  return new Refusal(ERR_OTLP_BUCKETS_MAX, `${count} buckets or quantiles, limit ${bucketsMax}`);
}
