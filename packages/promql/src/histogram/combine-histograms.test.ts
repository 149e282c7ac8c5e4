import { SeededRandom } from '@promontory/base';
import type { CounterResetHint, NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { addHistograms, subtractHistograms, withHint } from './combine-histograms.ts';
import { CountsSlab } from './counts-slab.ts';
import { type Counts, countsOf, custom, exponential, newNotes } from './histogram-test-values.ts';

const add = (left: NativeHistogram, right: NativeHistogram): NativeHistogram =>
  addHistograms(left, right, newNotes())!;
const subtract = (left: NativeHistogram, right: NativeHistogram): NativeHistogram =>
  subtractHistograms(left, right, newNotes())!;

describe('sums and differences of histograms', () => {
  const left = exponential({
    isInteger: true,
    sum: 10,
    zeroCount: 2,
    positive: { 0: 1, 1: 4 },
    negative: { 2: 3 },
  });
  const right = exponential({
    isInteger: true,
    sum: 4,
    zeroCount: 1,
    positive: { 0: 1, 1: 2 },
    negative: { 2: 1 },
  });

  it('combine counts, sums and buckets', () => {
    const sum = add(left, right);
    expect(sum).toMatchObject({ isInteger: false, count: 15, sum: 14, zeroCount: 3 });
    expect(countsOf(sum.positive)).toEqual({ 0: 2, 1: 6 });
    expect(countsOf(sum.negative)).toEqual({ 2: 4 });
    const difference = subtract(left, right);
    expect(difference).toMatchObject({ isInteger: false, count: 5, sum: 6, zeroCount: 1 });
    // Bucket 0 counts nothing any more.
    expect(countsOf(difference.positive)).toEqual({ 1: 2 });
    expect(countsOf(difference.negative)).toEqual({ 2: 2 });
  });

  it('leave what they get as it is', () => {
    const before = structuredClone([left, right]);
    add(left, exponential({ zeroThreshold: 1, schema: -1, positive: { 5: 1 } }));
    subtract(left, right);
    expect([left, right]).toEqual(before);
  });

  it('have the buckets of both', () => {
    const other = exponential({ positive: { [-7]: 1, 1: 1, 9: 5 } });
    expect(countsOf(add(left, other).positive)).toEqual({ [-7]: 1, 0: 1, 1: 5, 9: 5 });
    expect(countsOf(subtract(left, other).positive)).toEqual({ [-7]: -1, 0: 1, 1: 3, 9: -5 });
    expect(countsOf(add(other, left).negative)).toEqual({ 2: 3 });
    expect(countsOf(add(left, exponential({})).positive)).toEqual({ 0: 1, 1: 4 });
  });

  it('are those of the buckets, whatever the layouts', () => {
    const random = new SeededRandom(11);
    const randomCounts = (): Counts => {
      const counts: Record<number, number> = {};
      for (let index = -random.nextInt(9); index < 9; index++) {
        if (random.nextInt(3) > 0) counts[index] = random.nextInt(5);
      }
      return counts;
    };
    const slab = new CountsSlab();
    for (let round = 0; round < 300; round++) {
      const [first, second] = [randomCounts(), randomCounts()];
      const expected: Record<number, number> = {};
      for (let index = -9; index < 9; index++) {
        const difference = (first[index] ?? 0) - (second[index] ?? 0);
        if (difference !== 0) expected[index] = difference;
      }
      const [from, what] = [exponential({ positive: first }), exponential({ positive: second })];
      const difference = subtractHistograms(from, what, newNotes(), slab)!;
      expect(countsOf(difference.positive)).toEqual(expected);
      expect(difference.count).toBe(from.count - what.count);
    }
  });

  it('take the resolution of the coarser one', () => {
    // In schema 1 buckets 1 and 2 end at √2 and 2; in schema 0 that is bucket 1.
    const fine = exponential({ schema: 1, positive: { 1: 1, 2: 2, 3: 4 }, negative: { 0: 1 } });
    const coarse = exponential({ positive: { 1: 10 } });
    for (const sum of [add(fine, coarse), add(coarse, fine)]) {
      expect(sum.schema).toBe(0);
      expect(countsOf(sum.positive)).toEqual({ 1: 13, 2: 4 });
      expect(countsOf(sum.negative)).toEqual({ 0: 1 });
    }
  });

  it('cannot combine exponential buckets with custom ones', () => {
    const notes = newNotes();
    expect(addHistograms(left, custom([1], [1, 1]), notes)).toBeNull();
    expect(subtractHistograms(custom([1], [1, 1]), left, notes)).toBeNull();
    expect(notes).toEqual(newNotes());
  });
});

describe('zero buckets of different widths', () => {
  it('become the wider one, with what the narrower one has within', () => {
    const narrow = exponential({
      zeroThreshold: 0.25,
      zeroCount: 3,
      positive: { [-1]: 1, 0: 2 },
      negative: { [-1]: 4 },
    });
    const wide = exponential({ zeroThreshold: 0.5, zeroCount: 10, positive: { 0: 1 } });
    for (const sum of [add(narrow, wide), add(wide, narrow)]) {
      expect(sum).toMatchObject({ zeroThreshold: 0.5, zeroCount: 18 });
      expect(countsOf(sum.positive)).toEqual({ 0: 3 });
      expect(countsOf(sum.negative)).toEqual({});
    }
    expect(subtract(wide, narrow).zeroCount).toBe(10 - 8);
  });

  it('are widened to the end of a populated bucket that they would cut', () => {
    // 0.7 is inside (0.5, 1], which has observations on the negative side.
    const narrow = exponential({
      zeroThreshold: 0.001,
      zeroCount: 1,
      positive: { 1: 5 },
      negative: { 0: 2, 1: 7 },
    });
    const wide = exponential({ zeroThreshold: 0.7, zeroCount: 4, positive: { 1: 1 } });
    for (const sum of [add(narrow, wide), add(wide, narrow)]) {
      expect(sum).toMatchObject({ zeroThreshold: 1, zeroCount: 7 });
      expect(countsOf(sum.positive)).toEqual({ 1: 6 });
      expect(countsOf(sum.negative)).toEqual({ 1: 7 });
    }
  });

  it('may cut an empty bucket', () => {
    const narrow = exponential({ positive: { 0: 0, 1: 5 } });
    const wide = exponential({ zeroThreshold: 0.7, zeroCount: 4 });
    expect(add(narrow, wide)).toMatchObject({ zeroThreshold: 0.7, zeroCount: 4 });
    expect(countsOf(add(narrow, wide).positive)).toEqual({ 1: 5 });
  });

  it('are widened in turn until the threshold suits both', () => {
    // 1.2 is inside the fine (1, √2], and √2 inside the coarse (1, 4]; both have observations.
    const fine = exponential({ schema: 1, zeroCount: 1, positive: { 1: 2, 4: 5, 5: 7 } });
    const coarse = exponential({ schema: -1, zeroThreshold: 1.2, zeroCount: 10, positive: { 1: 20, 2: 30 } });
    for (const sum of [add(fine, coarse), add(coarse, fine)]) {
      // Within 4 are the fine buckets 1 and 4 and the coarse bucket 1.
      expect(sum).toMatchObject({ schema: -1, zeroThreshold: 4, zeroCount: 1 + 2 + 5 + 10 + 20 });
      expect(countsOf(sum.positive)).toEqual({ 2: 37 });
    }
  });

  it('leave out what is added within them', () => {
    // (0.25, 0.5] lies within the zero bucket already, which is so in broken histograms only.
    const whole = exponential({ zeroThreshold: 0.5, zeroCount: 1, positive: { 0: 1 } });
    const broken = exponential({ zeroThreshold: 0.5, zeroCount: 1, positive: { [-1]: 8, 0: 1 } });
    expect(countsOf(add(whole, broken).positive)).toEqual({ 0: 2 });
    expect(countsOf(add(broken, whole).positive)).toEqual({ [-1]: 8, 0: 2 });
    expect(countsOf(add(broken, broken).positive)).toEqual({ [-1]: 8, 0: 2 });
  });

  it('count twice what a reduction puts into a bucket that ends outside, as Prometheus does', () => {
    // (0.25, 0.5] is within the common zero bucket, and joins (0.5, 1] to (0.25, 1] in the coarser schema.
    const coarse = exponential({ schema: -1, zeroThreshold: 0.5, zeroCount: 4, positive: { 2: 1 } });
    const fine = exponential({ zeroThreshold: 0.25, zeroCount: 1, positive: { [-1]: 9, 0: 15 } });
    const sum = add(coarse, fine);
    expect(sum).toMatchObject({ zeroThreshold: 0.5, zeroCount: 4 + 1 + 9 });
    expect(countsOf(sum.positive)).toEqual({ 0: 9 + 15, 2: 1 });
  });
});

describe('custom buckets', () => {
  it('with the same bounds are combined one by one', () => {
    const notes = newNotes();
    const sum = addHistograms(custom([1, 2], [1, 2, 3]), custom([1, 2], [10, 0, 5]), notes)!;
    expect(countsOf(sum.positive)).toEqual({ 0: 11, 1: 2, 2: 8 });
    expect(notes.boundsReconciled).toBe(false);
  });

  it('with different bounds keep the common ones', () => {
    const notes = newNotes();
    const left = custom([1, 2, 5, 10], [1, 2, 4, 8, 16]);
    const right = custom([2, 3, 10], [100, 200, 300, 400]);
    const sum = addHistograms(left, right, notes)!;
    expect([...sum.customValues]).toEqual([2, 10]);
    // Up to 2: 1 + 2 and 100; up to 10: 4 + 8 and 200 + 300; above: 16 and 400.
    expect(countsOf(sum.positive)).toEqual({ 0: 103, 1: 512, 2: 416 });
    expect(notes).toEqual({ counterResetCollision: false, boundsReconciled: true });
    expect(countsOf(subtract(left, right).positive)).toEqual({ 0: -97, 1: -488, 2: -384 });
  });

  it('without a common bound make one bucket', () => {
    const sum = add(custom([1], [1, 2]), custom([3], [4, 8]));
    expect([...sum.customValues]).toEqual([]);
    expect(countsOf(sum.positive)).toEqual({ 0: 15 });
  });
});

describe('counter reset hints', () => {
  it.each<[CounterResetHint, CounterResetHint, CounterResetHint, boolean]>([
    ['unknown', 'unknown', 'unknown', false],
    ['reset', 'reset', 'reset', false],
    ['not-reset', 'not-reset', 'not-reset', false],
    ['unknown', 'reset', 'unknown', false],
    ['not-reset', 'unknown', 'unknown', false],
    ['gauge', 'reset', 'gauge', false],
    ['not-reset', 'gauge', 'gauge', false],
    ['unknown', 'gauge', 'gauge', false],
    ['reset', 'not-reset', 'unknown', true],
    ['not-reset', 'reset', 'unknown', true],
  ])('%s and %s make %s', (left, right, combined, collides) => {
    for (const combine of [addHistograms, subtractHistograms]) {
      const notes = newNotes();
      const [one, other] = [
        exponential({ counterResetHint: left }),
        exponential({ counterResetHint: right }),
      ];
      expect(combine(one, other, notes)?.counterResetHint).toBe(combined);
      expect(notes.counterResetCollision).toBe(collides);
    }
  });

  it('are replaced when a caller knows better', () => {
    const histogram = exponential({ positive: { 0: 1 } });
    expect(withHint(histogram, 'gauge')).toEqual({ ...histogram, counterResetHint: 'gauge' });
    expect(withHint(histogram, 'unknown')).toBe(histogram);
  });
});
