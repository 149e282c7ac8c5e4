import { describe, expect, it } from 'vitest';
import { countsOf, custom, exponential } from './histogram-test-values.ts';
import { divideHistogram, scaleHistogram } from './scale-histogram.ts';

describe('scaled histograms', () => {
  const histogram = exponential({
    isInteger: true,
    counterResetHint: 'not-reset',
    schema: 2,
    zeroThreshold: 0.5,
    zeroCount: 2,
    sum: 10,
    positive: { 1: 4, 3: 6 },
    negative: { 0: 8 },
  });

  it('have every number but the threshold multiplied', () => {
    const scaled = scaleHistogram(histogram, 1.5);
    expect(scaled).toMatchObject({
      isInteger: false,
      counterResetHint: 'not-reset',
      schema: 2,
      zeroThreshold: 0.5,
      zeroCount: 3,
      count: 30,
      sum: 15,
    });
    expect(countsOf(scaled.positive)).toEqual({ 1: 6, 3: 9 });
    expect(countsOf(scaled.negative)).toEqual({ 0: 12 });
    expect(countsOf(histogram.positive)).toEqual({ 1: 4, 3: 6 });
  });

  it('have every number but the threshold divided', () => {
    const divided = divideHistogram(histogram, 4);
    expect(divided).toMatchObject({
      isInteger: false,
      zeroThreshold: 0.5,
      zeroCount: 0.5,
      count: 5,
      sum: 2.5,
    });
    expect(countsOf(divided.positive)).toEqual({ 1: 1, 3: 1.5 });
    expect(countsOf(divided.negative)).toEqual({ 0: 2 });
  });

  it('are gauges when turned negative', () => {
    expect(scaleHistogram(histogram, -1)).toMatchObject({ counterResetHint: 'gauge', count: -20, sum: -10 });
    expect(divideHistogram(histogram, -2)).toMatchObject({ counterResetHint: 'gauge', count: -10, sum: -5 });
  });

  it('have no buckets when nothing is left of them', () => {
    const nothing = scaleHistogram(histogram, 0);
    expect(nothing).toMatchObject({ zeroCount: 0, count: 0, sum: 0 });
    expect(countsOf(nothing.positive)).toEqual({});
    expect(nothing.positive.spanOffsets).toHaveLength(0);
    expect(countsOf(scaleHistogram(histogram, NaN).positive)).toEqual({ 1: NaN, 3: NaN });
  });

  it('have the zero bucket only when divided by zero', () => {
    const divided = divideHistogram(histogram, 0);
    expect(divided).toMatchObject({
      counterResetHint: 'not-reset',
      zeroCount: Infinity,
      count: Infinity,
      sum: Infinity,
    });
    expect(divided.positive.counts).toHaveLength(0);
    expect(divided.negative.counts).toHaveLength(0);
    expect(divideHistogram(exponential({}), 0)).toMatchObject({ zeroCount: NaN, count: NaN, sum: NaN });
  });

  it('of custom buckets have their bounds, and no zero bucket ever', () => {
    const customHistogram = custom([1, 2], [1, 2, 3]);
    expect([...scaleHistogram(customHistogram, 2).customValues]).toEqual([1, 2]);
    expect(scaleHistogram(customHistogram, Infinity)).toMatchObject({ zeroCount: 0, count: Infinity });
    expect(divideHistogram(customHistogram, 0)).toMatchObject({ zeroCount: 0, count: Infinity });
  });
});
