import { bucketsOf, emptyBuckets, type NativeHistogram, staleHistogram } from '@promontory/model';
import { expect, it } from 'vitest';
import { compareHistograms } from './compare-histograms.ts';
import type { Answer, HistogramAnswer } from './prometheus-api.ts';

/** Buckets (0.5, 1] and (1, 2], the zero bucket, and (-4, -2] mirrored: [-4, -2). */
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0.25,
  zeroCount: 1,
  count: 10,
  sum: 2.5,
  isStale: false,
  positive: bucketsOf([0, 1, 5], [2, 3, 0]),
  negative: bucketsOf([2], [4]),
  customValues: new Float64Array(0),
};
const ANSWER: HistogramAnswer = {
  count: '10',
  sum: '2.5',
  buckets: [
    [1, '-4', '-2', '4'],
    [3, '-0.25', '0.25', '1'],
    [0, '0.5', '1', '2'],
    [0, '1', '2', '3'],
  ],
};

function found(
  stored: readonly [timeMs: number, histogram: NativeHistogram][],
  ...answers: HistogramAnswer[]
) {
  const samples = stored.map(([timestampMs, histogram]) => ({ timestampMs, histogram }));
  const histograms = answers.map((answer, index) => [100 + index, answer] as const);
  const answer: Answer = {
    resultType: 'matrix',
    series: [
      { metric: { b: '1', a: '2' }, histograms },
      { metric: { c: '3' }, values: [[100, '1']] },
    ],
  };
  return compareHistograms([{ labels: { a: '2', b: '1' }, samples }], answer, { atS: 101, rangeS: 2 });
}

it('takes equal histograms of the window, and passes over those that end a series', () => {
  const stored: [number, NativeHistogram][] = [
    [99_000, HISTOGRAM],
    [100_000, HISTOGRAM],
    [100_500, staleHistogram(true)],
    [101_000, { ...HISTOGRAM, negative: emptyBuckets(), zeroCount: 0, count: 5 }],
    [102_000, HISTOGRAM],
  ];
  const positive = { ...ANSWER, count: '5', buckets: (ANSWER.buckets ?? []).slice(2) };
  expect(found(stored, ANSWER, positive)).toEqual({ count: 2, bucketCount: 6, differences: [] });
});

it.each<[what: string, timeMs: number, change: Partial<NativeHistogram>]>([
  ['a count', 100_000, { count: 11 }],
  ['a sum', 100_000, { sum: 2.6 }],
  ['a time', 100_001, {}],
  ['the count of a bucket', 100_000, { positive: bucketsOf([0, 1], [3, 2]) }],
  ['the place of a bucket', 100_000, { positive: bucketsOf([0, 2], [2, 3]) }],
  ['the resolution', 100_000, { schema: 1 }],
  ['the zero bucket', 100_000, { zeroCount: 2 }],
  ['its width', 100_000, { zeroThreshold: 0.5 }],
  ['negative buckets', 100_000, { negative: bucketsOf([1], [4]) }],
])('finds %s', (_what, timeMs, change) => {
  expect(found([[timeMs, { ...HISTOGRAM, ...change }]], ANSWER).differences).toHaveLength(1);
});

it('finds what is missing, and what is too much', () => {
  expect(found([], ANSWER).differences).toHaveLength(1);
  expect(found([[100_000, HISTOGRAM]]).differences).toHaveLength(1);
  const extra = [{ labels: { x: 'y' }, samples: [{ timestampMs: 100_000, histogram: HISTOGRAM }] }];
  const none: Answer = { resultType: 'matrix', series: [] };
  expect(compareHistograms(extra, none, { atS: 101, rangeS: 2 }).differences).toEqual(['extra series x="y"']);
});
