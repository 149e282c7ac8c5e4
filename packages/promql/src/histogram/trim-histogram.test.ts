import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { countsOf, custom, exponential } from './histogram-test-values.ts';
import { trimHistogram } from './trim-histogram.ts';

const below = (histogram: NativeHistogram, value: number): NativeHistogram =>
  trimHistogram(histogram, value, 'below');
const above = (histogram: NativeHistogram, value: number): NativeHistogram =>
  trimHistogram(histogram, value, 'above');

describe('a histogram trimmed', () => {
  // In schema -1 the buckets (0.25, 1], (1, 4], (4, 16] stand for 0.5, 2 and 8.
  const histogram = exponential({
    isInteger: true,
    counterResetHint: 'gauge',
    schema: -1,
    zeroThreshold: 0.25,
    zeroCount: 4,
    sum: 77,
    positive: { 0: 1, 1: 4, 2: 2 },
    negative: { 0: 1, 1: 8 },
  });

  it('at a bound has the buckets on one side, and a sum from their middles', () => {
    const low = below(histogram, 1);
    expect(low).toMatchObject({
      isInteger: false,
      counterResetHint: 'gauge',
      zeroThreshold: 0.25,
      zeroCount: 4,
      count: 14,
    });
    expect(low.sum).toBeCloseTo(0.5 - 0.5 - 16, 12);
    expect(countsOf(low.positive)).toEqual({ 0: 1 });
    expect(countsOf(low.negative)).toEqual({ 0: 1, 1: 8 });
    const high = above(histogram, -1);
    expect(high).toMatchObject({ zeroCount: 4, count: 12 });
    expect(high.sum).toBeCloseTo(-0.5 + 0.5 + 8 + 16, 12);
    expect(countsOf(high.negative)).toEqual({ 0: 1 });
  });

  it('inside a bucket keeps a part of it, on the logarithmic scale', () => {
    // 2 is half of (1, 4]; what is left of it stands for √2 or √8.
    const low = below(histogram, 2);
    expect(low.count).toBeCloseTo(14 + 2, 12);
    expect(countsOf(low.positive)[1]).toBeCloseTo(2, 12);
    expect(low.sum).toBeCloseTo(-16 + 2 * Math.SQRT2, 12);
    const high = above(histogram, 2);
    expect(countsOf(high.positive)[1]).toBeCloseTo(2, 12);
    expect(high.sum).toBeCloseTo(16 + 2 * Math.sqrt(8), 12);
    expect(high.zeroCount).toBe(0);
  });

  it('inside a negative bucket keeps a part of that', () => {
    // -√2 is a quarter from the upper end of [-4, -1), which has the smaller magnitudes.
    const cut = -Math.SQRT2;
    const high = above(histogram, cut);
    expect(countsOf(high.negative)[1]).toBeCloseTo(2, 12);
    expect(high.sum).toBeCloseTo(0.5 + 8 + 16 - 0.5 - 2 * 2 ** 0.25, 12);
    const low = below(histogram, cut);
    expect(low.count).toBeCloseTo(6, 12);
    expect(low.sum).toBeCloseTo(-6 * Math.sqrt(4 * Math.SQRT2), 12);
    expect(countsOf(low.positive)).toEqual({});
  });

  it('of which nothing is cut off is as it was', () => {
    for (const same of [
      below(histogram, Infinity),
      above(histogram, -Infinity),
      below(histogram, 16),
      above(histogram, -4),
    ]) {
      expect(same).toEqual({ ...histogram, isInteger: false });
    }
  });

  it('of which all is cut off is empty', () => {
    for (const nothing of [above(histogram, Infinity), below(histogram, -Infinity), below(histogram, NaN)]) {
      expect(countsOf(nothing.positive)).toEqual({});
      expect(countsOf(nothing.negative)).toEqual({});
    }
    expect(above(histogram, 16)).toMatchObject({ count: 0, sum: 0, zeroCount: 0, zeroThreshold: 0.25 });
    expect(below(exponential({}), 3)).toEqual(exponential({}));
  });

  it('is another than it was', () => {
    const before = structuredClone(histogram);
    below(histogram, 0.1);
    above(histogram, 2);
    expect(histogram).toEqual(before);
  });
});

describe('a zero bucket trimmed', () => {
  const zero = { zeroThreshold: 0.5, zeroCount: 8 };

  it('is cut linearly, all over or on the side of the other buckets', () => {
    expect(below(exponential(zero), 0.25)).toMatchObject({ zeroCount: 6, count: 6, sum: 6 * -0.125 });
    expect(above(exponential(zero), 0.25)).toMatchObject({ zeroCount: 2, count: 2, sum: 2 * 0.375 });
    expect(below(exponential({ ...zero, positive: { 1: 1 } }), 0.25)).toMatchObject({
      zeroCount: 4,
      sum: 4 * 0.125,
    });
    expect(above(exponential({ ...zero, negative: { 1: 1 } }), -0.125)).toMatchObject({
      zeroCount: 2,
      sum: 2 * -0.0625,
    });
    // A quarter of 3, to the last bit: 3 times the distance is rounded already.
    expect(below(exponential({ zeroThreshold: 0.1, zeroCount: 3 }), -0.05).zeroCount).toBe(0.75);
    expect(above(exponential({ ...zero, negative: { 1: 1 } }), 0)).toMatchObject({ zeroCount: 0, count: 0 });
    expect(below(exponential({ ...zero, positive: { 1: 0 } }), -0.25)).toMatchObject({ zeroCount: 2 });
  });
});

describe('custom buckets trimmed', () => {
  const histogram = custom([5, 10, 15, 20], [1, 6, 4, 3, 1], { sum: 172.5 });

  it('are cut linearly', () => {
    const low = below(histogram, 13);
    expect(low.count).toBeCloseTo(1 + 6 + 2.4, 12);
    expect(low.sum).toBeCloseTo(2.5 + 6 * 7.5 + 2.4 * 11.5, 12);
    const high = above(histogram, 13);
    expect(high.count).toBeCloseTo(1.6 + 3 + 1, 12);
    expect(high.sum).toBeCloseTo(1.6 * 14 + 3 * 17.5 + 20, 12);
  });

  it('to infinity go whole when values above are cut off, and stay whole otherwise', () => {
    expect(below(histogram, 50)).toMatchObject({ count: 14, sum: 2.5 + 45 + 50 + 52.5 });
    expect(above(histogram, 50)).toMatchObject({ count: 1, sum: 50 });
    expect(above(histogram, 20)).toMatchObject({ count: 1, sum: 20 });
  });

  it('from minus infinity start at 0 when they end above', () => {
    const low = below(histogram, 2);
    expect(low.count).toBeCloseTo(0.4, 12);
    expect(low.sum).toBeCloseTo(0.4, 12);
    const high = above(histogram, 2);
    expect(high.count).toBeCloseTo(14.6, 12);
    expect(countsOf(high.positive)[0]).toBeCloseTo(0.6, 12);
    expect(above(histogram, 0)).toEqual(histogram);
    expect(below(histogram, 0)).toMatchObject({ count: 0, sum: 0 });
    expect(above(histogram, -1)).toMatchObject({ count: 14 });
  });

  it('from minus infinity stay whole below and go whole above when they end below 0', () => {
    const negative = custom([-5], [2, 7], { sum: 1 });
    expect(below(negative, -10)).toMatchObject({ count: 2, sum: -20 });
    expect(below(negative, 0)).toMatchObject({ count: 2, sum: -10 });
    expect(above(negative, -10)).toMatchObject({ count: 7, sum: -35 });
    expect(above(negative, -2)).toMatchObject({ count: 7, sum: -14 });
  });

  it('without bounds go whole', () => {
    expect(below(custom([], [9], { sum: 4 }), 3)).toMatchObject({ count: 0, sum: 0 });
    expect(above(custom([], [9], { sum: 4 }), 3)).toMatchObject({ count: 0, sum: 0 });
    expect(above(custom([], [9], { sum: 4 }), -Infinity)).toMatchObject({ count: 9, sum: 4 });
  });
});
