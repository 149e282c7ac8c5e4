import { describe, expect, it } from 'vitest';
import { bucketsOf, staleHistogram } from './histogram-buckets.ts';
import { makeHistogram } from './histogram-test-values.ts';
import { type HistogramFaultReason, validateHistogram } from './histogram-validation.ts';
import type { HistogramBuckets, NativeHistogram } from './native-histogram.ts';

const NONE = { zeroCount: 0, zeroThreshold: 0 };
const FLOAT = { isInteger: false };

function spans(offsets: number[], lengths: number[], counts: number[]): HistogramBuckets {
  return {
    spanOffsets: Int32Array.from(offsets),
    spanLengths: Uint32Array.from(lengths),
    counts: Float64Array.from(counts),
  };
}

function custom(bounds: number[], change: Partial<NativeHistogram> = {}): Partial<NativeHistogram> {
  return { ...NONE, schema: -53, customValues: Float64Array.from(bounds), count: 5, ...change };
}

const VALID: readonly [what: string, change: Partial<NativeHistogram>][] = [
  ['counts that add up', {}],
  ['no buckets at all', { positive: bucketsOf([], []), count: 1 }],
  ['the coarsest schema', { schema: -4 }],
  ['the finest stored schema', { schema: 8 }],
  ['the finest accepted schema', { schema: 52 }],
  ['a negative first offset', { positive: bucketsOf([-9, -8], [2, 3]) }],
  ['an empty span and adjacent ones', { positive: spans([0, 0, 3], [1, 0, 1], [2, 3]) }],
  ['negative buckets', { negative: bucketsOf([-2, 4], [1, 1]), count: 8 }],
  ['more samples than in buckets, sum NaN', { count: 9, sum: Number.NaN }],
  ['exactly as many as in buckets, sum NaN', { sum: Number.NaN }],
  ['an infinite sum', { sum: Number.POSITIVE_INFINITY }],
  ['float counts that do not add up', { ...FLOAT, count: 7.5 }],
  ['fractions in a float histogram', { ...FLOAT, positive: bucketsOf([1], [0.25]) }],
  ['the largest integer count', { positive: bucketsOf([1], [2 ** 53 - 2]), count: 2 ** 53 - 1 }],
  ['float counts above 2^53', { ...FLOAT, count: 2 ** 60 }],
  ['custom buckets', custom([0.1, 1])],
  ['custom buckets up to the one above all bounds', custom([0.1], { positive: bucketsOf([0, 1], [2, 3]) })],
  ['custom buckets without bounds', custom([], { positive: bucketsOf([0], [5]) })],
  ['negative custom bounds', custom([-5, -1, 0])],
  ['a staleness marker', staleHistogram(true)],
  ['as many buckets as the limit', { positive: bucketsOf([1, 2, 3, 4], [1, 1, 1, 2]) }],
];

// @ts-expect-error What a program without types may send.
const UNKNOWN_HINT: Partial<NativeHistogram> = { counterResetHint: 'maybe' };

const INVALID: readonly [reason: HistogramFaultReason, what: string, change: Partial<NativeHistogram>][] = [
  ['counter-reset-hint', 'one that nobody knows', UNKNOWN_HINT],
  ['schema', 'coarser than -4', { schema: -5 }],
  ['schema', 'finer than 52', { schema: 53 }],
  ['schema', 'not whole', { schema: 0.5 }],
  ['schema', 'near the custom one', { schema: -52 }],
  ['buckets-max', 'more buckets than the limit', { positive: bucketsOf([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]) }],
  [
    'buckets-max',
    'more empty spans than the limit',
    { positive: spans([0, 0, 0, 0, 0], [5, 0, 0, 0, 0], []) },
  ],
  ['buckets-max', 'more bounds than the limit', custom([1, 2, 3, 4, 5])],
  ['span-offset-negative', 'a second span before the first', { positive: spans([5, -2], [1, 1], [2, 3]) }],
  ['span-offset-negative', 'custom buckets below 0', custom([1], { positive: spans([-1], [2], [2, 3]) })],
  ['span-length', 'more counts than in spans', { positive: spans([0], [1], [2, 3]) }],
  ['span-length', 'fewer counts than in spans', { negative: spans([0], [3], [2, 3]) }],
  ['span-length', 'spans without lengths', { positive: spans([0, 1], [2], [2, 3]) }],
  ['bucket-index', 'an index above 31 bits', { positive: spans([2 ** 31 - 1], [2], [2, 3]) }],
  ['count-negative', 'a negative bucket', { positive: bucketsOf([0, 1], [-2, 7]) }],
  ['count-negative', 'a negative float bucket', { ...FLOAT, negative: bucketsOf([0], [-0.5]) }],
  ['count-negative', 'a negative count', { ...FLOAT, count: -1 }],
  ['count-negative', 'a negative zero count', { ...FLOAT, zeroCount: -1 }],
  ['count-not-whole', 'a fraction', { positive: bucketsOf([0, 1], [2.5, 2.5]) }],
  ['count-not-whole', 'NaN', { zeroCount: Number.NaN }],
  ['count-too-large', 'a count of 2^53', { positive: bucketsOf([1], [2 ** 53]), count: 2 ** 53 }],
  ['count-mismatch', 'fewer samples than in buckets', { count: 5 }],
  ['count-mismatch', 'more samples than in buckets', { count: 7 }],
  ['count-mismatch', 'fewer samples than in buckets, sum NaN', { count: 5, sum: Number.NaN }],
  ['zero-threshold', 'negative', { zeroThreshold: -1 }],
  ['zero-threshold', 'NaN', { zeroThreshold: Number.NaN }],
  ['zero-threshold', 'infinite', { zeroThreshold: Number.POSITIVE_INFINITY }],
  ['custom-bounds', 'equal bounds', custom([1, 1])],
  ['custom-bounds', 'descending bounds', custom([2, 1])],
  ['custom-bounds', 'an infinite bound', custom([1, Number.POSITIVE_INFINITY])],
  ['custom-bounds', 'a bound that is minus infinity', custom([Number.NEGATIVE_INFINITY, 1])],
  ['custom-bounds', 'NaN', custom([Number.NaN])],
  ['custom-bounds-count', 'too few bounds', custom([])],
  ['custom-bounds-count', 'a gap beyond the bounds', custom([1, 2], { positive: bucketsOf([0, 3], [2, 3]) })],
  ['custom-zero-bucket', 'a zero count', custom([1], { zeroCount: 1, count: 6 })],
  ['custom-zero-bucket', 'a zero threshold', custom([1], { zeroThreshold: 0.1 })],
  ['custom-negative-buckets', 'a negative bucket', custom([1], { negative: bucketsOf([0], [0]) })],
  ['exponential-custom-bounds', 'bounds', { customValues: Float64Array.of(1) }],
];

describe('validateHistogram', () => {
  it.each(VALID)('accepts %s', (_what, change) => {
    expect(validateHistogram(makeHistogram(change), 4)).toBeNull();
  });

  it.each(INVALID)('refuses by its rule on %s: %s', (reason, _what, change) => {
    const fault = validateHistogram(makeHistogram(change), 4);
    expect(fault?.reason).toBe(reason);
    expect(fault?.text).toMatch(/^(?:has|counts) .*(?:\d|NaN|Infinity|custom|unknown)/);
  });
});
