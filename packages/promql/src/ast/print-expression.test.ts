import { describe, expect, it } from 'vitest';
import { parseExpression } from '../parser/parse-expression.ts';
import { printExpression } from './print-expression.ts';

describe('printExpression', () => {
  it.each([
    // Literals.
    ['1048576', '1048576'],
    ['1e21', '1000000000000000000000'],
    ['.00000015', '0.00000015'],
    ['0x1F + 017', '31 + 15'],
    ['inf', '+Inf'],
    ['-Inf', '-Inf'],
    ['nan', 'NaN'],
    ['- - 1', '1'],
    ['-0', '-0'],
    ['90m', '1h30m'],
    ['-168h', '-1w'],
    ['1s1ms + 366d', '1s1ms + 366d'],
    ["'a\"b\\x41é'", String.raw`"a\"bAé"`],
    ['`\\n\u00a0`', String.raw`"\\n\u00a0"`],
    [String.raw`"\xff\u00ff\007"`, String.raw`"\xffÿ\a"`],
    // Selectors: matchers sorted, names quoted where they must be.
    ['a{}', 'a'],
    ['a{ z="1", b!="2", c=~"3", d!~"4", }', 'a{b!="2",c=~"3",d!~"4",z="1"}'],
    ['{__name__="a"}', '{__name__="a"}'],
    ['{"a.b", c="d"}', '{__name__="a.b",c="d"}'],
    ['{"a"}', '{__name__="a"}'],
    ['a{"_0"="1", "0"="1", ""="", "é"="f"}', 'a{""="","0"="1","é"="f",_0="1"}'],
    ['a:b', 'a:b'],
    // Modifiers stand in one order.
    ['a offset 1m', 'a offset 1m'],
    ['a offset -90s', 'a offset -1m30s'],
    ['a offset 0', 'a'],
    ['a offset 60 @ 1603775019.0004', 'a @ 1603775019.000 offset 1m'],
    ['a @ -1.5', 'a @ -1.500'],
    ['a @ end ()', 'a @ end()'],
    ['a offset 5m smoothed @ start()', 'a @ start() smoothed offset 5m'],
    ['a[5m] @ start() offset 5m anchored', 'a[5m] anchored @ start() offset 5m'],
    ['a[300]', 'a[5m]'],
    ['a[(5m)]', 'a[5m]'],
    ['a[1d:]', 'a[1d:]'],
    ['sum(a)[ 1h : 60 ] offset -1h @ 5', 'sum(a)[1h:1m] @ 5.000 offset -1h'],
    ['a offset 1m [5m:10s]', 'a offset 1m[5m:10s]'],
    // Durations as expressions: numbers stay as they are written.
    ['a[2 * 3600s + -5m]', 'a[2 * 1h + -5m]'],
    ['a[ - ( step ( ) ) ]', 'a[-(step())]'],
    ['a[+step()]', 'a[step()]'],
    ['a[(-5m) ^ 2]', 'a[(-5m) ^ 2]'],
    ['a[-5m ^ 2]', 'a[-5m ^ 2]'],
    ['a[(1m+2m)*(3m)%4m/5:RANGE()]', 'a[(1m + 2m) * (3m) % 4m / 5:range()]'],
    ['a offset -min_of(10s,+max_of(step()^2,2))', 'a offset -min_of(10s, max_of(step() ^ 2, 2))'],
    ['a offset -(5)', 'a offset -5s'],
    ['a offset (5m*2)', 'a offset (5m * 2)'],
    ['a offset - -5m * 2', 'a offset (5m * 2)'],
    // Operators and what modifies them.
    ['-a', '-a'],
    ['- +a ^ -2', '-+a ^ -2'],
    ['(a+(b))', '(a + (b))'],
    ['a AND b Or c', 'a and b or c'],
    ['a</b>/1', 'a </ b >/ 1'],
    ['a == bool on () b', 'a == bool on () b'],
    ['a - ignoring () b', 'a - b'],
    ['a - ignoring(b) c', 'a - ignoring (b) c'],
    ['a - ignoring() group_left c', 'a - ignoring () group_left () c'],
    ['a - on(b,"c d") group_right(e,) f', 'a - on (b, "c d") group_right (e) f'],
    ['a - on() group_left 1', 'a - 1'],
    ['a + fill(-23) b', 'a + fill (-23) b'],
    ['a + fill_right(5m) fill_left(0x10) b', 'a + fill_left (16) fill_right (300) b'],
    ['a + fill_right(1) fill_left(1) b', 'a + fill (1) b'],
    ['a + fill_left(1000000) b', 'a + fill_left (1e+06) b'],
    ['a > bool on(b) group_left() fill_right(+Inf) c', 'a > bool on (b) group_left () fill_right (+Inf) c'],
    // Calls and aggregations.
    ['time( )', 'time()'],
    ["label_replace(a,'b',`c`,\"d\",'e')", 'label_replace(a, "b", "c", "d", "e")'],
    ['info(a,{b=~".*"})', 'info(a, {b=~".*"})'],
    ['info(a,{})', 'info(a, {})'],
    ['SUM(a)', 'sum(a)'],
    ['sum(a) by ()', 'sum(a)'],
    ['sum(a) without ()', 'sum without () (a)'],
    ['sum(a) by (b,"c.d",by)', 'sum by (b, "c.d", by) (a)'],
    ['topk  without(b)  (5,a)', 'topk without (b) (5, a)'],
    ['limit_ratio(-.5,a)', 'limit_ratio(-0.5, a)'],
    ['count_values("v",a)', 'count_values("v", a)'],
  ])('prints %s as %s', (text, printed) => {
    expect(printExpression(parseExpression(text))).toBe(printed);
    expect(printExpression(parseExpression(printed))).toBe(printed);
  });
});
