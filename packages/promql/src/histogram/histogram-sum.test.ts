import { SeededRandom } from '@promontory/base';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { addHistograms } from './combine-histograms.ts';
import { compactHistogram } from './compact-histogram.ts';
import { CountsSlab } from './counts-slab.ts';
import { HistogramSum } from './histogram-sum.ts';
import { type Counts, countsOf, custom, exponential, newNotes } from './histogram-test-values.ts';

function sumOf(...histograms: readonly NativeHistogram[]): HistogramSum {
  const [first, ...rest] = histograms;
  const sum = new HistogramSum(first!);
  for (const histogram of rest) expect(sum.add(histogram, newNotes())).toBe(true);
  return sum;
}

function randomCounts(random: SeededRandom): Counts {
  const counts: Record<number, number> = {};
  for (let index = -random.nextInt(9); index < 9; index++) {
    if (random.nextInt(3) > 0) counts[index] = random.nextInt(5);
  }
  return counts;
}

function randomHistogram(random: SeededRandom, isCustom: boolean): NativeHistogram {
  if (isCustom) {
    const bounds = [1, 2, 3, 5, 8].filter(() => random.nextInt(4) > 0);
    return custom(
      bounds,
      [...bounds, 0].map(() => random.nextInt(5)),
    );
  }
  return exponential({
    schema: random.nextInt(4) - 1,
    zeroThreshold: [0, 0.25, 0.5, 0.7][random.nextInt(4)]!,
    zeroCount: random.nextInt(5),
    positive: randomCounts(random),
    negative: randomCounts(random),
  });
}

describe('a sum of histograms', () => {
  it('is what adding them one by one makes', () => {
    const random = new SeededRandom(17);
    const slab = new CountsSlab();
    for (let round = 0; round < 300; round++) {
      const isCustom = random.nextInt(3) === 0;
      const histograms = Array.from({ length: 1 + random.nextInt(6) }, () =>
        randomHistogram(random, isCustom),
      );
      const sum = new HistogramSum(histograms[0]!, slab);
      let expected = compactHistogram(histograms[0]!);
      for (const histogram of histograms.slice(1)) {
        expected = addHistograms(expected, histogram, newNotes())!;
        sum.add(histogram, newNotes());
      }
      expect(sum.result()).toEqual(expected);
    }
  });

  it('keeps what rounding takes', () => {
    const big = exponential({
      zeroCount: 2 ** 53,
      sum: 1e100,
      positive: { 0: 2 ** 53, 1: 1 },
      negative: { 3: 2 ** 53 },
    });
    const small = exponential({ zeroCount: 1, sum: 1, positive: { 0: 1, 1: 1 }, negative: { 3: 1 } });
    const back = exponential({
      zeroCount: -(2 ** 53),
      sum: -1e100,
      positive: { 0: -(2 ** 53) },
      negative: { 3: -(2 ** 53) },
    });
    const total = sumOf(big, small, small, back).result();
    expect(total).toMatchObject({ zeroCount: 2, sum: 2 });
    expect(countsOf(total.positive)).toEqual({ 0: 2, 1: 3 });
    expect(countsOf(total.negative)).toEqual({ 3: 2 });
  });

  it('keeps it also when the layout grows and the resolution goes down', () => {
    const big = exponential({ schema: 1, positive: { 1: 2 ** 53, 2: 2 ** 53 } });
    const small = exponential({ schema: 1, positive: { 1: 1, 2: 1 } });
    const wide = exponential({ schema: 1, positive: { [-5]: 1, 9: 1 } });
    const coarse = exponential({ positive: { 1: -(2 ** 54), 7: 1 } });
    const total = sumOf(big, small, wide, small, coarse).result();
    // Buckets -5 and 9 of schema 1 are -2 and 5 of schema 0, in which 1 and 2 make 1.
    expect(countsOf(total.positive)).toEqual({ [-2]: 1, 1: 4, 5: 1, 7: 1 });
  });

  it('moves what rounding took into a wider zero bucket', () => {
    const big = exponential({ zeroThreshold: 0.25, positive: { 0: 2 ** 53, 1: 1 } });
    const small = exponential({ zeroThreshold: 0.25, positive: { 0: 1 } });
    const wide = exponential({ zeroThreshold: 1, zeroCount: -(2 ** 53) });
    const total = sumOf(big, small, small, wide).result();
    expect(total).toMatchObject({ zeroThreshold: 1, zeroCount: 2 });
    expect(countsOf(total.positive)).toEqual({ 1: 1 });
  });

  it('does not change what was added, nor the totals it gave', () => {
    const first = exponential({ positive: { 0: 1, 1: 2 } });
    const second = exponential({ positive: { 0: 1, 1: 2 } });
    const before = structuredClone(first);
    const sum = sumOf(first, second);
    const total = sum.result();
    const kept = structuredClone(total);
    sum.add(second, newNotes());
    sum.scale(5);
    expect([first, second, total]).toEqual([before, before, kept]);
    expect(countsOf(sum.result().positive)).toEqual({ 0: 15, 1: 30 });
  });

  it('goes on apart from its copy, compensations and all', () => {
    const big = exponential({ sum: 1e100, positive: { 0: 2 ** 53 } });
    const small = exponential({ sum: 1, positive: { 0: 1 } });
    const back = exponential({ sum: -1e100, positive: { 0: -(2 ** 53) } });
    const sum = sumOf(big, small);
    const copy = sum.copy();
    copy.add(back, newNotes());
    sum.add(small, newNotes());
    sum.add(back, newNotes());
    expect(copy.result()).toMatchObject({ sum: 1, count: 1 });
    expect(countsOf(copy.result().positive)).toEqual({ 0: 1 });
    expect(sum.result()).toMatchObject({ sum: 2, count: 2 });
    expect(countsOf(sum.result().positive)).toEqual({ 0: 2 });
  });

  it('is scaled and divided with its compensations', () => {
    const big = exponential({ sum: 2 ** 53, positive: { 0: 2 ** 53 } });
    const small = exponential({ sum: 1, positive: { 0: 1 } });
    const back = exponential({ sum: -(2 ** 54), positive: { 0: -(2 ** 54) } });
    const sum = sumOf(big, small);
    sum.scale(4);
    sum.divide(2);
    sum.add(back, newNotes());
    expect(sum.result()).toMatchObject({ sum: 2, count: 2, counterResetHint: 'unknown' });
    sum.scale(-1);
    expect(sum.result()).toMatchObject({ sum: -2, counterResetHint: 'gauge' });
  });

  it('drops buckets that come to nothing', () => {
    const total = sumOf(
      exponential({ positive: { 0: 1, 1: 2 } }),
      exponential({ positive: { 0: -1 } }),
    ).result();
    expect(countsOf(total.positive)).toEqual({ 1: 2 });
    expect(total.isInteger).toBe(false);
  });

  it('says when something is infinite, and compensates no infinity', () => {
    const huge = exponential({ positive: { 0: Number.MAX_VALUE }, count: 1 });
    const sum = sumOf(huge, exponential({ positive: { 0: 1 } }));
    expect(sum.hasOverflow).toBe(false);
    sum.add(huge, newNotes());
    expect(sum.hasOverflow).toBe(true);
    expect(countsOf(sum.result().positive)).toEqual({ 0: Infinity });
    expect(
      sumOf(exponential({ sum: -Number.MAX_VALUE }), exponential({ sum: -Number.MAX_VALUE })).hasOverflow,
    ).toBe(true);
    expect(sumOf(exponential({ negative: { 3: 1 } })).hasOverflow).toBe(false);
  });

  it('refuses buckets of the other kind and stays as it was', () => {
    const notes = newNotes();
    const sum = sumOf(exponential({ positive: { 0: 1 } }));
    expect(sum.accepts(custom([1], [1, 1]))).toBe(false);
    expect(sum.add(custom([1], [1, 1], { counterResetHint: 'gauge' }), notes)).toBe(false);
    expect(sum.result()).toMatchObject({ count: 1, counterResetHint: 'unknown' });
    expect(sumOf(custom([1], [1, 1])).add(exponential({}), notes)).toBe(false);
    expect(notes).toEqual(newNotes());
  });

  it('notes colliding hints and bounds that differ', () => {
    const notes = newNotes();
    const sum = new HistogramSum(custom([1, 2], [1, 2, 4], { counterResetHint: 'reset' }));
    sum.add(custom([2, 9], [8, 16, 32], { counterResetHint: 'not-reset' }), notes);
    expect(notes).toEqual({ counterResetCollision: true, boundsReconciled: true });
    const total = sum.result();
    expect(total).toMatchObject({ schema: CUSTOM_BUCKETS_SCHEMA, counterResetHint: 'unknown', count: 63 });
    expect([...total.customValues]).toEqual([2]);
    expect(countsOf(total.positive)).toEqual({ 0: 11, 1: 52 });
  });
});
