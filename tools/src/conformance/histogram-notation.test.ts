import { bucketsOf, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { parseHistogram } from './histogram-notation.ts';
import { parseSequence } from './series-notation.ts';

const EMPTY = parseHistogram('').histogram;

describe('parseHistogram', () => {
  it('reads every field', () => {
    const text = `schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3
      n_buckets:[4.1 5] n_offset:-5 counter_reset_hint:gauge`;
    expect(parseHistogram(text)).toEqual({
      isHintGiven: true,
      histogram: {
        isInteger: false,
        counterResetHint: 'gauge',
        schema: 1,
        zeroThreshold: 0.05,
        zeroCount: 7.1,
        count: 3.1,
        sum: -0.3,
        isStale: false,
        positive: bucketsOf([-3, -2, -1], [5.1, 10, 7]),
        negative: bucketsOf([-5, -4], [4.1, 5]),
        customValues: new Float64Array(0),
      },
    });
  });

  it('reads custom bounds, in any order of the fields and with spaces', () => {
    expect(parseHistogram(' custom_values:[ 5  10 ]  schema:-53 count:NaN sum:Inf ').histogram).toEqual({
      ...EMPTY,
      schema: -53,
      customValues: Float64Array.of(5, 10),
      count: NaN,
      sum: Infinity,
    });
  });

  it('takes everything to be 0 and the hint to be unknown when nothing is said', () => {
    expect(parseHistogram('')).toEqual({
      isHintGiven: false,
      histogram: {
        ...EMPTY,
        counterResetHint: 'unknown',
        schema: 0,
        count: 0,
        sum: 0,
        zeroCount: 0,
        zeroThreshold: 0,
        positive: bucketsOf([], []),
        negative: bucketsOf([], []),
      },
    });
  });

  it.each([
    ['counter_reset_hint:unknown', 'unknown'],
    ['counter_reset_hint:reset', 'reset'],
    ['counter_reset_hint:not_reset', 'not-reset'],
    ['counter_reset_hint:gauge', 'gauge'],
  ])('reads %s', (text, hint) => {
    expect(parseHistogram(text)).toMatchObject({ isHintGiven: true, histogram: { counterResetHint: hint } });
  });

  it.each([
    ['size:3', 'no field size'],
    ['count', 'got count'],
    ['count:', 'got count:'],
    ['count: 3', 'got count: 3'],
    ['count:three', 'count is three, want a number'],
    ['schema:1.5', 'schema is 1.5, want a whole number'],
    ['offset:Inf', 'offset is Inf'],
    ['buckets:3', 'buckets is 3, want numbers in brackets'],
    ['buckets:[]', 'buckets is [], want numbers in brackets'],
    ['buckets:[1 x]', 'buckets is [1 x]'],
    ['buckets:[1 2', 'got buckets:[1 2'],
    ['buckets:[1]2', 'got buckets:[1]2'],
    ['count:1 count:2', 'count stands twice'],
    ['counter_reset_hint:maybe', 'counter_reset_hint is maybe'],
    ['z_bucket_w:-1', 'z_bucket_w is -1'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseHistogram(text)).toThrow(reason);
  });
});

describe('histograms with steps', () => {
  function histogramsOf(text: string): (Partial<NativeHistogram> & { isHintGiven: boolean })[] {
    return parseSequence(text).map((item) => {
      if (item.kind !== 'histogram') throw new Error('only histograms here');
      const { count, sum, zeroCount, positive, negative, counterResetHint, schema } = item.histogram;
      const { isHintGiven } = item;
      return { count, sum, zeroCount, positive, negative, counterResetHint, schema, isHintGiven };
    });
  }

  it('add the step again and again, bucket by bucket', () => {
    const text =
      '{{sum:4 count:4 z_bucket:1 buckets:[1 2]}}+{{sum:2 count:1 buckets:[1] offset:3 n_buckets:[3]}}x2';
    expect(histogramsOf(text)).toMatchObject([
      { sum: 4, count: 4, zeroCount: 1, positive: bucketsOf([0, 1], [1, 2]), negative: bucketsOf([], []) },
      {
        sum: 6,
        count: 5,
        zeroCount: 1,
        positive: bucketsOf([0, 1, 3], [1, 2, 1]),
        negative: bucketsOf([0], [3]),
      },
      {
        sum: 8,
        count: 6,
        zeroCount: 1,
        positive: bucketsOf([0, 1, 3], [1, 2, 2]),
        negative: bucketsOf([0], [6]),
      },
    ]);
  });

  it('subtract the step again and again', () => {
    expect(
      histogramsOf('{{count:4 z_bucket:3 buckets:[4]}}-{{count:3 z_bucket:1 buckets:[3 1]}}x2'),
    ).toMatchObject([
      { count: 4, zeroCount: 3, positive: bucketsOf([0], [4]) },
      { count: 1, zeroCount: 2, positive: bucketsOf([0, 1], [1, -1]) },
      { count: -2, zeroCount: 1, positive: bucketsOf([0, 1], [-2, -2]) },
    ]);
  });

  it('bring a finer step to the resolution of the first histogram', () => {
    // Buckets 1 and 2 of schema 0 are bucket 1 of schema -1.
    expect(
      histogramsOf('{{schema:-1 buckets:[1] offset:1}}+{{schema:0 buckets:[2 3] offset:1}}x1'),
    ).toMatchObject([
      { schema: -1, positive: bucketsOf([1], [1]) },
      { schema: -1, positive: bucketsOf([1], [6]) },
    ]);
  });

  it.each([
    ['', '', ['unknown', 'unknown'], false],
    ['counter_reset_hint:reset', 'counter_reset_hint:reset', ['reset', 'reset'], true],
    ['counter_reset_hint:gauge', '', ['gauge', 'gauge'], false],
    ['', 'counter_reset_hint:gauge', ['unknown', 'gauge'], true],
    ['counter_reset_hint:not_reset', '', ['not-reset', 'unknown'], false],
    ['counter_reset_hint:not_reset', 'counter_reset_hint:reset', ['not-reset', 'unknown'], true],
  ])('mix the hints of {{%s}} and {{%s}} as Prometheus does', (first, step, hints, isHintGiven) => {
    const histograms = histogramsOf(`{{${first}}}+{{${step}}}x1`);
    expect(histograms.map(({ counterResetHint }) => counterResetHint)).toEqual(hints);
    expect(histograms.map((histogram) => histogram.isHintGiven)).toEqual([isHintGiven, isHintGiven]);
  });

  it.each([
    ['{{schema:1}}+{{schema:0}}x1', 'schema 1 cannot have steps of a histogram of schema 0'],
    ['{{schema:-53}}+{{schema:0}}x1', 'schema -53'],
    ['{{schema:0}}-{{schema:-53}}x1', 'schema 0'],
    ['{{z_bucket_w:1}}+{{}}x1', 'zero bucket width 1'],
    ['{{schema:-53 custom_values:[1]}}+{{schema:-53 custom_values:[2]}}x1', 'bounds [1]'],
  ])('are refused when they do not fit: %s', (text, reason) => {
    expect(() => parseSequence(text)).toThrow(reason);
  });
});
