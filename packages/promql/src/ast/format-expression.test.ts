import { describe, expect, it } from 'vitest';
import { parseExpression } from '../parser/parse-expression.ts';
import { formatExpression } from './format-expression.ts';

/** A name of so many letters. */
function name(length: number): string {
  return 'n'.repeat(length);
}

function format(text: string): string[] {
  return formatExpression(parseExpression(text)).split('\n');
}

describe('formatExpression', () => {
  it('leaves what fits on one line', () => {
    expect(format('sum ( a )  by(b)')).toEqual(['sum by (b) (a)']);
    expect(format(`(${name(98)})`)).toEqual([`(${name(98)})`]);
  });

  it('counts bytes', () => {
    // 100 bytes in 52 characters, and 102 in 53.
    expect(format(`("${'é'.repeat(48)}")`)).toHaveLength(1);
    expect(format(`("${'é'.repeat(49)}")`)).toEqual(['(', `  "${'é'.repeat(49)}"`, ')']);
  });

  it('splits parentheses, calls and aggregations around their parts', () => {
    expect(format(`((${name(97)}))`)).toEqual(['(', `  (${name(97)})`, ')']);
    expect(format(`clamp(rate(${name(90)}[5m]), 1, 2)`)).toEqual([
      'clamp(',
      `  rate(${name(90)}[5m]),`,
      '  1,',
      '  2',
      ')',
    ]);
    expect(format(`topk by (a) (3, ${name(96)})`)).toEqual(['topk by (a) (', '  3,', `  ${name(96)}`, ')']);
    expect(format(`sum(sum(${name(97)}))`)).toEqual(['sum(', '  sum(', `    ${name(97)}`, '  )', ')']);
  });

  it('puts operators between their operands, which are indented', () => {
    expect(format(`${name(60)} == bool on (a) group_left (b) ${name(50)} + c`)).toEqual([
      `  ${name(60)}`,
      '== bool on (a) group_left (b)',
      `  ${name(50)} + c`,
    ]);
    expect(format(`${name(50)} + ${name(51)} - ${name(40)}`)).toEqual([
      `    ${name(50)}`,
      '  +',
      `    ${name(51)}`,
      '-',
      `  ${name(40)}`,
    ]);
  });

  it('keeps a sign with its operand', () => {
    expect(format(`-(${name(100)})`)).toEqual(['-(', `  ${name(100)}`, ')']);
    expect(format(`1 + -abs(${name(100)})`)).toEqual(['  1', '+', '  -abs(', `    ${name(100)}`, '  )']);
  });

  it('splits the expression of a subquery, and does not indent one that fits', () => {
    expect(format(`rate(sum(${name(96)})[5m:1m] offset 1h)`)).toEqual([
      'rate(',
      '  sum(',
      `    ${name(96)}`,
      '  )[5m:1m] offset 1h',
      ')',
    ]);
    expect(format(`quantile_over_time(scalar(${name(80)}), a[5m:])`)).toEqual([
      'quantile_over_time(',
      `  scalar(${name(80)}),`,
      'a[5m:]',
      ')',
    ]);
  });

  it('leaves long what has no parts', () => {
    expect(format(`rate(${name(120)}{a="b"}[5m])`)).toEqual(['rate(', `  ${name(120)}{a="b"}[5m]`, ')']);
  });

  it('prints each part once, however deep it stands', () => {
    const depth = 390;
    const text = `${'('.repeat(depth)}${name(100_000)}${')'.repeat(depth)}`;
    const startMs = performance.now();
    expect(format(text)).toHaveLength(2 * depth + 1);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});
