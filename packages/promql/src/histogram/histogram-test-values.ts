/** Native histograms for the tests of this folder, written by bucket index. */
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  emptyBuckets,
  type HistogramBuckets,
  type NativeHistogram,
  walkBuckets,
} from '@promontory/model';
import type { CombineNotes } from './combine-histograms.ts';

/** Counts by bucket index. */
export type Counts = Readonly<Record<number, number>>;

export interface TestHistogram extends Partial<
  Omit<NativeHistogram, 'positive' | 'negative' | 'customValues'>
> {
  readonly positive?: Counts;
  readonly negative?: Counts;
}

/** An exponential float histogram of schema 0 without a zero bucket, its count that of all buckets, unless said otherwise. */
export function exponential({ positive = {}, negative = {}, ...rest }: TestHistogram): NativeHistogram {
  const zeroCount = rest.zeroCount ?? 0;
  const counts = [...Object.values(positive), ...Object.values(negative), zeroCount];
  return {
    isInteger: false,
    counterResetHint: 'unknown',
    schema: 0,
    zeroThreshold: 0,
    zeroCount,
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: 0,
    isStale: false,
    ...rest,
    positive: bucketsFrom(positive),
    negative: bucketsFrom(negative),
    customValues: new Float64Array(0),
  };
}

/** A histogram of custom buckets with the given bounds and counts, the last count that of the bucket to infinity. */
export function custom(
  bounds: readonly number[],
  counts: readonly number[],
  rest: Partial<NativeHistogram> = {},
): NativeHistogram {
  return {
    ...exponential({ positive: Object.fromEntries(counts.entries()) }),
    schema: CUSTOM_BUCKETS_SCHEMA,
    customValues: Float64Array.from(bounds),
    ...rest,
  };
}

export function bucketsFrom(counts: Counts): HistogramBuckets {
  const indexes = Object.keys(counts)
    .map(Number)
    .toSorted((left, right) => left - right);
  if (indexes.length === 0) return emptyBuckets();
  return bucketsOf(
    indexes,
    indexes.map((index) => counts[index] ?? 0),
  );
}

export function countsOf(buckets: HistogramBuckets): Counts {
  const counts: Record<number, number> = {};
  walkBuckets(buckets, (index, count) => {
    counts[index] = count;
  });
  return counts;
}

export function newNotes(): CombineNotes {
  return { counterResetCollision: false, boundsReconciled: false };
}
