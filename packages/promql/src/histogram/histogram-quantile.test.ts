import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { type HistogramQuantile, histogramQuantile } from './histogram-quantile.ts';
import { custom, exponential } from './histogram-test-values.ts';

function quantileOf(quantile: number, histogram: NativeHistogram): HistogramQuantile {
  const result: HistogramQuantile = { value: -1, nanObservations: 'result-nan' };
  histogramQuantile(quantile, histogram, result);
  return result;
}

const valueOf = (quantile: number, histogram: NativeHistogram): number =>
  quantileOf(quantile, histogram).value;

describe('quantiles of exponential buckets', () => {
  // (0.5, 1], (1, 2], (2, 4], and the same below 0; 14 observations.
  const positive = { 0: 1, 1: 2, 2: 4 };
  const onePositive = exponential({ positive });
  const both = exponential({ positive, negative: positive });

  it.each([
    // Rank 2.1 of 7 is 1.1 observations into (1, 2]: 2^(0.55).
    [0.3, 2 ** 0.55],
    // Rank 5.25 of 7 is 2.25 of 4 into (2, 4].
    [0.75, 2 ** (1 + 2.25 / 4)],
    [1, 4],
    [0, 0.5],
    [1 / 7, 1],
  ])('φ = %d is interpolated exponentially', (quantile, value) => {
    expect(valueOf(quantile, onePositive)).toBeCloseTo(value, 12);
  });

  it.each([
    // Rank 2.8 of 14 is in [-4, -2), 0.7 of it from below.
    [0.2, -(2 ** (2 - 0.7))],
    [0, -4],
    [0.5, 0.5],
    // From above: rank 1.4 of 14 is 0.35 of (2, 4] from its end.
    [0.9, 2 ** (2 - 0.35)],
  ])('φ = %d with both signs', (quantile, value) => {
    expect(valueOf(quantile, both)).toBeCloseTo(value, 12);
  });

  it('skip empty buckets', () => {
    const gap = exponential({ positive: { 0: 2, 1: 0, 2: 0, 3: 2 } });
    expect(valueOf(0.5, gap)).toBe(4);
    expect(valueOf(0.49, gap)).toBeLessThan(1);
    expect(valueOf(0, exponential({ positive: { 0: 0, 2: 1 } }))).toBe(2);
  });

  it('go without the rest of a count that rounding made too high', () => {
    expect(valueOf(1, { ...onePositive, count: 6.999_999 })).toBe(4);
    expect(valueOf(0.49, { ...onePositive, count: 15 })).toBe(4);
  });
});

describe('quantiles in the zero bucket', () => {
  const zero = { zeroThreshold: 0.5, zeroCount: 4 };

  it('are interpolated linearly over all of it', () => {
    expect(valueOf(0.25, exponential(zero))).toBe(-0.25);
    expect(valueOf(0.375, exponential({ ...zero, positive: { 1: 2 }, negative: { 1: 2 } }))).toBe(-0.25);
    expect(valueOf(0.5, exponential({ ...zero, positive: { 1: 2 }, negative: { 1: 2 } }))).toBe(0);
  });

  it('are above 0 when other buckets are, and below when others are', () => {
    // Rank 1.6 of 8 is 0.4 of the zero bucket.
    expect(valueOf(0.2, exponential({ ...zero, positive: { 1: 4 } }))).toBeCloseTo(0.2, 15);
    // From above, rank 0.8 of 8 is 0.2 of the zero bucket.
    expect(valueOf(0.9, exponential({ ...zero, negative: { 1: 4 } }))).toBeCloseTo(-0.1, 15);
  });
});

describe('quantiles of custom buckets', () => {
  const histogram = custom([5, 10, 15, 20], [1, 6, 4, 3, 1]);

  it.each([
    // Rank 0.75 of 15 is in the first bucket, which starts at 0.
    [0.05, 3.75],
    // Rank 6 is 5 of 6 into (5, 10].
    [0.4, 5 + (5 * 5) / 6],
    // From above: rank 3 is 2 of 3 into (15, 20] from its end.
    [0.8, 20 - (2 * 5) / 3],
    // The last bucket has no end.
    [0.99, 20],
    [1, 20],
  ])('φ = %d is interpolated linearly', (quantile, value) => {
    expect(valueOf(quantile, histogram)).toBeCloseTo(value, 12);
  });

  it('are the end of the first bucket when that is not above 0', () => {
    expect(valueOf(0.1, custom([-5, 3], [4, 1, 1]))).toBe(-5);
    expect(valueOf(0.1, custom([0, 3], [4, 1, 1]))).toBe(0);
  });

  it('are without bounds infinite', () => {
    expect(valueOf(0.5, custom([], [100]))).toBe(Infinity);
    expect(valueOf(0, custom([], [100]))).toBeNaN();
  });
});

describe('quantiles of a histogram with NaN observations', () => {
  const histogram = { ...exponential({ positive: { 0: 12 } }), count: 15, sum: NaN };

  it('are skewed, or NaN themselves', () => {
    // Rank 6 of 15 is half of the bucket's 12.
    expect(quantileOf(0.4, histogram)).toEqual({ value: 2 ** -0.5, nanObservations: 'skewed' });
    expect(quantileOf(0.8, histogram)).toEqual({ value: 1, nanObservations: 'skewed' });
    expect(quantileOf(0.81, histogram)).toEqual({ value: NaN, nanObservations: 'result-nan' });
    expect(quantileOf(0.4, exponential({ count: 3, sum: NaN }))).toEqual({
      value: NaN,
      nanObservations: 'result-nan',
    });
  });

  it('are neither when infinities made the sum NaN', () => {
    expect(quantileOf(0.5, { ...histogram, count: 12 })).toEqual({
      value: 2 ** -0.5,
      nanObservations: 'none',
    });
  });

  it('are interpolated in the last bucket, as Prometheus does it', () => {
    // Rank 1 of 10 is all of (0.5, 1]; 1 of the 4 in (2, 4] is 2^1.25.
    const several = { ...exponential({ positive: { 0: 1, 1: 2, 2: 4 } }), count: 10, sum: NaN };
    expect(valueOf(0.1, several)).toBeCloseTo(2 ** 1.25, 12);
  });
});

describe('quantiles that need no bucket', () => {
  it.each([
    [-0.1, -Infinity],
    [1.1, Infinity],
    [NaN, NaN],
  ])('φ = %d', (quantile, value) => {
    expect(quantileOf(quantile, exponential({ positive: { 0: 1 } }))).toEqual({
      value,
      nanObservations: 'none',
    });
  });

  it('are NaN without observations', () => {
    expect(quantileOf(0.5, exponential({}))).toEqual({ value: NaN, nanObservations: 'none' });
    expect(quantileOf(-1, exponential({})).value).toBe(-Infinity);
  });
});
