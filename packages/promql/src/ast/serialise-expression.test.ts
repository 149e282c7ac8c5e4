import { describe, expect, it } from 'vitest';
import { parseExpression } from '../parser/parse-expression.ts';
import { serialiseExpression, type SerialisedExpression } from './serialise-expression.ts';

function serialise(text: string): SerialisedExpression {
  return serialiseExpression(parseExpression(text));
}

const a: SerialisedExpression = {
  type: 'vectorSelector',
  name: 'a',
  offset: 0,
  offsetExpr: null,
  matchers: [{ name: '__name__', value: 'a', type: '=' }],
  timestamp: null,
  startOrEnd: null,
  anchored: false,
  smoothed: false,
};

function seconds(val: string, duration = true): SerialisedExpression {
  return { type: 'numberLiteral', val, duration };
}

describe('serialiseExpression', () => {
  it('gives literals', () => {
    expect(serialise('1.50')).toEqual({ type: 'numberLiteral', val: '1.5' });
    expect(serialise('5m')).toEqual({ type: 'numberLiteral', val: '300' });
    expect(serialise('-inf')).toEqual({ type: 'numberLiteral', val: '-Inf' });
    expect(serialise("'a\\n'")).toEqual({ type: 'stringLiteral', val: 'a\n' });
  });

  it('gives selectors, the name outside of the braces last', () => {
    expect(serialise('a')).toEqual(a);
    expect(serialise('a{b!~"c"} smoothed @ 1.5 offset -1m')).toEqual({
      ...a,
      offset: -60_000,
      matchers: [
        { name: 'b', value: 'c', type: '!~' },
        { name: '__name__', value: 'a', type: '=' },
      ],
      timestamp: 1500,
      smoothed: true,
    });
    expect(serialise('{"x", b="c"} @ end()')).toEqual({
      ...a,
      name: '',
      matchers: [
        { name: '__name__', value: 'x', type: '=' },
        { name: 'b', value: 'c', type: '=' },
      ],
      startOrEnd: 'end',
    });
  });

  it('gives ranges in milliseconds', () => {
    expect(serialise('a[1m30s] anchored offset 0.5')).toEqual({
      ...a,
      type: 'matrixSelector',
      range: 90_000,
      rangeExpr: null,
      offset: 500,
      anchored: true,
    });
    expect(serialise('a[5m:] @ start()')).toEqual({
      type: 'subquery',
      expr: a,
      range: 300_000,
      rangeExpr: null,
      offset: 0,
      offsetExpr: null,
      step: 0,
      stepExpr: null,
      timestamp: null,
      startOrEnd: 'start',
    });
  });

  it('gives durations that are no numbers as trees', () => {
    expect(serialise('a[5m + 60] offset -max_of(step(), (1h / 2))')).toEqual({
      ...a,
      type: 'matrixSelector',
      range: 0,
      rangeExpr: {
        type: 'durationExpr',
        op: '+',
        lhs: seconds('300'),
        rhs: seconds('60', false),
        wrapped: false,
      },
      offsetExpr: {
        type: 'durationExpr',
        op: '-',
        lhs: null,
        rhs: {
          type: 'durationExpr',
          op: 'max_of',
          lhs: { type: 'durationExpr', op: 'step', lhs: null, rhs: null, wrapped: false },
          rhs: {
            type: 'durationExpr',
            op: '/',
            lhs: seconds('3600'),
            rhs: seconds('2', false),
            wrapped: true,
          },
          wrapped: false,
        },
        wrapped: false,
      },
    });
    expect(serialise('a[5m:range() % -7s]')).toMatchObject({
      range: 300_000,
      rangeExpr: null,
      step: 0,
      stepExpr: { op: '%', lhs: { op: 'range' }, rhs: seconds('-7') },
    });
  });

  it('gives operators with their matching', () => {
    expect(serialise('-(a)')).toEqual({ type: 'unaryExpr', op: '-', expr: { type: 'parenExpr', expr: a } });
    expect(serialise('a > bool 1')).toEqual({
      type: 'binaryExpr',
      op: '>',
      lhs: a,
      rhs: { type: 'numberLiteral', val: '1' },
      matching: null,
      bool: true,
    });
    expect(serialise('a </ on (b) group_right ("c d") fill_left(2) a')).toMatchObject({
      op: '</',
      matching: {
        card: 'one-to-many',
        labels: ['b'],
        on: true,
        include: ['c d'],
        fillValues: { lhs: 2, rhs: null },
      },
      bool: false,
    });
    expect(serialise('a UNLESS a')).toMatchObject({
      op: 'unless',
      matching: { card: 'many-to-many', labels: [], on: false, include: [] },
    });
  });

  it('gives calls with the types of their function', () => {
    expect(serialise('round(a)')).toEqual({
      type: 'call',
      func: { name: 'round', argTypes: ['vector', 'scalar'], variadic: 1, returnType: 'vector' },
      args: [a],
    });
    expect(serialise('label_join(a, "b", ",")')).toMatchObject({
      func: { argTypes: ['vector', 'string', 'string', 'string'], variadic: -1 },
    });
    expect(serialise('histogram_quantiles(a, "b", 1)')).toMatchObject({ func: { variadic: 9 } });
    expect(serialise('time()')).toMatchObject({ func: { argTypes: [], returnType: 'scalar' }, args: [] });
  });

  it('gives aggregations', () => {
    expect(serialise('sum(a)')).toEqual({
      type: 'aggregation',
      op: 'sum',
      expr: a,
      param: null,
      grouping: [],
      without: false,
    });
    expect(serialise('TOPK(2, a) without (b)')).toMatchObject({
      op: 'topk',
      param: { type: 'numberLiteral', val: '2' },
      grouping: ['b'],
      without: true,
    });
  });
});
