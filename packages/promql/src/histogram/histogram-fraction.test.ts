import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { type HistogramFraction, histogramFraction } from './histogram-fraction.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { custom, exponential } from './histogram-test-values.ts';

function fractionOf(lower: number, upper: number, histogram: NativeHistogram): HistogramFraction {
  const result: HistogramFraction = { value: -1, hasNanObservations: true };
  histogramFraction(lower, upper, histogram, result);
  return result;
}

const valueOf = (lower: number, upper: number, histogram: NativeHistogram): number =>
  fractionOf(lower, upper, histogram).value;

describe('fractions of a histogram', () => {
  const positive = { 0: 1, 1: 2, 2: 4 };
  const histogram = exponential({ zeroThreshold: 0.25, zeroCount: 2, positive, negative: positive });

  it.each([
    [-Infinity, Infinity, 1],
    [-Infinity, 0, 8 / 16],
    [1, 2, 2 / 16],
    [2, Infinity, 4 / 16],
    // Half of (1, 2] on the logarithmic scale, and a quarter of [-4, -2) from its lower end.
    [-Infinity, 2 ** 0.5, 11 / 16],
    [-Infinity, -(2 ** 1.75), 1 / 16],
    [-(2 ** 1.75), 2 ** 0.5, 10 / 16],
    // A quarter of the zero bucket.
    [-0.125, 0, 0.5 / 16],
    [4, 9, 0],
    [-9, -4, 0],
    [0.25, 0.5, 0],
  ])('between %d and %d', (lower, upper, fraction) => {
    expect(valueOf(lower, upper, histogram)).toBeCloseTo(fraction, 12);
  });

  it('have the zero bucket on the side of the others', () => {
    const above = exponential({ zeroThreshold: 0.5, zeroCount: 4, positive: { 1: 4 } });
    expect(valueOf(0, 0.25, above)).toBe(0.25);
    expect(valueOf(-Infinity, 0, above)).toBe(0);
    const below = exponential({ zeroThreshold: 0.5, zeroCount: 4, negative: { 1: 4 } });
    expect(valueOf(-0.25, 0, below)).toBe(0.25);
    expect(valueOf(0, Infinity, below)).toBe(0);
  });

  it('of custom buckets are interpolated linearly', () => {
    const customHistogram = custom([5, 10, 15, 20], [1, 6, 4, 3, 1]);
    expect(valueOf(-Infinity, 15, customHistogram)).toBeCloseTo(11 / 15, 12);
    expect(valueOf(13, Infinity, customHistogram)).toBeCloseTo(5.6 / 15, 12);
    // Of the last bucket nothing counts below a number.
    expect(valueOf(-Infinity, 1000, customHistogram)).toBeCloseTo(14 / 15, 12);
    // All of the first counts below its end, where it does not start at 0.
    expect(valueOf(-Infinity, -7, custom([-5, 5], [3, 1]))).toBe(3 / 4);
  });

  it('are the inverse of quantiles', () => {
    const quantile = { value: 0, nanObservations: 'none' as const };
    for (const fraction of [0.01, 0.2, 0.45, 0.5, 0.7, 0.99]) {
      histogramQuantile(fraction, histogram, quantile);
      expect(valueOf(-Infinity, quantile.value, histogram)).toBeCloseTo(fraction, 12);
    }
  });

  it('do not have NaN observations', () => {
    const withNan = { ...exponential({ positive: { 0: 12 } }), count: 15, sum: NaN };
    expect(fractionOf(-Infinity, Infinity, withNan)).toEqual({ value: 0.8, hasNanObservations: true });
    expect(valueOf(-Infinity, Math.SQRT1_2, withNan)).toBeCloseTo(0.4, 12);
    expect(fractionOf(1, Infinity, withNan)).toEqual({ value: 0, hasNanObservations: true });
    expect(fractionOf(0, 1, { ...withNan, count: 12 })).toEqual({ value: 1, hasNanObservations: false });
  });

  it('are 0 of nothing, and NaN where there is no answer', () => {
    expect(fractionOf(2, 2, histogram)).toEqual({ value: 0, hasNanObservations: false });
    expect(fractionOf(3, 1, histogram).value).toBe(0);
    expect(fractionOf(NaN, 1, histogram).value).toBeNaN();
    expect(fractionOf(1, NaN, histogram).value).toBeNaN();
    expect(fractionOf(0, 1, exponential({})).value).toBeNaN();
  });
});
