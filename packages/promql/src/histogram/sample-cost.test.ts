import { describe, expect, it } from 'vitest';
import { custom, exponential } from './histogram-test-values.ts';
import { histogramSampleCost } from './sample-cost.ts';

describe('what a histogram counts as samples', () => {
  it('is its bytes in Prometheus by 16, rounded down', () => {
    // 168 + 8 bytes, and 8 for each span, bucket and bound.
    expect(histogramSampleCost(exponential({}))).toBe(11);
    expect(histogramSampleCost(exponential({ positive: { 0: 1 } }))).toBe(12);
    expect(histogramSampleCost(exponential({ positive: { 0: 1, 1: 1, 5: 1 }, negative: { 0: 1 } }))).toBe(14);
    expect(histogramSampleCost(custom([1, 2, 3], [1, 1, 1, 1]))).toBe(15);
  });
});
