import { describe, expect, it } from 'vitest';
import { compactHistogram } from './compact-histogram.ts';
import { countsOf, exponential } from './histogram-test-values.ts';

describe('compact histograms', () => {
  it('have no empty buckets and as few spans as possible', () => {
    const histogram = exponential({
      positive: { [-2]: 0, [-1]: 1, 0: 2, 1: 0, 2: 0, 3: 4, 7: 0, 8: 5 },
      negative: { 1: 0 },
    });
    const { positive, negative } = compactHistogram(histogram);
    expect(countsOf(positive)).toEqual({ [-1]: 1, 0: 2, 3: 4, 8: 5 });
    expect([...positive.spanOffsets]).toEqual([-1, 2, 4]);
    expect([...positive.spanLengths]).toEqual([2, 1, 1]);
    expect(negative.spanOffsets).toHaveLength(0);
    expect(histogram.positive.counts).toHaveLength(8);
  });

  it('join spans that were cut apart, between empty buckets too', () => {
    const positive = {
      spanOffsets: Int32Array.of(1, 0, 0, 2),
      spanLengths: Uint32Array.of(2, 0, 3, 1),
      counts: Float64Array.of(1, 2, 3, 0, 4, 5),
    };
    const cut = { ...exponential({}), positive };
    expect([...compactHistogram(cut).positive.spanLengths]).toEqual([3, 1, 1]);
    expect(countsOf(compactHistogram(cut).positive)).toEqual({ 1: 1, 2: 2, 3: 3, 5: 4, 8: 5 });
    const full = { ...cut, positive: { ...positive, counts: Float64Array.of(1, 2, 3, 6, 4, 5) } };
    expect([...compactHistogram(full).positive.spanLengths]).toEqual([5, 1]);
  });

  it('are themselves when they were compact', () => {
    const histogram = exponential({ zeroCount: 1, positive: { 0: 1, 2: NaN }, negative: { 3: -1 } });
    expect(compactHistogram(histogram)).toBe(histogram);
  });
});
