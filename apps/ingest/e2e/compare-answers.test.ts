import { describe, expect, it } from 'vitest';
import { differences, isSameValue } from './compare-answers.ts';
import type { Answer } from './prometheus-api.ts';

describe('isSameValue', () => {
  it.each([
    ['1', '1.0000000000001', true],
    ['1', '1.00000000001', false],
    ['NaN', 'NaN', true],
    ['NaN', '0', false],
    ['+Inf', '+Inf', true],
    ['+Inf', '-Inf', false],
    ['+Inf', '1e308', false],
    ['0', '-0', true],
    ['0', '1e-300', false],
  ])('%s and %s: %s', (actual, expected, isSame) => {
    expect(isSameValue(actual, expected)).toBe(isSame);
  });
});

describe('differences', () => {
  const vector = (...series: Answer['series']): Answer => ({ resultType: 'vector', series });
  const matrix = (...values: [number, string][]): Answer => ({
    resultType: 'matrix',
    series: [{ metric: { a: 'x' }, values }],
  });

  it('takes series in any order, with labels in any order', () => {
    const left = vector(
      { metric: { a: '1', b: '2' }, value: [1, '5'] },
      { metric: { a: '2' }, value: [1, '6'] },
    );
    const right = vector(
      { metric: { a: '2' }, value: [1, '6'] },
      { metric: { b: '2', a: '1' }, value: [1, '5'] },
    );
    expect(differences(left, right)).toEqual([]);
  });

  it.each([
    ['a value', matrix([1, '1'], [2, '2']), matrix([1, '1'], [2, '3']), '{a="x"} at 2: 2, want 3'],
    ['a missing point', matrix([1, '1']), matrix([1, '1'], [2, '3']), '{a="x"}: points at 1, want 1 2'],
    ['a time', matrix([1, '1']), matrix([1.5, '1']), '{a="x"}: points at 1, want 1.5'],
    ['a missing series', vector(), vector({ metric: { a: 'x' }, value: [1, '1'] }), 'missing series {a="x"}'],
    ['an extra series', vector({ metric: {}, value: [1, '1'] }), vector(), 'extra series {}'],
    ['the type', vector(), matrix([1, '1']), 'result type vector, want matrix'],
  ])('finds %s', (_name, actual, expected, difference) => {
    expect(differences(actual, expected)).toEqual([difference]);
  });
});
