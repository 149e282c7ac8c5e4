import { bucketsOf, CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { parseScript } from './parse-script.ts';
import type { LoadedSeries } from './script.ts';

/** The series that a load makes besides those of its lines. */
function converted(...lines: string[]): LoadedSeries[] {
  const [command] = parseScript(['load_with_nhcb 1m', ...lines].join('\n'));
  if (command?.kind !== 'load') throw new Error('the script is one load');
  expect(command.series.slice(0, lines.length).map(({ labels }) => labels.get('__name__'))).toEqual(
    lines.map((line) => /^\w+/.exec(line)?.[0]),
  );
  return command.series.slice(lines.length);
}

function histogram(
  bounds: readonly number[],
  counts: readonly (readonly [bucketIndex: number, count: number])[],
  count: number,
  sum = 0,
): NativeHistogram {
  return {
    isInteger: false,
    counterResetHint: 'unknown',
    schema: CUSTOM_BUCKETS_SCHEMA,
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum,
    isStale: false,
    positive: bucketsOf(
      counts.map(([bucketIndex]) => bucketIndex),
      counts.map(([, own]) => own),
    ),
    negative: bucketsOf([], []),
    customValues: Float64Array.from(bounds),
  };
}

describe('load_with_nhcb', () => {
  it('makes one histogram of the samples of a time', () => {
    const series = converted(
      'd_bucket{le="1", job="a"} 1 2',
      'd_bucket{le="2", job="a"} 4 4',
      'd_bucket{le="+Inf", job="a"} 4 7',
      'd_sum{job="a"} 5 6',
      'd_count{job="a"} 4 7',
    );
    expect(series.map(({ labels }) => labels.toString())).toEqual(['d{job="a"}']);
    const [first, second] = series[0]?.samples ?? [];
    const none = undefined;
    // An empty last bucket is left out.
    const atStart = histogram([1, 2], [[0, 1], [1, 3]], 4, 5); // prettier-ignore
    const later = histogram([1, 2], [[0, 2], [1, 2], [2, 3]], 7, 6); // prettier-ignore
    expect(first).toEqual({ timestampMs: 0, value: atStart, startTimestampMs: none });
    expect(second).toEqual({ timestampMs: 60_000, value: later, startTimestampMs: none });
  });

  it.each([
    [
      'no count and no sum',
      ['d_bucket{le="1"} 1', 'd_bucket{le="+Inf"} 3'],
      histogram(
        [1],
        [
          [0, 1],
          [1, 2],
        ],
        3,
      ),
    ],
    [
      'no +Inf bucket',
      ['d_bucket{le="1"} 1', 'd_count 3'],
      histogram(
        [1],
        [
          [0, 1],
          [1, 2],
        ],
        3,
      ),
    ],
    [
      'no +Inf bucket and no count',
      ['d_bucket{le="1"} 1', 'd_bucket{le="2"} 3'],
      histogram(
        [1, 2],
        [
          [0, 1],
          [1, 2],
        ],
        3,
      ),
    ],
    ['no buckets', ['d_count 3', 'd_sum 9'], histogram([], [[0, 3]], 3, 9)],
    [
      'counts with fractions',
      ['d_bucket{le="1"} 0.5', 'd_bucket{le="Inf"} 2'],
      histogram(
        [1],
        [
          [0, 0.5],
          [1, 1.5],
        ],
        2,
      ),
    ],
    [
      'bounds in any order and notation',
      ['d_bucket{le="+Inf"} 4', 'd_bucket{le="1e0"} 3', 'd_bucket{le="-.5"} 1'],
      histogram(
        [-0.5, 1],
        [
          [0, 1],
          [1, 2],
          [2, 1],
        ],
        4,
      ),
    ],
    [
      'one bound in two notations',
      ['d_bucket{le="1"} 1', 'd_bucket{le="1.0"} 1', 'd_bucket{le="+Inf"} 1'],
      histogram([1], [[0, 1]], 1),
    ],
    [
      'a bound that is no number',
      ['d_bucket{le="many"} 1', 'd_bucket{le="NaN"} 1', 'd_bucket{le="+Inf"} 2'],
      histogram([], [[0, 2]], 2),
    ],
    [
      'empty buckets in the middle',
      ['d_bucket{le="1"} 1', 'd_bucket{le="2"} 1', 'd_bucket{le="+Inf"} 2'],
      histogram(
        [1, 2],
        [
          [0, 1],
          [2, 1],
        ],
        2,
      ),
    ],
    ['native samples', ['d_bucket{le="+Inf"} 2', 'd_count {{count:5}}'], histogram([], [[0, 2]], 2)],
  ] as const)('converts histograms with %s', (_, lines, expected) => {
    // prettier-ignore
    expect(converted(...lines).map(({ samples }) => samples[0]?.value)).toEqual([expected]);
  });

  it('keeps label sets apart and takes only what is there at a time', () => {
    const series = converted(
      'd_bucket{le="+Inf", job="a"} 1',
      'd_bucket{le="+Inf", job="b"} _ 2',
      'd_sum{job="b"} _ 3',
    );
    expect(
      series.map(({ labels, samples }) => [labels.get('job'), samples.map(({ timestampMs }) => timestampMs)]),
    ).toEqual([
      ['a', [0]],
      ['b', [60_000]],
    ]);
  });

  it('leaves series alone that are no part of a histogram', () => {
    expect(converted('up 1', 'countless 2')).toEqual([]);
  });

  it.each([
    ['d_sum 1', 'neither buckets nor a count'],
    ['d_bucket 1', 'no label le'],
    ['d_bucket{le="1"} 3\nd_bucket{le="2"} 2', 'not cumulative'],
    ['d_bucket{le="1"} -1', 'not cumulative'],
    ['d_bucket{le="1"} 4\nd_count 3', 'not cumulative'],
    ['d_bucket{le="+Inf"} 4\nd_count 3', 'counts 3, and 4'],
    ['d_bucket{le="+Inf"} stale', 'staleness'],
  ])('refuses %j', (lines, reason) => {
    expect(() => parseScript(`load_with_nhcb 1m\n${lines}`)).toThrow(reason);
  });

  it('does nothing at a plain load', () => {
    const [command] = parseScript('load 1m\nd_bucket{le="+Inf"} 1\nd_count 1');
    expect(command).toMatchObject({ kind: 'load', series: [{}, {}] });
  });
});
