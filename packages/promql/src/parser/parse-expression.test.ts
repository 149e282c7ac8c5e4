import { errorCode, errorMessage, unreachable } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import type { DurationExpression, Expression } from '../ast/expression.ts';
import {
  ERR_QUERY_DEPTH_MAX,
  ERR_QUERY_NOT_SUPPORTED,
  ERR_QUERY_SYNTAX,
  ERR_QUERY_TYPE,
} from '../error-codes.ts';
import { parseExpression, parseSelector } from './parse-expression.ts';

function duration(expression: DurationExpression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.seconds);
    case 'negate':
      return `-${duration(expression.operand)}`;
    case 'binary':
      return `(${duration(expression.left)} ${expression.operator} ${duration(expression.right)})`;
    case 'step':
    case 'range':
      return `${expression.kind}()`;
    default:
      return unreachable(expression);
  }
}

/** A fully bracketed form that shows what binds to what. */
function shape(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value);
    case 'string':
      return JSON.stringify(expression.value);
    case 'vector-selector': {
      const matchers = expression.matchers.map((matcher) => matcher.toString().replace('__name__=', ''));
      return `${matchers.join('&')}${shift(expression)}`;
    }
    case 'matrix-selector':
      return `${shape(expression.selector)}[${duration(expression.range)}]`;
    case 'subquery': {
      const step = expression.step === null ? '' : duration(expression.step);
      return `${shape(expression.expression)}[${duration(expression.range)}:${step}]${shift(expression)}`;
    }
    case 'parenthesis':
      return shape(expression.expression);
    case 'unary':
      return `(${expression.operator}${shape(expression.operand)})`;
    case 'binary':
      return `(${shape(expression.left)} ${expression.operator} ${shape(expression.right)})`;
    case 'call':
      return `${expression.functionName}(${expression.args.map(shape).join(', ')})`;
    case 'aggregation':
      return `${expression.name}(${shape(expression.expression)})`;
    default:
      return unreachable(expression);
  }
}

function shift({ offset, at }: Extract<Expression, { kind: 'vector-selector' | 'subquery' }>): string {
  const time = at === null ? '' : at.kind === 'time' ? `@${at.timestampMs}` : `@${at.kind}`;
  return (offset === null ? '' : `~${duration(offset)}`) + time;
}

describe('parseExpression', () => {
  it.each([
    // Postfix modifiers bind to the operand beside them.
    ['a + b offset 5m', '("a" + "b"~300)'],
    ['a + b offset 5m * c', '("a" + ("b"~300 * "c"))'],
    ['a ^ b @ 3', '("a" ^ "b"@3000)'],
    ['-a @ 5 ^ 2', '(-("a"@5000 ^ 2))'],
    ['a offset -1m @ start()', '"a"~-60@start'],
    ['sum_over_time((a + b)[5m:] offset 1m)', 'sum_over_time(("a" + "b")[300:]~60)'],
    ['rate(a[5m] @ end() offset 1h)', 'rate("a"~3600@end[300])'],
    ['max_over_time(rate(a[1m])[10m:30s])', 'max_over_time(rate("a"[60])[600:30])'],
    // Operators.
    ['-2 ^ 2', '(-(2 ^ 2))'],
    ['2 ^ 3 ^ 2', '(2 ^ (3 ^ 2))'],
    ['2 ^ -3 ^ 2', '(2 ^ (-(3 ^ 2)))'],
    ['-a * b', '((-"a") * "b")'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['a or b and c unless d', '("a" or (("b" and "c") unless "d"))'],
    ['a > b + c * d', '("a" > ("b" + ("c" * "d")))'],
    ['a atan2 b + c', '(("a" atan2 "b") + "c")'],
    ['a - -1', '("a" - -1)'],
    // Names that are keywords elsewhere, keywords in any case.
    ['sum', '"sum"'],
    ['SUM BY (on) (by)', 'sum("by")'],
    ['x{on="1", bool=~"y"}', '"x"&on="1"&bool=~"y"'],
    ['{"a.b", "c d"!="e"}', '"a.b"&c d!="e"'],
    ['min_of(1, 2) + max_of(3, 4)', '(min_of(1, 2) + max_of(3, 4))'],
    // Durations as expressions.
    ['rate(a[min_of(5m, 2 * step())])', 'rate("a"[(300 min_of (2 * step()))])'],
    ['a offset (RANGE() / 2)', '"a"~(range() / 2)'],
    ['a offset 2 ^ 2', '("a"~2 ^ 2)'],
    ['rate(a[1h30m])', 'rate("a"[5400])'],
  ])('reads %s as %s', (text, expected) => {
    expect(shape(parseExpression(text))).toBe(expected);
  });

  it.each([
    ['', ERR_QUERY_SYNTAX, /^1:1: parse error: unexpected end of input$/],
    ['1 +', ERR_QUERY_SYNTAX, /^1:4: parse error: unexpected end of input$/],
    ['a b', ERR_QUERY_SYNTAX, /^1:3: parse error: unexpected identifier "b"$/],
    ['sum(a,)', ERR_QUERY_SYNTAX, /^1:7: parse error: unexpected "\)"$/],
    ['\n  a b', ERR_QUERY_SYNTAX, /^2:5: parse error: unexpected identifier "b"$/],
    ['up(', ERR_QUERY_SYNTAX, /^1:4: parse error: unclosed left parenthesis$/],
    ['sum(up', ERR_QUERY_SYNTAX, /^1:7: parse error: unclosed left parenthesis$/],
    ['rate(up[5m]', ERR_QUERY_SYNTAX, /^1:12: parse error: unclosed left parenthesis$/],
    ['(up{a=")"}\n', ERR_QUERY_SYNTAX, /^2:1: parse error: unclosed left parenthesis$/],
    ['up[5m', ERR_QUERY_SYNTAX, /^1:6: parse error: unclosed left bracket$/],
    ['sum(up{a="b"', ERR_QUERY_SYNTAX, /^1:13: parse error: unexpected end of input inside braces$/],
    ['up{a="b', ERR_QUERY_SYNTAX, /^1:6: parse error: unterminated quoted string$/],
    ["'b", ERR_QUERY_SYNTAX, /^1:1: parse error: unterminated quoted string$/],
    ['up{a=`b', ERR_QUERY_SYNTAX, /^1:6: parse error: unterminated raw string$/],
    ['rate(x[0s])', ERR_QUERY_SYNTAX, /^1:8: parse error: duration must be greater than 0$/],
    ['rate(x[-1m])', ERR_QUERY_SYNTAX, /^1:8: parse error: duration must be greater than 0$/],
    ['x[0]', ERR_QUERY_SYNTAX, /^1:3: parse error: duration must be greater than 0$/],
    ['x[5m:0s]', ERR_QUERY_SYNTAX, /^1:6: parse error: duration must be greater than 0$/],
    ['x[-5m:1m]', ERR_QUERY_SYNTAX, /^1:3: parse error: duration must be greater than 0$/],
    ['foo(a)', ERR_QUERY_SYNTAX, /^1:1: parse error: unknown function with name "foo"$/],
    ['{a=~".*"}', ERR_QUERY_SYNTAX, /must contain at least one non-empty matcher$/],
    ['a{__name__="b"}', ERR_QUERY_SYNTAX, /metric name must not be set twice: "a" or "b"$/],
    ['a{b=~"("}', ERR_QUERY_SYNTAX, /^1:3: parse error: error parsing regexp: missing closing \): `\(`$/],
    ['sum(a) offset 5m', ERR_QUERY_SYNTAX, /offset modifier must be preceded by/],
    ['a offset 1m offset 1m', ERR_QUERY_SYNTAX, /offset may not be set multiple times$/],
    ['rate(a offset 1m [5m])', ERR_QUERY_SYNTAX, /no offset modifiers allowed before range$/],
    ['rate((a)[5m])', ERR_QUERY_SYNTAX, /ranges only allowed for vector selectors$/],
    ['a @ Inf', ERR_QUERY_SYNTAX, /timestamp out of bounds/],
    ['a and on(x) group_left() b', ERR_QUERY_SYNTAX, /no grouping allowed for "and" operation$/],
    ['topk(a)', ERR_QUERY_SYNTAX, /wrong number of arguments.*expected 2, got 1$/],
    ['a{"\\xff"="1"}', ERR_QUERY_SYNTAX, /invalid label name "\\xff"$/],
    [
      'rate(a)',
      ERR_QUERY_TYPE,
      /^1:6: parse error: expected type range vector in call to function "rate", got instant vector$/,
    ],
    ['rate()', ERR_QUERY_TYPE, /expected 1 argument\(s\) in call to "rate", got 0$/],
    ['round(a, 1, 2)', ERR_QUERY_TYPE, /expected at most 2 argument\(s\)/],
    ['label_join(a)', ERR_QUERY_TYPE, /expected at least 3 argument\(s\)/],
    ['sum(1)', ERR_QUERY_TYPE, /expected type instant vector in aggregation expression, got scalar$/],
    ['topk("a", b)', ERR_QUERY_TYPE, /expected type scalar in aggregation parameter, got string$/],
    ['1 == 2', ERR_QUERY_TYPE, /comparisons between scalars must use BOOL modifier$/],
    ['1 + bool 2', ERR_QUERY_TYPE, /bool modifier can only be used on comparison operators$/],
    ['a and 1', ERR_QUERY_TYPE, /set operator "and" not allowed in binary scalar expression$/],
    ['1 + on(a) 2', ERR_QUERY_TYPE, /vector matching only allowed between instant vectors$/],
    ['a + on(x) group_left(x) b', ERR_QUERY_TYPE, /must not occur in ON and GROUP clause at once$/],
    ['a[5m] + 1', ERR_QUERY_TYPE, /must contain only scalar and instant vector types$/],
    ['-"a"', ERR_QUERY_TYPE, /unary expression only allowed on expressions of type scalar/],
    ['a[5m][5m:]', ERR_QUERY_TYPE, /subquery is only allowed on instant vector/],
    ['info(a)', ERR_QUERY_NOT_SUPPORTED, /^info\(\) is not supported/],
    ['limitk(1, a)', ERR_QUERY_NOT_SUPPORTED, /^limitk is not supported/],
    ['rate(a[5m] anchored)', ERR_QUERY_NOT_SUPPORTED, /^anchored is not supported/],
    ['a + fill(0) b', ERR_QUERY_NOT_SUPPORTED, /^fill is not supported/],
    ['a </ 1', ERR_QUERY_NOT_SUPPORTED, /^operator <\/ is not supported/],
  ])('refuses %j with %s', (text, code, message) => {
    const error = failure(() => parseExpression(text));
    expect(errorCode(error)).toBe(code);
    expect(errorMessage(error)).toMatch(message);
  });

  const deep = 10_000;
  it.each([
    ['parentheses', `${'('.repeat(deep)}1${')'.repeat(deep)}`],
    ['calls', `${'abs('.repeat(deep)}a${')'.repeat(deep)}`],
    ['signs', `${'-'.repeat(deep)}1`],
    ['sums', `a${'+a'.repeat(deep)}`],
    ['powers', `1${'^1'.repeat(deep)}`],
    ['subqueries', `a${'[5m:]'.repeat(deep)}`],
    ['durations', `rate(a[${'-'.repeat(deep)}5m])`],
    ['length', `a{b="${'x'.repeat(300_000)}"}`],
  ])('refuses bombs of %s', (_name, text) => {
    expect(errorCode(failure(() => parseExpression(text)))).toBe(ERR_QUERY_DEPTH_MAX);
  });

  it('accepts what is deep but within the limit', () => {
    expect(parseExpression(`a${' or a'.repeat(390)}`).kind).toBe('binary');
    expect(parseExpression(`${'('.repeat(150)}a${')'.repeat(150)}`).kind).toBe('parenthesis');
  });

  it('keeps positions in the original text', () => {
    const expression = parseExpression('  1. + rate(a[5m])');
    expect(expression.position).toEqual({ start: 2, end: 18 });
    expect(expression.kind === 'binary' && expression.right.position).toEqual({ start: 7, end: 18 });
  });
});

describe('parseSelector', () => {
  it('gives the matchers', () => {
    expect(parseSelector('up{job=~"a|b"}').map(String)).toEqual(['__name__="up"', 'job=~"a|b"']);
  });

  it.each(['up[5m]', 'up offset 1m', 'up @ 1', 'sum(up)', '{}', '{a=""}', '1'])('refuses %s', (text) => {
    expect(errorCode(failure(() => parseSelector(text)))).toBe(ERR_QUERY_SYNTAX);
  });
});

function failure(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}
