import { describe, expect, it } from 'vitest';
import { TimeGrid } from '../evaluate/time-grid.ts';
import { parseExpression } from '../parser/parse-expression.ts';
import type { PlanNode, QueryPlan } from './plan-node.ts';
import { planQuery } from './planner.ts';

const START_MS = 3_600_000;
const END_MS = 7_200_000;
const STEP_MS = 60_000;

function plan(query: string, stepMs = STEP_MS): QueryPlan {
  const times = { startMs: START_MS, endMs: stepMs === 0 ? START_MS : END_MS, stepMs };
  const grid = stepMs === 0 ? TimeGrid.single(START_MS) : TimeGrid.between(START_MS, END_MS, stepMs);
  return planQuery(parseExpression(query), grid, { times, lookbackDeltaMs: 300_000, subqueryStepMs: 60_000 });
}

function ranges(query: string, stepMs = STEP_MS): (readonly [number, number])[] {
  return plan(query, stepMs).selects.map(({ request }) => [
    request.rangeStartMsInclusive,
    request.rangeEndMsInclusive,
  ]);
}

describe('planQuery', () => {
  it.each([
    ['a', [[START_MS - 299_999, END_MS]]],
    ['a offset 1m', [[START_MS - 359_999, END_MS - 60_000]]],
    ['a offset -1m', [[START_MS - 239_999, END_MS + 60_000]]],
    ['rate(a[10m])', [[START_MS - 599_999, END_MS]]],
    ['a @ 100', [[100_000 - 299_999, 100_000]]],
    ['a @ end()', [[END_MS - 299_999, END_MS]]],
    ['rate(a[10m] @ start() offset 1m)', [[START_MS - 659_999, START_MS - 60_000]]],
    // The inner grid starts at the first whole step after the window's start.
    ['sum_over_time(a[10m:7m])', [[3_360_000 - 299_999, 7_140_000]]],
    [
      'a + b',
      [
        [START_MS - 299_999, END_MS],
        [START_MS - 299_999, END_MS],
      ],
    ],
  ])('%s selects the samples it needs', (query, expected) => {
    expect(ranges(query)).toEqual(expected);
  });

  it('asks for a single time when the query does', () => {
    expect(ranges('a', 0)).toEqual([[START_MS - 299_999, START_MS]]);
    expect(plan('a', 0).selects[0]?.request.hints.stepMs).toBe(0);
  });

  it.each([
    ['sum by (x) (rate(a[5m]))', { stepMs: STEP_MS, rangeMs: 300_000, functionName: 'rate' }],
    ['sum by (x) ((a))', { stepMs: STEP_MS, rangeMs: 0, functionName: 'sum' }],
    ['a + 1', { stepMs: STEP_MS, rangeMs: 0, functionName: '' }],
  ])('%s hints what the samples are for', (query, hints) => {
    expect(plan(query).selects[0]?.request.hints).toEqual(hints);
  });

  it('shares equal sub-expressions and equal selections', () => {
    const { root, selects } = plan('sum(rate(a[5m])) / (sum(rate(a[5m])) + count(a))');
    expect(selects).toHaveLength(2);
    const left = root.kind === 'binary' ? root.left : null;
    const right = root.kind === 'binary' && root.right.kind === 'binary' ? root.right.left : undefined;
    expect(right).toBe(left);
    expect(left?.sites).toHaveLength(2);
  });

  it('does not share what differs in time', () => {
    expect(plan('a - a offset 1m').selects).toHaveLength(2);
    expect(plan('max_over_time(a[5m:]) - a').selects).toHaveLength(2);
  });

  it.each([
    ['1 + 2 * 3', 7],
    ['-(2 ^ 3)', -8],
    ['1 < bool 2', 1],
  ])('folds %s', (query, value) => {
    expect(plan(query).root).toMatchObject({ kind: 'number', value });
  });

  it.each<[string, PlanNode['kind'], PlanNode['kind']]>([
    ['a @ 5 + b @ 6', 'repeat', 'binary'],
    ['rate(a[5m] @ 5)', 'repeat', 'call'],
    ['vector(1)', 'repeat', 'call'],
  ])('%s is evaluated once', (query, outer, inner) => {
    const { root } = plan(query);
    expect(root.kind).toBe(outer);
    expect(root.kind === 'repeat' && root.inner).toMatchObject({ kind: inner, grid: { stepCount: 1 } });
  });

  it.each(['a @ 5 + b', 'time()', 'predict_linear(a[5m] @ 5, 10)', 'hour(vector(1))'])(
    '%s is evaluated at every step',
    (query) => {
      expect(plan(query).root.kind).not.toBe('repeat');
    },
  );

  it.each([
    ['rate(a[5m - 10m])', /must be greater than 0/],
    ['rate(a[5m / 0])', /division by zero/],
    ['rate(a[300y])', /out of range/],
  ])('refuses %s', (query, message) => {
    expect(() => plan(query)).toThrow(message);
  });
});
