import { describe, expect, it } from 'vitest';
import { responseDifferences } from './compare-responses.ts';
import type { BucketHistogram, QueryResponse, Question, ResponseSeries } from './query-response.ts';

const INSTANT: Question = { query: 'up', time: { atS: 5 } };
const RANGE: Question = { query: 'up', time: { startS: 0, endS: 30, stepS: 15 } };
const HISTOGRAM: BucketHistogram = { count: '3', sum: '4', buckets: [[0, '1', '2', '3']] };

function vector(...result: ResponseSeries[]): QueryResponse {
  return { httpStatus: 200, status: 'success', data: { resultType: 'vector', result } };
}

function matrix(...values: [number, string][]): QueryResponse {
  const result = [{ metric: { a: 'x' }, values }];
  return { httpStatus: 200, status: 'success', data: { resultType: 'matrix', result } };
}

function withHistogram(histogram: BucketHistogram): QueryResponse {
  return vector({ metric: {}, histogram: [5, histogram] });
}

function failed(error: string): QueryResponse {
  return { httpStatus: 422, status: 'error', errorType: 'execution', error };
}

function telling(...infos: string[]): QueryResponse {
  return { ...vector(), infos };
}

const sample = (a: string, value: string): ResponseSeries => ({ metric: { a }, value: [5, value] });

describe('responseDifferences', () => {
  it.each([
    [
      'series in any order',
      vector(sample('x', '1'), sample('y', '2')),
      vector(sample('y', '2'), sample('x', '1')),
    ],
    ['the last digits', vector(sample('x', '1')), vector(sample('x', '1.0000000001'))],
    ['NaN', vector(sample('x', 'NaN')), vector(sample('x', 'NaN'))],
    [
      'the last digits of a bucket',
      withHistogram(HISTOGRAM),
      withHistogram({ ...HISTOGRAM, buckets: [[0, '1', '2', '3.0000000001']] }),
    ],
    ['notes in any order', telling('a (1:1)', 'b (1:2)'), telling('b (1:2)', 'a (1:1)')],
    ['the last digits in notes', telling('got 3.1 (1:1)'), telling('got 3.1000000000001 (1:1)')],
    [
      'notes with the same digits that are compared',
      telling('got 3.1 (1:1)', 'got 3.1000000000001 (1:1)'),
      telling('got 3.1000000000001 (1:1)', 'got 3.1 (1:1)'),
    ],
    [
      'which series an error names',
      failed('found duplicate series for the match group {a="}"} on the left side'),
      failed('found duplicate series for the match group {a="y"} on the left side'),
    ],
  ])('takes %s', (_name, actual, expected) => {
    expect(responseDifferences(INSTANT, actual, expected)).toEqual([]);
  });

  it.each([
    ['a value', vector(sample('x', '1')), vector(sample('x', '2')), '{a="x"} at 5: 1, want 2'],
    [
      'the end of the numbers',
      vector(sample('x', '+Inf')),
      vector(sample('x', '1e308')),
      '{a="x"} at 5: +Inf, want 1e308',
    ],
    ['a series too many', vector(sample('x', '1')), vector(), 'extra series {a="x"}'],
    ['a series too few', vector(), vector(sample('x', '1')), 'missing series {a="x"}'],
    [
      'a series twice',
      vector(sample('x', '1'), sample('x', '1')),
      vector(sample('x', '1')),
      'a label set stands twice in the answer',
    ],
    ['a type', vector(), matrix(), 'result type: vector, want matrix'],
    [
      'a bucket',
      withHistogram(HISTOGRAM),
      withHistogram({ ...HISTOGRAM, buckets: [[0, '1', '4', '3']] }),
      '{} (histograms) at 5: {"count":"3","sum":"4","buckets":[[0,"1","2","3"]]}, want {"count":"3","sum":"4","buckets":[[0,"1","4","3"]]}',
    ],
    ['a note too many', telling('a (1:1)'), telling(), 'extra info: a (1:1)'],
    ['a note too few', telling(), telling('a (1:1)'), 'missing info: a (1:1)'],
    ['the place of a note', telling('a (1:1)'), telling('a (1:2)'), 'position of info: a: (1:1), want (1:2)'],
    [
      'the number of notes that are not shown',
      telling('a (1:1)', '3 more info annotations omitted'),
      telling('b (1:1)', '4 more info annotations omitted'),
      'number of infos: 4, want 5',
    ],
    ['an error', failed('one'), failed('other'), 'error: one, want other'],
  ])('finds %s', (_name, actual, expected, difference) => {
    expect(responseDifferences(INSTANT, actual, expected)).toEqual([difference]);
  });

  it('finds an error that only one side has', () => {
    expect(responseDifferences(INSTANT, failed('one'), vector())).toEqual([
      'HTTP status: 422, want 200',
      'status: error, want success',
      'error type: execution, want none',
      'error: one, want none',
    ]);
  });

  it('finds points by their times', () => {
    expect(responseDifferences(RANGE, matrix([0, '1'], [15, '2']), matrix([15, '3'], [30, '4']))).toEqual([
      '{a="x"}: extra points at 0',
      '{a="x"}: missing points at 30',
      '{a="x"} at 15: 2, want 3',
    ]);
  });

  it('takes either error of a range query that is ambiguous at several steps', () => {
    const one = failed('found duplicate series for the match group {a="x"} on the left side');
    const other = failed('multiple matches for labels: many-to-one matching must be explicit');
    expect(responseDifferences(RANGE, one, other)).toEqual([]);
    expect(responseDifferences(INSTANT, one, other)).toHaveLength(1);
  });

  it('minds the order that a query asks for, of equal values any', () => {
    const sorted: Question = { ...INSTANT, query: 'sort(up)' };
    const left = vector(sample('x', '1'), sample('y', '1'), sample('z', '2'));
    const right = vector(sample('y', '1'), sample('x', '1'), sample('z', '2'));
    expect(responseDifferences(sorted, left, right)).toEqual([]);
    const wrong = vector(sample('z', '2'), sample('x', '1'), sample('y', '1'));
    expect(responseDifferences(sorted, wrong, right)).toHaveLength(1);
    expect(responseDifferences(INSTANT, wrong, right)).toEqual([]);
  });
});
