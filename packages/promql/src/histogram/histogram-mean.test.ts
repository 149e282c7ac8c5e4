import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { HistogramMean } from './histogram-mean.ts';
import { countsOf, custom, exponential, newNotes } from './histogram-test-values.ts';

function meanOf(...histograms: readonly NativeHistogram[]): NativeHistogram {
  const [first, ...rest] = histograms;
  const mean = new HistogramMean(first!);
  for (const histogram of rest) expect(mean.add(histogram, newNotes())).toBe(true);
  return mean.result();
}

describe('the mean of histograms', () => {
  it('of one is that one', () => {
    const histogram = exponential({ sum: 0.1, positive: { 0: 3 } });
    expect(meanOf(histogram)).toEqual(histogram);
  });

  it('is the sum divided by the count', () => {
    const mean = meanOf(
      exponential({ isInteger: true, sum: 3, zeroCount: 4, positive: { 0: 3, 1: 6 } }),
      exponential({ isInteger: true, sum: 0, zeroCount: 2, positive: { 1: 3 } }),
      exponential({ isInteger: true, sum: 6, positive: { 7: 1 } }),
    );
    expect(mean).toMatchObject({ isInteger: false, sum: 3, zeroCount: 2, count: 19 / 3 });
    expect(countsOf(mean.positive)).toEqual({ 0: 1, 1: 3, 7: 1 / 3 });
  });

  it('keeps what rounding takes from the sum', () => {
    const mean = meanOf(
      exponential({ sum: 1e100 }),
      exponential({ sum: 4 }),
      exponential({ sum: -1e100 }),
      exponential({}),
    );
    expect(mean.sum).toBe(1);
  });

  it('of histograms whose sum overflows is finite', () => {
    const huge = exponential({ sum: 1.5e308, positive: { 0: 1.5e308, 1: 4 } });
    const other = exponential({ sum: 1.5e308, positive: { 0: 1.5e308, 1: 8 } });
    const mean = meanOf(huge, other, huge, other);
    expect(mean.sum / 1.5e308).toBeCloseTo(1, 14);
    expect(countsOf(mean.positive)[0]! / 1.5e308).toBeCloseTo(1, 14);
    expect(countsOf(mean.positive)[1]).toBeCloseTo(6, 12);
  });

  it('is that of all, however many came before the overflow', () => {
    const [low, high] = [0.5e308, 1.1e308].map((sum) => exponential({ sum, positive: { 0: sum, 1: 3 } }));
    const mean = meanOf(low!, low!, low!, high!, high!, high!);
    expect(mean.sum / 0.8e308).toBeCloseTo(1, 14);
    expect(countsOf(mean.positive)[0]! / 0.8e308).toBeCloseTo(1, 14);
    expect(countsOf(mean.positive)[1]).toBeCloseTo(3, 14);
  });

  it('keeps what rounding took before and after an overflow', () => {
    // The counts overflow at the second already; the 8 must survive 1e100 coming and going in the incremental mean.
    const mean = meanOf(
      exponential({ count: 1e308, sum: 8 }),
      exponential({ count: 1e308, sum: 1e100 }),
      exponential({ count: 0, sum: 0 }),
      exponential({ count: 0, sum: -1e100 }),
    );
    expect(mean.sum).toBeCloseTo(2, 12);
    expect(mean.count / 1e308).toBeCloseTo(0.5, 12);
  });

  it('is not disturbed by a sum of NaN', () => {
    const mean = meanOf(
      exponential({ sum: NaN, positive: { 0: 2 } }),
      exponential({ sum: 1, positive: { 0: 4 } }),
    );
    expect(mean.sum).toBeNaN();
    expect(countsOf(mean.positive)).toEqual({ 0: 3 });
  });

  it('refuses buckets of the other kind and does not count them', () => {
    const mean = new HistogramMean(exponential({ positive: { 0: 2 } }));
    expect(mean.add(custom([1], [1, 1]), newNotes())).toBe(false);
    expect(mean.result()).toMatchObject({ count: 2 });
  });

  it('notes what its sum notes', () => {
    const notes = newNotes();
    const mean = new HistogramMean(custom([1, 2], [1, 1, 1], { counterResetHint: 'reset' }));
    mean.add(custom([2], [1, 1], { counterResetHint: 'not-reset' }), notes);
    expect(notes).toEqual({ counterResetCollision: true, boundsReconciled: true });
  });
});
