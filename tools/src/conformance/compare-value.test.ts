import { Labels } from '@promontory/model';
import type { MatrixSeries, QueryValue, VectorSample } from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { compareValue } from './compare-value.ts';
import { parseScript } from './parse-script.ts';
import { parseSequence } from './series-notation.ts';

const MINUTE_MS = 60_000;
const INSTANT = 'eval instant at 1m query';
const RANGE = 'eval range from 0 to 2m step 1m query';

/** What a result has, in the notation of scripts: one item for a vector, one for each step for a matrix. */
type Results = readonly (readonly [labels: Readonly<Record<string, string>>, items: string])[];

function vector(results: Results): QueryValue {
  const samples = results.map(([labels, text]): VectorSample => {
    const [item] = parseSequence(text);
    const histogram = item?.kind === 'histogram' ? item.histogram : null;
    return { labels: Labels.fromObject(labels), value: item?.kind === 'value' ? item.value : NaN, histogram };
  });
  return { type: 'vector', timestampMs: MINUTE_MS, samples };
}

function matrix(results: Results, startMs = 0): QueryValue {
  const series = results.map(([labels, text]): MatrixSeries => {
    const timed = parseSequence(text).map((item, index) => ({
      item,
      timestampMs: startMs + index * MINUTE_MS,
    }));
    const floats = timed.flatMap(({ item, timestampMs }) =>
      item.kind === 'value' ? [{ timestampMs, value: item.value }] : [],
    );
    return {
      labels: Labels.fromObject(labels),
      timestampMs: Float64Array.from(floats, ({ timestampMs }) => timestampMs),
      value: Float64Array.from(floats, ({ value }) => value),
      count: floats.length,
      histograms: timed.flatMap(({ item, timestampMs }) =>
        item.kind === 'histogram' ? [{ timestampMs, histogram: item.histogram }] : [],
      ),
    };
  });
  return { type: 'matrix', series };
}

function compare(lines: readonly string[], value: QueryValue): string | null {
  const [command] = parseScript(lines.join('\n'));
  if (command?.kind !== 'eval') throw new Error('the script is one eval');
  return compareValue(command, value);
}

const HISTOGRAM = '{{schema:1 sum:3 count:4 buckets:[4]}}';

describe('compareValue of a vector', () => {
  const expected = [INSTANT, 'up{job="a"} 1', `up{job="b"} ${HISTOGRAM}`];

  it('passes what is as expected, in any order', () => {
    const [a, b] = [[{ __name__: 'up', job: 'a' }, '1'], [{ __name__: 'up', job: 'b' }, HISTOGRAM]] as const; // prettier-ignore
    expect(compare(expected, vector([a, b]))).toBeNull();
    expect(compare(expected, vector([b, a]))).toBeNull();
    expect(compare([INSTANT], vector([]))).toBeNull();
  });

  it.each([
    [
      'another value',
      [
        [{ __name__: 'up', job: 'a' }, '2'],
        [{ __name__: 'up', job: 'b' }, HISTOGRAM],
      ],
      'expected 1, got 2',
    ],
    [
      'another histogram',
      [
        [{ __name__: 'up', job: 'a' }, '1'],
        [{ __name__: 'up', job: 'b' }, '{{schema:1 sum:3 count:5 buckets:[4]}}'],
      ],
      'count is 5, want 4',
    ],
    [
      'a histogram for a float',
      [
        [{ __name__: 'up', job: 'a' }, HISTOGRAM],
        [{ __name__: 'up', job: 'b' }, HISTOGRAM],
      ],
      'expected 1, got {count:4, sum:3',
    ],
    [
      'a float for a histogram',
      [
        [{ __name__: 'up', job: 'a' }, '1'],
        [{ __name__: 'up', job: 'b' }, '4'],
      ],
      'expected the histogram {count:4, sum:3',
    ],
    [
      'a label value',
      [
        [{ __name__: 'up', job: 'a' }, '1'],
        [{ __name__: 'up', job: 'c' }, HISTOGRAM],
      ],
      'unexpected series up{job="c"} {count:4',
    ],
    [
      'an absent label',
      [
        [{ __name__: 'up' }, '1'],
        [{ __name__: 'up', job: 'b' }, HISTOGRAM],
      ],
      'unexpected series up 1',
    ],
    [
      'no metric name',
      [
        [{ job: 'a' }, '1'],
        [{ __name__: 'up', job: 'b' }, HISTOGRAM],
      ],
      'unexpected series {job="a"} 1',
    ],
    ['a missing series', [[{ __name__: 'up', job: 'a' }, '1']], 'up{job="b"} is missing'],
    [
      'an extra series',
      [
        [{ __name__: 'up', job: 'a' }, '1'],
        [{ __name__: 'up', job: 'b' }, HISTOGRAM],
        [{}, '3'],
      ],
      'unexpected series {} 3',
    ],
    [
      'a series twice',
      [
        [{ __name__: 'up', job: 'a' }, '1'],
        [{ __name__: 'up', job: 'a' }, '1'],
      ],
      'up{job="a"} came twice',
    ],
  ] as [string, Results, string][])('fails %s', (_, results, complaint) => {
    // prettier-ignore
    expect(compare(expected, vector(results))).toContain(complaint);
  });

  it.each([
    ['NaN for a histogram', '{{}}', 'NaN'],
    ['a histogram for NaN', 'NaN', '{{}}'],
    ['a histogram for 0', '0', '{{}}'],
    ['anything for nothing', '_', '0'],
    ['a histogram for nothing', '_', '{{}}'],
    ['a histogram for a marker of staleness', 'stale', '{{}}'],
    ['0 for NaN', 'NaN', '0'],
  ])('fails %s', (_, wanted, got) => {
    expect(compare([INSTANT, `{} ${wanted}`], vector([[{}, got]]))).not.toBeNull();
  });

  it('compares the order where it is expected', () => {
    const lines = [INSTANT, 'expect ordered', '{a="2"} 1', '{a="1"} {{}}'];
    const results: Results = [[{ a: '2' }, '1'], [{ a: '1' }, '{{}}']]; // prettier-ignore
    expect(compare(lines, vector(results))).toBeNull();
    expect(compare(lines, vector(results.toReversed()))).toContain('came at position 1, expected 2');
  });

  it('fails other types', () => {
    expect(compare([INSTANT, '1'], vector([[{}, '1']]))).toContain('expected the scalar 1, got a vector');
    expect(compare([INSTANT, 'expect string "1"'], vector([]))).toContain('expected a string, got a vector');
    const rangeVector = [INSTANT, 'expect range vector from 0 to 1m step 1m'];
    expect(compare(rangeVector, vector([]))).toContain('expected a range vector');
  });
});

describe('compareValue of a matrix', () => {
  const expected = [RANGE, `a 1 _ ${HISTOGRAM}`, 'b {{}} 2 3'];
  const right: Results = [[{ __name__: 'a' }, `1 _ ${HISTOGRAM}`], [{ __name__: 'b' }, '{{}} 2 3']]; // prettier-ignore

  it('passes what is as expected', () => {
    expect(compare(expected, matrix(right))).toBeNull();
    expect(compare([RANGE], matrix([]))).toBeNull();
  });

  it.each([
    ['another value', '{{}} 2 4', 'at 120000 ms: expected 3, got 4'],
    [
      'another histogram',
      '{{sum:1}} 2 3',
      'at 0 ms: expected {count:0, sum:0}, got {count:0, sum:1}: sum is 1, want 0',
    ],
    ['a missing float', '{{}} 2', 'expected a float at 120000 ms'],
    ['a missing histogram', '_ 2 3', 'expected a histogram at 0 ms'],
    ['a float for a histogram', '1 2 3', 'expected a histogram at 0 ms'],
    ['a histogram for a float', '{{}} 2 {{}}', 'expected a float at 120000 ms'],
    ['an extra float', '{{}} 2 3 4', 'expected 2 floats and 1 histograms'],
    ['an extra histogram', '{{}} 2 3 {{}}', 'expected 2 floats and 1 histograms'],
    ['nothing', '', 'expected a histogram at 0 ms'],
  ])('fails a series with %s', (_, items, complaint) => {
    expect(compare(expected, matrix([right[0] ?? [{}, ''], [{ __name__: 'b' }, items]]))).toContain(
      complaint,
    );
  });

  it('fails a point where none is expected, of either kind', () => {
    const [, b = [{}, '']] = right;
    for (const items of [`1 5 ${HISTOGRAM}`, `1 {{}} ${HISTOGRAM}`]) {
      expect(compare(expected, matrix([[{ __name__: 'a' }, items], b]))).not.toBeNull();
    }
  });

  it('fails series that are missing, too many, named otherwise or unsorted', () => {
    expect(compare(expected, matrix(right.slice(0, 1)))).toContain('expected series b is missing');
    expect(compare(expected, matrix([...right, [{ __name__: 'c' }, '7 {{}}']]))).toBe(
      'unexpected series c [7@0 {count:0, sum:0}@60000]',
    );
    expect(compare(expected, matrix([right[0] ?? [{}, ''], [{ __name__: 'bb' }, '{{}} 2 3']]))).toContain(
      'unexpected series bb',
    );
    expect(compare(expected, matrix(right.toReversed()))).toContain('not sorted');
    expect(compare(expected, matrix([...right, ...right.slice(1)]))).toContain('not sorted');
  });

  it('fails an expectation of more points than steps', () => {
    expect(compare([RANGE, 'a 1 2 3 4'], matrix([[{ __name__: 'a' }, '1 2 3 4']]))).toContain(
      'than the range can have',
    );
  });

  it('fails other types, and an order', () => {
    expect(compare([RANGE, '1'], matrix([]))).toContain('expected the scalar 1, got a matrix');
    expect(compare([RANGE, 'expect ordered'], matrix([]))).toContain('ordered');
  });

  it('takes the times of a range vector', () => {
    const lines = ['eval instant at 3m a[2m]', 'expect range vector from 2m to 3m step 1m', 'a 1 {{}}'];
    expect(compare(lines, matrix([[{ __name__: 'a' }, '1 {{}}']], 2 * MINUTE_MS))).toBeNull();
    expect(compare(lines, matrix([[{ __name__: 'a' }, '1 {{}}']], MINUTE_MS))).toContain(
      'expected a float at 120000 ms',
    );
  });
});

describe('compareValue of scalars and strings', () => {
  const scalar: QueryValue = { type: 'scalar', timestampMs: 0, value: 2 };
  const string: QueryValue = { type: 'string', timestampMs: 0, value: 'text' };

  it('passes what is as expected', () => {
    expect(compare([INSTANT, '2'], scalar)).toBeNull();
    expect(compare([INSTANT, 'expect string "text"'], string)).toBeNull();
  });

  it.each([
    ['3', scalar, 'expected 3, got 2'],
    ['{} 2', scalar, 'got the scalar 2'],
    ['expect string "2"', scalar, 'expected a string, got a scalar'],
    ['expect string "other"', string, 'expected "other", got the string "text"'],
    ['{} 1', string, 'expected no string'],
    ['2', string, 'expected the scalar 2, got a string'],
  ])('fails what is not %s', (line, value, complaint) => {
    expect(compare([INSTANT, line], value)).toContain(complaint);
  });
});
