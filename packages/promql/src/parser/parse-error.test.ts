/** What is refused, where and in which words: those of Prometheus 3.14. */
import { errorCode, errorMessage } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { ERR_QUERY_SYNTAX, ERR_QUERY_TYPE } from '../error-codes.ts';
import { DEFAULT_PARSE_OPTIONS, parseExpression, type ParseOptions } from './parse-expression.ts';

type Case = readonly [text: string, position: string, reason: string];

/** @returns `position: parse error: reason`, or a word about there being none */
function complaint(text: string, code: string, options?: ParseOptions): string {
  try {
    parseExpression(text, options);
  } catch (error) {
    return errorCode(error) === code ? errorMessage(error) : String(errorCode(error));
  }
  return 'accepted';
}

function refuses(code: string, cases: readonly Case[], options?: ParseOptions): void {
  it.each(cases)('refuses %j at %s: %s', (text, position, reason) => {
    expect(complaint(text, code, options)).toBe(`${position}: parse error: ${reason}`);
  });
}

describe('what ends too early', () => {
  refuses(ERR_QUERY_SYNTAX, [
    ['', 'unknown position', 'no expression found in input'],
    [' \n', '1:1', 'no expression found in input'],
    ['\n# only a comment', '1:1', 'no expression found in input'],
    ['1 +', '1:4', 'unexpected end of input'],
    ['a and # b', '1:10', 'unexpected end of input'],
    ['-', '1:2', 'unexpected end of input'],
    ['sum(up', '1:7', 'unclosed left parenthesis'],
    ['rate(up[5m]', '1:12', 'unclosed left parenthesis'],
    ['rate(up[5m],', '1:13', 'unclosed left parenthesis'],
    ['(up{a=")"}\n', '2:1', 'unclosed left parenthesis'],
    ['up[5m', '1:6', 'unclosed left bracket'],
    ['up[', '1:4', 'unexpected end of input in duration expression'],
    ['up[5m +', '1:8', 'unclosed left bracket'],
    ['up{', '1:4', 'unexpected end of input inside braces'],
    ['sum(up{a="b"', '1:13', 'unexpected end of input inside braces'],
    ['up offset', '1:10', 'unexpected end of input in offset, expected number, duration, step(), or range()'],
    ['up @', '1:5', 'unexpected end of input in @, expected timestamp'],
    ['up @ start', '1:11', 'unexpected end of input in @, expected timestamp'],
    ['sum(up) by', '1:11', 'unexpected end of input in grouping opts, expected "("'],
  ]);
});

describe('characters and literals', () => {
  refuses(ERR_QUERY_SYNTAX, [
    ['up § 1', '1:4', "unexpected character: '§'"],
    ['é + ü\u200b', '1:1', "unexpected character: 'é'"],
    ['"é" + ü', '1:8', "unexpected character: 'ü'"],
    ['a\u00a0b', '1:2', String.raw`unexpected character: '\u00a0'`],
    ['1;', '1:2', "unexpected character: ';'"],
    ['up !~ "a"', '1:4', "unexpected character after '!': '~'"],
    ['up !', '1:4', "unexpected character after '!': '\ufffd'"],
    ['up =~ "a"', '1:4', "unexpected character after '=': '~'"],
    ['up{a!"b"}', '1:5', `unexpected character after '!' inside braces: '"'`],
    ['up{a:b="c"}', '1:5', "unexpected character inside braces: ':'"],
    ['up{1="c"}', '1:4', "unexpected character inside braces: '1'"],
    ['up{{', '1:4', "unexpected left brace '{'"],
    ['up}', '1:3', "unexpected character: '}'"],
    ['up]', '1:3', "unexpected right bracket ']'"],
    ['up)', '1:4', "unexpected right parenthesis ')'"],
    ['up[5m[', '1:6', "unexpected left bracket '['"],
    ["'b", '1:1', 'unterminated quoted string'],
    ['up{a="b', '1:6', 'unterminated quoted string'],
    ['up{a="b\n"}', '1:6', 'unterminated quoted string'],
    ['up{a=`b\n', '1:6', 'unterminated raw string'],
    [String.raw`"a\q"`, '1:1', "unknown escape sequence U+0071 'q'"],
    [String.raw`"a\'"`, '1:1', `unknown escape sequence U+0027 '''`],
    [String.raw`"a\xg0"`, '1:1', "illegal character U+0067 'g' in escape sequence"],
    [String.raw`"a\18"`, '1:1', "illegal character U+0038 '8' in escape sequence"],
    [String.raw`"a\u12`, '1:1', 'escape sequence not terminated'],
    [String.raw`"a\ud812"`, '1:1', 'escape sequence is an invalid Unicode code point'],
    [String.raw`"a\400"`, '1:1', 'escape sequence is an invalid Unicode code point'],
    ['"\ufffd"', '1:1', 'invalid UTF-8 rune'],
    ['`\ud800`', '1:1', 'invalid UTF-8 rune'],
    ['1 + 5mx', '1:5', 'bad number or duration syntax: "5mx"'],
    ['1.5h', '1:1', 'unknown unit "." in duration "1.5h"'],
    ['5hs', '1:1', 'unknown unit "hs" in duration "5hs"'],
    ['1m1h', '1:1', 'not a valid duration string: "1m1h"'],
    ['300y', '1:1', 'duration out of range'],
    ['12z', '1:1', 'bad number or duration syntax: "12"'],
    ['1__0', '1:1', 'bad number or duration syntax: "1__"'],
    ['1e', '1:1', 'bad number or duration syntax: "1e"'],
    ['0x1.5', '1:1', 'bad number or duration syntax: "0x1."'],
    ['1e999', '1:1', 'error parsing number: strconv.ParseFloat: parsing "1e999": value out of range'],
    ['0.1.2', '1:1', 'error parsing number: strconv.ParseFloat: parsing "0.1.2": invalid syntax'],
  ]);
});

describe('tokens that do not follow', () => {
  refuses(ERR_QUERY_SYNTAX, [
    ['a b', '1:3', 'unexpected identifier "b"'],
    ['\n  a b:c', '2:5', 'unexpected metric identifier "b:c"'],
    ['sum a', '1:5', 'unexpected identifier "a"'],
    ['a 1234567890.5', '1:3', 'unexpected number "1234567890"...'],
    ['a 5m', '1:3', 'unexpected duration "5m"'],
    ['a "日本語x"', '1:3', String.raw`unexpected string "\"日本語x\""...`],
    ['a = b', '1:3', 'unexpected "="'],
    ['a : b', '1:3', 'unexpected metric identifier ":"'],
    ['1 + *', '1:5', 'unexpected <op:*>'],
    ['a AND atan2', '1:7', 'unexpected <op:atan2>'],
    ['a == </ b', '1:6', 'unexpected <op:</>'],
    ['Bool', '1:1', 'unexpected <Bool>'],
    ['a + group_left b', '1:5', 'unexpected <group_left>'],
    ['a + on(x) on(y) b', '1:11', 'unexpected <on>'],
    ['a + on(x) bool b', '1:11', 'unexpected <bool>'],
    ['a @@', '1:4', 'unexpected <op:@> in @, expected timestamp'],
    ['a sum', '1:3', 'unexpected <aggr:sum>'],
    ['a start', '1:3', 'unexpected "start"'],
    ['(a', '1:3', 'unclosed left parenthesis'],
    ['(a,b)', '1:3', 'unexpected ","'],
    ['()', '1:2', 'unexpected ")"'],
    ['sum(a)(b)', '1:7', 'unexpected "("'],
    ['a:b(c)', '1:4', 'unexpected "("'],
    ['"a"{}', '1:4', 'unexpected "{"'],
  ]);
});

describe('calls and aggregations', () => {
  refuses(ERR_QUERY_SYNTAX, [
    ['foo(a)', '1:1', 'unknown function with name "foo"'],
    ['Rate(a[5m])', '1:1', 'unknown function with name "Rate"'],
    ['STEP()', '1:1', 'unknown function with name "STEP"'],
    // Said before what follows is read.
    ['1 + foo(a) §', '1:5', 'unknown function with name "foo"'],
    ['rate(a[5m],)', '1:11', 'trailing commas not allowed in function call args'],
    ['rate(a,,b)', '1:7', 'trailing commas not allowed in function call args'],
    ['sum(a,)', '1:6', 'trailing commas not allowed in function call args'],
    ['rate(,)', '1:6', 'unexpected ","'],
    ['rate(a b)', '1:8', 'unexpected identifier "b"'],
    ['sum(rate(a[5m] b))', '1:16', 'unexpected identifier "b" in aggregation'],
    ['abs(sum((a b)))', '1:12', 'unexpected identifier "b" in aggregation'],
    ['abs(sum(a) b)', '1:12', 'unexpected identifier "b"'],
    ['sum(a + fill(b) c)', '1:14', 'unexpected identifier "b" in aggregation'],
    ['sum by (a) b', '1:12', 'unexpected identifier "b" in aggregation'],
    ['sum by a (b)', '1:8', 'unexpected identifier "a" in grouping opts, expected "("'],
    ['sum by (1) (b)', '1:9', 'unexpected number "1" in grouping opts, expected label'],
    ['sum by (,) (b)', '1:9', 'unexpected "," in grouping opts, expected label'],
    ['sum by (without) (b)', '1:9', 'unexpected <without> in grouping opts, expected label'],
    ['sum by (a b) (b)', '1:11', 'unexpected identifier "b" in grouping opts, expected "," or ")"'],
    ['sum by ("") (b)', '1:9', 'invalid label name for grouping: ""'],
    [String.raw`sum by (a, "\xff") (b)`, '1:12', String.raw`invalid label name for grouping: "\xff"`],
    ['sum by (a) (b) by (c)', '1:16', 'unexpected <by>'],
    ['sum()', '1:1', 'no arguments for aggregate expression provided'],
    [
      '1 + sum(a, b)',
      '1:5',
      'wrong number of arguments for aggregate expression provided, expected 1, got 2',
    ],
    ['topk(a)', '1:1', 'wrong number of arguments for aggregate expression provided, expected 2, got 1'],
    ['limitk()', '1:1', 'no arguments for aggregate expression provided'],
  ]);
  refuses(ERR_QUERY_TYPE, [
    ['rate(a)', '1:6', 'expected type range vector in call to function "rate", got instant vector'],
    ['abs(a[5m])', '1:5', 'expected type instant vector in call to function "abs", got range vector'],
    ['scalar(1)', '1:8', 'expected type instant vector in call to function "scalar", got scalar'],
    [
      'label_replace(a, "b", 1, "c", "d")',
      '1:23',
      'expected type string in call to function "label_replace", got scalar',
    ],
    [
      'label_join(a, "b", ",", "c", 1)',
      '1:30',
      'expected type string in call to function "label_join", got scalar',
    ],
    // How many comes before what, and the arguments before what is around.
    ['rate(a, a)', '1:1', 'expected 1 argument(s) in call to "rate", got 2'],
    ['abs(rate())', '1:5', 'expected 1 argument(s) in call to "rate", got 0'],
    ['round(a, 1, 2)', '1:1', 'expected at most 2 argument(s) in call to "round", got 3'],
    ['day_of_week(a, a)', '1:1', 'expected at most 1 argument(s) in call to "day_of_week", got 2'],
    ['label_join(a)', '1:1', 'expected at least 3 argument(s) in call to "label_join", got 1'],
    [
      'histogram_quantiles(a, "q")',
      '1:1',
      'expected at least 3 argument(s) in call to "histogram_quantiles", got 2',
    ],
    [
      `histogram_quantiles(a, "q"${', 1'.repeat(11)})`,
      '1:1',
      'expected at most 12 argument(s) in call to "histogram_quantiles", got 13',
    ],
    ['info()', '1:1', 'expected at least 1 argument(s) in call to "info", got 0'],
    ['info(a, {}, {})', '1:1', 'expected at most 2 argument(s) in call to "info", got 3'],
    ['info(a, b)', '1:9', 'expected label selectors only, got vector selector instead'],
    ['info(a, b{c="d"})', '1:9', 'expected label selectors only, got vector selector instead'],
    ['info(a, ({c="d"}))', '1:9', 'expected label selectors only'],
    ['info(a, 1)', '1:1', 'expected type instant vector in call to function "info", got scalar'],
    ['sum(1)', '1:5', 'expected type instant vector in aggregation expression, got scalar'],
    ['topk("a", b)', '1:6', 'expected type scalar in aggregation parameter, got string'],
    ['topk(a, 1)', '1:9', 'expected type instant vector in aggregation expression, got scalar'],
    ['count_values(1, b)', '1:14', 'expected type string in aggregation parameter, got scalar'],
    ['limit_ratio(a, a)', '1:13', 'expected type scalar in aggregation parameter, got instant vector'],
  ]);
});

describe('selectors', () => {
  refuses(ERR_QUERY_SYNTAX, [
    ['up{a}', '1:5', 'unexpected "}" in label matching, expected label matching operator'],
    [
      'up{a "b"}',
      '1:6',
      String.raw`unexpected string "\"b\"" in label matching, expected label matching operator`,
    ],
    ['up{a=b}', '1:6', 'unexpected identifier "b" in label matching, expected string'],
    ['up{"a"=}', '1:8', 'unexpected "}" in label matching, expected string'],
    ['up{=}', '1:4', 'unexpected "=" in label matching, expected identifier or "}"'],
    ['up{a="b",,}', '1:10', 'unexpected "," in label matching, expected identifier or "}"'],
    ['up{a="b" c="d"}', '1:10', 'unexpected identifier "c" in label matching, expected "," or "}"'],
    ['up{"a" "b"}', '1:8', String.raw`unexpected string "\"b\"" in label matching, expected "," or "}"`],
    ['up{a=~"("}', '1:4', 'error parsing regexp: missing closing ): `(`'],
    ['up{"a"!~"*"}', '1:4', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['{}', '1:1', 'vector selector must contain at least one non-empty matcher'],
    ['1 + sum({a=~".*",b!="c"})', '1:9', 'vector selector must contain at least one non-empty matcher'],
    ['{a!~".+"}[5m]', '1:1', 'vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', '1:1', 'metric name must not be set twice: "a" or "b"'],
    ['a{b="c","d"}', '1:1', 'metric name must not be set twice: "a" or "d"'],
    ['a{__name__!~"b"}', '1:1', 'metric name must not be set twice: "a" or "b"'],
    ['info({}, {})', '1:6', 'vector selector must contain at least one non-empty matcher'],
    ['sum(a)[5m]', '1:7', 'ranges only allowed for vector selectors'],
    ['a[5m] [5m]', '1:7', 'ranges only allowed for vector selectors'],
    ['rate(a offset 1m [5m])', '1:18', 'no offset modifiers allowed before range'],
    ['a offset step() [5m]', '1:17', 'no offset modifiers allowed before range'],
    ['a @ 1 [5m]', '1:7', 'no @ modifiers allowed before range'],
    ['a @ end()[5m]', '1:10', 'no @ modifiers allowed before range'],
    ['1[5m] smoothed', '1:2', 'ranges only allowed for vector selectors'],
    [
      '1 + sum(a) offset 5m',
      '1:5',
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    [
      '1 @ 2',
      '1:1',
      '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a offset 1m offset 1m', '1:1', 'offset may not be set multiple times'],
    ['a[5m:] @ 1 @ start()', '1:1', '@ <timestamp> may not be set multiple times'],
    ['1 - a @ Inf', '1:5', 'timestamp out of bounds for @ modifier: +Inf'],
    ['a @ -1e30', '1:1', 'timestamp out of bounds for @ modifier: -1000000000000000019884624838656.000000'],
    ['a @ nan', '1:1', 'timestamp out of bounds for @ modifier: NaN'],
    ['a @ b', '1:5', 'unexpected identifier "b" in @, expected timestamp'],
    ['a @ end(1)', '1:9', 'unexpected number "1" in @, expected timestamp'],
    ['1 + a[5m:] anchored', '1:5', 'anchored modifier is not supported for subqueries'],
    ['a[5m:] smoothed', '1:1', 'smoothed modifier is not supported for subqueries'],
    ['sum(a) anchored', '1:1', 'anchored modifier not implemented'],
    ['1 smoothed', '1:1', 'smoothed modifier not implemented'],
    ['rate(a[5m] anchored smoothed)', '1:6', 'anchored and smoothed modifiers cannot be used together'],
    ['a smoothed anchored', '1:1', 'anchored and smoothed modifiers cannot be used together'],
  ]);
  refuses(ERR_QUERY_TYPE, [
    ['1[5m:]', '1:1', 'subquery is only allowed on instant vector, got scalar instead'],
    ['a[5m][5m:]', '1:1', 'subquery is only allowed on instant vector, got matrix instead'],
    ['"a"[5m:]', '1:1', 'subquery is only allowed on instant vector, got string instead'],
  ]);
});

describe('durations', () => {
  const inBrackets = 'in subquery or range selector, expected number, duration, step(), or range()';
  const inStep = 'in subquery selector, expected number, duration, step(), range(), or "]"';
  const inOffset = 'in offset, expected number, duration, step(), or range()';
  refuses(ERR_QUERY_SYNTAX, [
    ['a[]', '1:3', `unexpected "]" ${inBrackets}`],
    ['a[5m+]', '1:6', `unexpected "]" ${inBrackets}`],
    ['a[(5m]', '1:6', `unexpected "]" ${inBrackets}`],
    ['a[step]', '1:7', `unexpected "]" ${inBrackets}`],
    ['a[min_of(5m)]', '1:12', `unexpected ")" ${inBrackets}`],
    ['a[5m 5m]', '1:6', 'unexpected duration "5m" in subquery or range, expected ":" or "]"'],
    ['a[5m "b"]', '1:6', String.raw`unexpected string "\"b\"" in subquery or range, expected ":" or "]"`],
    ['a[5m:1m 1]', '1:9', 'unexpected number "1" in subquery selector, expected "]"'],
    ['a[5m:1m+]', '1:9', `unexpected "]" ${inStep}`],
    ['a[5m:,]', '1:6', `unexpected "," ${inStep}`],
    ['a[:1m]', '1:4', 'unexpected colon before duration in duration expression'],
    ['a[5m::]', '1:6', "unexpected colon ':'"],
    ['a[b]', '1:3', "unexpected character in duration expression: 'b'"],
    ['a[sum]', '1:3', "unexpected character in duration expression: 's'"],
    ['a["b"]', '1:3', `unexpected character in duration expression: '"'`],
    ['a[# b\n5m]', '1:3', "unexpected character in duration expression: '#'"],
    ['a[5m b]', '1:6', "unexpected character: 'b', expected ':'"],
    ['a[5m steps]', '1:6', "unexpected character: 's', expected ':'"],
    ['a[)]', '1:4', "unexpected right parenthesis ')'"],
    ['rate(a[0s])', '1:8', 'duration must be greater than 0'],
    ['a[-1m]', '1:3', 'duration must be greater than 0'],
    ['a[(0)]', '1:4', 'duration must be greater than 0'],
    ['a[5m:0]', '1:6', 'duration must be greater than 0'],
    ['a[10000000000]', '1:3', 'duration out of range'],
    ['a[5m / 0]', '1:6', 'division by zero'],
    ['a[5m % (2 * 3 + 0x0) % 0s]', '1:22', 'modulo by zero'],
    ['a offset b', '1:10', `unexpected identifier "b" ${inOffset}`],
    ['a offset -b', '1:11', `unexpected identifier "b" ${inOffset}`],
    ['a offset (5m * b)', '1:16', `unexpected identifier "b" ${inOffset}`],
    ['sum(a offset)', '1:13', `unexpected ")" ${inOffset}`],
    ['a offset max_of(1, 2, 3)', '1:21', `unexpected "," ${inOffset}`],
    ['a offset 1e11', '1:10', 'duration out of range'],
    ['a offset NaN', '1:10', 'duration out of range'],
    ['a offset (1 / 0)', '1:13', 'division by zero'],
    // One term, and then the expression around goes on.
    ['a offset 5m 5m', '1:13', 'unexpected duration "5m"'],
  ]);
});

describe('operators', () => {
  refuses(ERR_QUERY_SYNTAX, [
    ['a + on b', '1:8', 'unexpected identifier "b" in grouping opts, expected "("'],
    ['a + on (b) group_left * c', '1:23', 'unexpected <op:*> in grouping opts, expected "("'],
    [
      'a + on (b) group_left (c d) e',
      '1:26',
      'unexpected identifier "d" in grouping opts, expected "," or ")"',
    ],
    ['a + fill(b) c', '1:10', 'unexpected identifier "b"'],
    ['a + fill(1 + 1) c', '1:12', 'unexpected <op:+>'],
    ['a + fill() c', '1:10', 'unexpected ")"'],
    ['a + fill(1) fill_left(2) c', '1:22', 'unexpected "("'],
    ['a + fill_left(1) fill_left(2) c', '1:27', 'unexpected "("'],
    ['a + fill(1) on (b) c', '1:13', 'unexpected <on>'],
  ]);
  refuses(ERR_QUERY_TYPE, [
    ['1 == 2', '1:3', 'comparisons between scalars must use BOOL modifier'],
    ['(1\n>= 2)', '2:1', 'comparisons between scalars must use BOOL modifier'],
    ['a   + bool b', '1:5', 'bool modifier can only be used on comparison operators'],
    ['a and bool b', '1:3', 'bool modifier can only be used on comparison operators'],
    ['a </ bool 1', '1:3', 'bool modifier can only be used on comparison operators'],
    ['a and 1', '1:1', 'set operator "and" not allowed in binary scalar expression'],
    ['1 unless 2', '1:1', 'set operator "unless" not allowed in binary scalar expression'],
    ['2 * (1 + on(a) 2)', '1:6', 'vector matching only allowed between instant vectors'],
    ['a + ignoring(b) 2', '1:1', 'vector matching only allowed between instant vectors'],
    ['a + on(x) group_left(y, x) b', '1:3', 'label "x" must not occur in ON and GROUP clause at once'],
    ['1 + (a and on(x) group_left() b)', '1:6', 'no grouping allowed for "and" operation'],
    ['a + fill(1) 2', '1:1', 'filling in missing series only allowed between instant vectors'],
    ['1 + fill_right(1) b', '1:1', 'filling in missing series only allowed between instant vectors'],
    ['a or fill_left(1) b', '1:1', 'filling in missing series not allowed for set operators'],
    ['a[5m] + 1', '1:1', 'binary expression must contain only scalar and instant vector types'],
    ['1 + "a"', '1:5', 'binary expression must contain only scalar and instant vector types'],
    [
      '-"a"',
      '1:1',
      'unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    [
      '1 + -a[5m]',
      '1:5',
      'unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
  ]);
});

describe('without what is experimental', () => {
  const plain = { ...DEFAULT_PARSE_OPTIONS, experimental: false };
  refuses(
    ERR_QUERY_SYNTAX,
    [
      ['1 + info(a)', '1:5', 'function "info" is not enabled'],
      ['mad_over_time(a[5m])', '1:1', 'function "mad_over_time" is not enabled'],
      ['start() + step()', '1:1', 'function "start" is not enabled'],
      ['a + max_of(1, 2)', '1:5', 'function "max_of" is not enabled'],
      [
        'limitk(1, a)',
        '1:1',
        'limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
      ],
      [
        '1 + LIMIT_RATIO by (a) (1, a)',
        '1:5',
        'limit_ratio() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
      ],
      ['2 * (a + fill(1) b)', '1:6', 'binop fill modifiers are experimental and not enabled'],
      ['rate(a[5m] anchored)', '1:6', 'anchored modifier is experimental and not enabled'],
      ['a smoothed', '1:1', 'smoothed modifier is experimental and not enabled'],
    ],
    plain,
  );

  it.each([
    'rate(a[5m * 2 + min_of(step(), 1m)])',
    'a offset (range() / 2)',
    'a </ 5',
    'histogram_avg(a) + histogram_stddev(a)',
    'a @ start() + start',
  ])('still takes %s', (text) => {
    expect(complaint(text, ERR_QUERY_SYNTAX, plain)).toBe('accepted');
  });
});
