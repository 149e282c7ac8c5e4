import { errorCode, errorMessage, unreachable } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import type { DurationExpression, Expression } from '../ast/expression.ts';
import { ERR_QUERY_DEPTH_MAX, ERR_QUERY_SYNTAX } from '../error-codes.ts';
import { parseExpression, parseSelector } from './parse-expression.ts';

function duration(expression: DurationExpression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.seconds);
    case 'negate':
      return `(-${duration(expression.operand)})`;
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
      const extension = expression.extension === null ? '' : ` ${expression.extension}`;
      return `${matchers.join('&')}${extension}${shift(expression)}`;
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
    case 'aggregation': {
      const parameter = expression.parameter === null ? '' : `${shape(expression.parameter)}, `;
      return `${expression.name}(${parameter}${shape(expression.expression)})`;
    }
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
    ['a @ -1.2345', '"a"@-1235'],
    ['sum_over_time((a + b)[5m:] offset 1m)', 'sum_over_time(("a" + "b")[300:]~60)'],
    ['rate(a[5m] @ end() offset 1h)', 'rate("a"~3600@end[300])'],
    ['max_over_time(rate(a[1m])[10m:30s])', 'max_over_time(rate("a"[60])[600:30])'],
    ['a @ start() [5m:]', '"a"@start[300:]'],
    ['a anchored [5m]', '"a" anchored[300]'],
    ['a offset 0 offset 5m', '"a"~300'],
    ['rate(a[5m] anchored)', 'rate("a" anchored[300])'],
    ['rate(a{b="c"}[5m] smoothed @ end() offset 1m)', 'rate("a"&b="c" smoothed~60@end[300])'],
    ['a smoothed offset 1m + b anchored', '("a" smoothed~60 + "b" anchored)'],
    // Operators.
    ['-2 ^ 2', '(-(2 ^ 2))'],
    ['2 ^ 3 ^ 2', '(2 ^ (3 ^ 2))'],
    ['2 ^ -3 ^ 2', '(2 ^ (-(3 ^ 2)))'],
    ['-a * b', '((-"a") * "b")'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['a or b and c unless d', '("a" or (("b" and "c") unless "d"))'],
    ['a > b + c * d', '("a" > ("b" + ("c" * "d")))'],
    ['a </ b + c >/ 1', '(("a" </ ("b" + "c")) >/ 1)'],
    ['a atan2 b + c', '(("a" atan2 "b") + "c")'],
    ['a - -1', '("a" - -1)'],
    ['a UNLESS b Or c', '(("a" unless "b") or "c")'],
    // Names that are keywords elsewhere, keywords in any case.
    ['sum', '"sum"'],
    ['SUM BY (on) (by)', 'sum("by")'],
    ['offset offset 5m + and', '("offset"~300 + "and")'],
    ['fill + fill_left{a="b"}', '("fill" + "fill_left"&a="b")'],
    ['start + end()', '("start" + end())'],
    ['x{on="1", bool=~"y"}', '"x"&on="1"&bool=~"y"'],
    ['{"a.b", "c d"!="e"}', '"a.b"&c d!="e"'],
    ['{"sum"=\'"\', a=`\\n`, }', 'sum="\\""&a="\\\\n"'],
    [':a:b{}', '":a:b"'],
    ['min_of(1, 2) + max_of(3, 4)', '(min_of(1, 2) + max_of(3, 4))'],
    ['limit_ratio(-0.5, limitk by (a) (2, b))', 'limit_ratio(-0.5, limitk(2, "b"))'],
    ['info(a, {b=~".*"})', 'info("a", b=~".*")'],
    ['info(start_timestamp(a), {})', 'info(start_timestamp("a"), )'],
    // Numbers.
    ['0x1F + 0777 + 1_000 + 1h30m + inf', '((((31 + 511) + 1000) + 5400) + Infinity)'],
    ['vector(-.5e1)', 'vector(-5)'],
    // Durations as expressions.
    ['rate(a[min_of(5m, 2 * step())])', 'rate("a"[(300 min_of (2 * step()))])'],
    ['a offset (RANGE() / 2)', '"a"~(range() / 2)'],
    ['a offset 2 ^ 2', '("a"~2 ^ 2)'],
    ['a offset -(5m) + b', '("a"~-300 + "b")'],
    ['a offset step() * 2', '("a"~step() * 2)'],
    ['a offset -min_of(1m, step())', '"a"~(-(60 min_of step()))'],
    // Only these go on with operators of their own.
    ['a offset (5m) * 2', '"a"~(300 * 2)'],
    ['a offset - -5m + 3m', '"a"~(300 + 180)'],
    ['rate(a[1h30m])', 'rate("a"[5400])'],
    ['rate(a[-5m + 2 ^ 3 ^ 2 * 1s])', 'rate("a"[(-300 + ((2 ^ (3 ^ 2)) * 1))])'],
    ['rate(a[-step() ^ 2 + 9h])', 'rate("a"[((-(step() ^ 2)) + 32400)])'],
    ['a[(5m):(1m / 2)]', '"a"[300:(60 / 2)]'],
    ['a[ 600 : max_of( STEP() , range() ) ]', '"a"[600:(step() max_of range())]'],
  ])('reads %s as %s', (text, expected) => {
    expect(shape(parseExpression(text))).toBe(expected);
  });

  it('keeps which values stand for missing samples', () => {
    const fillOf = (text: string): unknown => {
      const expression = parseExpression(text);
      return expression.kind === 'binary' ? expression.matching?.fill : undefined;
    };
    expect(fillOf('a + b')).toEqual({ left: null, right: null });
    expect(fillOf('a + fill(-1.5) b')).toEqual({ left: -1.5, right: -1.5 });
    expect(fillOf('a == bool on (x) group_left fill_right(+Inf) b')).toEqual({ left: null, right: Infinity });
    expect(fillOf('a / fill_left (0x10) b')).toEqual({ left: 16, right: null });
    expect(fillOf('a / fill_right(nan) fill_left(5m) b')).toEqual({ left: 300, right: NaN });
  });

  it('keeps the matching of vectors only', () => {
    const matchingOf = (text: string): unknown => {
      const expression = parseExpression(text);
      return expression.kind === 'binary' ? expression.matching : undefined;
    };
    expect(matchingOf('a + on() group_left 1')).toBeNull();
    expect(matchingOf('1 + 1')).toBeNull();
    expect(matchingOf('a and on (x) b')).toMatchObject({ cardinality: 'many-to-many', on: true });
    expect(matchingOf('a * ignoring (x, "y z") group_right (z,) b')).toEqual({
      cardinality: 'one-to-many',
      on: false,
      labelNames: ['x', 'y z'],
      includedNames: ['z'],
      fill: { left: null, right: null },
    });
  });

  const deep = 100_000;
  it.each([
    ['parentheses', `${'('.repeat(deep)}1${')'.repeat(deep)}`],
    ['unclosed parentheses', '('.repeat(deep)],
    ['calls', `${'abs('.repeat(deep / 2)}a${')'.repeat(deep / 2)}`],
    ['aggregations', `${'sum('.repeat(deep / 2)}a${')'.repeat(deep / 2)}`],
    ['signs', `${'-'.repeat(deep)}1`],
    ['signs of a vector', `${'- '.repeat(deep)}a`],
    ['sums', `a${'+a'.repeat(deep)}`],
    ['powers', `1${'^1'.repeat(deep)}`],
    ['subqueries', `a${'[5m:]'.repeat(deep / 2)}`],
    ['extensions', `a${' smoothed'.repeat(deep / 5)}`],
    ['signs of durations', `rate(a[${'-'.repeat(deep)}5m])`],
    ['parentheses of durations', `rate(a[${'('.repeat(deep)}5m${')'.repeat(deep)}])`],
    ['sums of durations', `rate(a[5m${'+5m'.repeat(deep / 2)}])`],
    ['powers of durations', `a offset (2${'^2'.repeat(deep)})`],
    ['minimums of durations', `a offset ${'min_of(1,'.repeat(deep / 5)}1${')'.repeat(deep / 5)}`],
    ['length', `a{b="${'x'.repeat(300_000)}"}`],
  ])('refuses bombs of %s', (_name, text) => {
    expect(errorCode(failure(() => parseExpression(text)))).toBe(ERR_QUERY_DEPTH_MAX);
  });

  it('refuses regexes that are too much work together', () => {
    const heavy = `a{b=~"${'(x|y{1000})'.repeat(30)}"}`;
    const light = Array.from({ length: 3 }, () => heavy).join(' or ');
    expect(parseExpression(light).kind).toMatch(/binary/);
    const text = Array.from({ length: 4 }, () => heavy).join(' or ');
    expect(errorCode(failure(() => parseExpression(text)))).toBe('ERR_MATCHER_REGEX_WEIGHT_MAX');
  });

  const long = 200_000;
  it.each([
    ['a string', `"${'x'.repeat(long)}"`],
    ['escapes', `"${'\\x41'.repeat(long / 4)}"`],
    ['invalid bytes', `"${'\\xff'.repeat(long / 4)}"`],
    ['blanks', `1${' '.repeat(long)}`],
    ['comments', `1${'#\n'.repeat(long / 2)}`],
    ['a name', 'a'.repeat(long)],
    ['label names', `sum by (${'a,'.repeat(long / 2)}) (b)`],
    ['matchers', `{${'a="b",'.repeat(long / 6)}}`],
    ['arguments', `label_join(a, "b", "c"${',"d"'.repeat(long / 4)})`],
    ['digits', `1${'0'.repeat(200)}`],
  ])('reads long text of %s in little time', (_name, text) => {
    const startMs = performance.now();
    parseExpression(text);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  it.each([
    ['digits', `0.${'1'.repeat(long)}.1`, /invalid syntax/],
    ['underscores', '1_'.repeat(long / 2), /bad number/],
    ['octal digits', `0${'7'.repeat(long)}`, /value out of range/],
    ['a duration', '1h'.repeat(long / 2), /not a valid duration/],
    ['an open string', `"${'x'.repeat(long)}`, /unterminated/],
    ['open braces', `a{b="${'{'.repeat(long)}`, /unterminated/],
    ['zeros', `"\\${'0'.repeat(long)}`, /unterminated/],
  ])('refuses long text of %s in little time', (_name, text, message) => {
    const startMs = performance.now();
    expect(errorMessage(failure(() => parseExpression(text)))).toMatch(message);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  it('accepts what is deep but within the limit', () => {
    expect(parseExpression(`a${' or a'.repeat(390)}`).kind).toBe('binary');
    expect(parseExpression(`${'('.repeat(390)}a${')'.repeat(390)}`).kind).toBe('parenthesis');
    expect(parseExpression(`a[${'('.repeat(390)}5m${')'.repeat(390)}:]`).kind).toBe('subquery');
  });

  it('keeps positions in the original text', () => {
    const expression = parseExpression('  1. + rate(a[5m] offset 1m )');
    expect(expression.position).toEqual({ start: 2, end: 29 });
    if (expression.kind !== 'binary' || expression.right.kind !== 'call') throw new Error('wrong kind');
    expect(expression.right.position).toEqual({ start: 7, end: 29 });
    expect(expression.right.args[0]?.position).toEqual({ start: 12, end: 27 });
  });

  it.each([
    ['sum (a) by (b) ', 0, 14],
    ['sum by (b) (a) ', 0, 14],
    ['- (a) ', 0, 5],
    ['a{b="c"} @ 5 ', 0, 12],
    // As in Prometheus, what extends a range does not extend the position.
    ['a[5m] smoothed ', 0, 5],
    ['a[5m : 1m ] offset -1m ', 0, 22],
  ])('places %j', (text, start, end) => {
    expect(parseExpression(text).position).toEqual({ start, end });
  });
});

describe('parseSelector', () => {
  it('gives the matchers', () => {
    expect(parseSelector('up{job=~"a|b"}').map(String)).toEqual(['__name__="up"', 'job=~"a|b"']);
    expect(parseSelector('{"a.b",c=""}').map(String)).toEqual(['__name__="a.b"', 'c=""']);
  });

  it('leaves it to the caller to refuse what matches everything', () => {
    expect(parseSelector('{job=~".*"}').map(String)).toEqual(['job=~".*"']);
    expect(parseSelector('{}')).toEqual([]);
  });

  it.each([
    ['up[5m]', '1:3: parse error: unexpected "["'],
    ['up offset 1m', '1:4: parse error: unexpected <offset>'],
    ['up @ 1', '1:4: parse error: unexpected <op:@>'],
    ['sum(up)', '1:4: parse error: unexpected "("'],
    ['1', '1:1: parse error: unexpected number "1"'],
    ['up{', '1:4: parse error: unexpected end of input inside braces'],
    ['', 'unknown position: parse error: unexpected end of input'],
  ])('refuses %s', (text, message) => {
    const error = failure(() => parseSelector(text));
    expect(errorCode(error)).toBe(ERR_QUERY_SYNTAX);
    expect(errorMessage(error)).toBe(message);
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
