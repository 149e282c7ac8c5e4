import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { equalHistograms } from './equal-histograms.ts';
import { custom, exponential } from './histogram-test-values.ts';

const make = (change: Partial<NativeHistogram> = {}): NativeHistogram => ({
  ...exponential({ zeroThreshold: 0.5, zeroCount: 1, sum: 3, positive: { 0: 1, 2: 2 }, negative: { 1: 1 } }),
  ...change,
});

describe('equal histograms', () => {
  it('are the same data, whatever kind of counts and hint', () => {
    expect(equalHistograms(make(), make({ isInteger: true, counterResetHint: 'gauge' }))).toBe(true);
  });

  it.each<Partial<NativeHistogram>>([
    { schema: 1 },
    { zeroThreshold: 0.25 },
    { zeroCount: 2 },
    { count: 6 },
    { sum: 4 },
    { positive: exponential({ positive: { 0: 1, 2: 3 } }).positive },
    { positive: exponential({ positive: { 0: 1, 3: 2 } }).positive },
    { positive: exponential({ positive: { 0: 1, 1: 0, 2: 2 } }).positive },
    { negative: exponential({ positive: { 1: 2 } }).positive },
    { negative: exponential({}).positive },
  ])('are not those that differ in %o', (change) => {
    expect(equalHistograms(make(), make(change))).toBe(false);
    expect(equalHistograms(make(change), make())).toBe(false);
  });

  it('have the same bits', () => {
    expect(equalHistograms(make({ sum: NaN }), make({ sum: NaN }))).toBe(true);
    expect(equalHistograms(make({ sum: 0 }), make({ sum: -0 }))).toBe(false);
    const [nan, zero, minusZero] = [NaN, 0, -0].map((count) => exponential({ positive: { 0: count } }));
    expect(equalHistograms({ ...nan!, count: 1 }, { ...nan!, count: 1 })).toBe(true);
    expect(equalHistograms({ ...zero!, count: 1 }, { ...minusZero!, count: 1 })).toBe(false);
  });

  it('may have their spans cut differently', () => {
    const cut = {
      spanOffsets: Int32Array.of(0, 0, 1),
      spanLengths: Uint32Array.of(0, 1, 1),
      counts: Float64Array.of(1, 2),
    };
    expect(equalHistograms(make(), make({ positive: cut }))).toBe(true);
  });

  it('of custom buckets have the same bounds', () => {
    expect(equalHistograms(custom([1, 2], [1, 1, 1]), custom([1, 2], [1, 1, 1]))).toBe(true);
    expect(equalHistograms(custom([1, 2], [1, 1, 1]), custom([1, 3], [1, 1, 1]))).toBe(false);
    expect(equalHistograms(custom([1, 2], [1, 1]), custom([1, 2, 3], [1, 1]))).toBe(false);
  });
});
