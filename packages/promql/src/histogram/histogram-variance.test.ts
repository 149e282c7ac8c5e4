import { describe, expect, it } from 'vitest';
import { custom, exponential } from './histogram-test-values.ts';
import { histogramVariance } from './histogram-variance.ts';

describe('the variance of a histogram', () => {
  it('takes observations to be at the geometric mean of their bucket', () => {
    // (1, 4] of schema -1 stands for 2, [-4, -1) for -2, the zero bucket for 0; the mean is 1.
    const histogram = exponential({
      schema: -1,
      zeroThreshold: 0.5,
      zeroCount: 1,
      sum: 5,
      positive: { 1: 3, 2: 0 },
      negative: { 1: 1 },
    });
    expect(histogramVariance(histogram)).toBeCloseTo((3 * 1 + 9 + 1) / 5, 12);
  });

  it('takes them to be in the middle of custom buckets', () => {
    // 2 and 6, the mean being 3.
    expect(histogramVariance(custom([0, 4, 8], [0, 3, 1], { sum: 12 }))).toBeCloseTo((3 * 1 + 9) / 4, 12);
  });

  it('is not finite for buckets without end, and NaN for no observation', () => {
    expect(histogramVariance(custom([0, 4], [0, 3, 1], { sum: 12 }))).toBe(Infinity);
    expect(histogramVariance(custom([], [3], { sum: 12 }))).toBeNaN();
    expect(histogramVariance(exponential({}))).toBeNaN();
    expect(histogramVariance(exponential({ positive: { 0: 1 }, sum: NaN }))).toBeNaN();
  });
});
