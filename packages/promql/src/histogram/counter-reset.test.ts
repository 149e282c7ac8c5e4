import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { detectReset } from './counter-reset.ts';
import { custom, exponential, type TestHistogram } from './histogram-test-values.ts';

/** A count high enough that it is never what went down. */
const grown = (histogram: TestHistogram): NativeHistogram => exponential({ ...histogram, count: 1000 });

describe('a counter reset', () => {
  const before = exponential({
    zeroThreshold: 0.5,
    zeroCount: 2,
    sum: 9,
    positive: { 0: 3, 2: 4 },
    negative: { 1: 5 },
  });

  it('is not where all counts are as they were or higher', () => {
    expect(detectReset(before, before)).toBe(false);
    const after = grown({
      zeroThreshold: 0.5,
      zeroCount: 3,
      sum: 1,
      positive: { 0: 3, 2: 5 },
      negative: { 1: 5 },
    });
    expect(detectReset(after, before)).toBe(false);
    const more = grown({
      zeroThreshold: 0.5,
      zeroCount: 3,
      positive: { 0: 3, 1: 1, 2: 5, 9: 1 },
      negative: { [-1]: 1, 1: 5 },
    });
    expect(detectReset(more, before)).toBe(false);
  });

  it('is said by the hint, when that knows', () => {
    expect(detectReset({ ...before, counterResetHint: 'reset' }, before)).toBe(true);
    expect(detectReset(exponential({ counterResetHint: 'not-reset' }), before)).toBe(false);
    expect(detectReset(exponential({ counterResetHint: 'gauge' }), before)).toBe(true);
    expect(detectReset(before, { ...before, counterResetHint: 'reset' })).toBe(false);
  });

  it.each<[string, TestHistogram]>([
    ['the zero bucket', { zeroCount: 1, positive: { 0: 3, 2: 4 }, negative: { 1: 5 } }],
    ['a positive bucket', { zeroCount: 2, positive: { 0: 3, 2: 3 }, negative: { 1: 5 } }],
    ['a negative bucket', { zeroCount: 2, positive: { 0: 3, 2: 4 }, negative: { 1: 4 } }],
    ['a bucket of another layout', { zeroCount: 2, positive: { 0: 3, 1: 1, 2: 3 }, negative: { 1: 5 } }],
    ['a bucket that is gone', { zeroCount: 2, positive: { 0: 3, 1: 9 }, negative: { 1: 5 } }],
    ['a first bucket that is gone', { zeroCount: 2, positive: { 2: 4 }, negative: { 1: 5 } }],
    ['all buckets of a side that are gone', { zeroCount: 2, positive: { 0: 3, 2: 4 } }],
  ])('is where %s counts less', (_, after) => {
    expect(detectReset(grown({ zeroThreshold: 0.5, ...after }), before)).toBe(true);
  });

  it('is where the count went down alone', () => {
    expect(detectReset({ ...before, count: before.count - 1 }, before)).toBe(true);
  });

  it('is not where only empty buckets are gone', () => {
    const withEmpty = exponential({ zeroThreshold: 0.5, zeroCount: 2, positive: { 0: 3, 1: 0, 2: 4, 7: 0 } });
    expect(
      detectReset(grown({ zeroThreshold: 0.5, zeroCount: 2, positive: { 0: 3, 2: 4 } }), withEmpty),
    ).toBe(false);
    // A populated one behind them is missed.
    const behind = exponential({ positive: { 0: 3, 1: 0, 2: 4 } });
    expect(detectReset(grown({ positive: { 0: 9 } }), behind)).toBe(true);
  });
});

describe('a counter reset with a change of scale', () => {
  const before = exponential({
    schema: 1,
    zeroThreshold: 0.25,
    zeroCount: 2,
    positive: { [-2]: 1, [-1]: 2, 1: 3, 2: 4 },
  });

  it('is where the resolution became finer', () => {
    expect(detectReset(grown({ ...before, schema: 2, positive: {}, negative: {} }), before)).toBe(true);
  });

  it('is where the joined buckets count less', () => {
    // In schema 0, buckets -2 and -1 become -1 and 0, and 1 and 2 become 1.
    const scale = { schema: 0, zeroThreshold: 0.25, zeroCount: 2 };
    expect(detectReset(grown({ ...scale, positive: { [-1]: 1, 0: 2, 1: 7 } }), before)).toBe(false);
    expect(detectReset(grown({ ...scale, positive: { [-1]: 1, 0: 2, 1: 6 } }), before)).toBe(true);
  });

  it('is where the zero bucket became narrower', () => {
    const narrower = grown({
      schema: 1,
      zeroThreshold: 0.1,
      zeroCount: 2,
      positive: { [-2]: 1, [-1]: 2, 1: 3, 2: 4 },
    });
    expect(detectReset(narrower, before)).toBe(true);
  });

  it('is where a wider zero bucket counts less than what it covers', () => {
    // Up to 0.5 there were 2 + 1 observations.
    const wider = { schema: 1, zeroThreshold: 0.5, positive: { [-1]: 2, 1: 3, 2: 4 } };
    expect(detectReset(grown({ ...wider, zeroCount: 3 }), before)).toBe(false);
    expect(detectReset(grown({ ...wider, zeroCount: 2 }), before)).toBe(true);
  });

  it('is where a wider zero bucket cuts a populated one', () => {
    const cutting = { schema: 1, zeroThreshold: 0.6, zeroCount: 9, positive: { [-1]: 2, 1: 3, 2: 4 } };
    expect(detectReset(grown(cutting), before)).toBe(true);
    const without = exponential({
      schema: 1,
      zeroThreshold: 0.25,
      zeroCount: 2,
      positive: { [-1]: 0, 1: 3, 2: 4 },
    });
    expect(detectReset(grown(cutting), without)).toBe(false);
  });

  it('does not look at buckets within the zero bucket', () => {
    const broken = exponential({ zeroThreshold: 1, positive: { [-1]: 5, 0: 5, 1: 1 } });
    expect(detectReset(grown({ zeroThreshold: 1, positive: { 1: 1 } }), broken)).toBe(false);
    expect(detectReset(grown({ zeroThreshold: 1, positive: { [-1]: 4, 0: 4, 1: 1 } }), broken)).toBe(false);
    expect(detectReset(grown({ zeroThreshold: 1, positive: { [-1]: 5, 0: 5, 1: 0 } }), broken)).toBe(true);
  });
});

describe('a counter reset of custom buckets', () => {
  const before = custom([1, 2, 5], [1, 2, 3, 4]);

  it('is where a bucket counts less', () => {
    expect(detectReset(custom([1, 2, 5], [1, 2, 3, 5]), before)).toBe(false);
    expect(detectReset(custom([1, 2, 5], [9, 1, 3, 4]), before)).toBe(true);
  });

  it('is where the common bounds have less, if bounds changed', () => {
    // Up to 2 there were 3, up to infinity 7 more.
    expect(detectReset(custom([2, 7], [3, 0, 7]), before)).toBe(false);
    expect(detectReset(custom([2, 7], [9, 0, 6]), before)).toBe(true);
    expect(detectReset(custom([2, 7], [2, 9, 9]), before)).toBe(true);
  });

  it('is where buckets became custom or are no more', () => {
    expect(detectReset(custom([1], [100, 100]), exponential({}))).toBe(true);
    expect(detectReset(grown({ schema: -4 }), custom([1], [0, 0]))).toBe(true);
  });
});
