/** Text → checked expression. */
import { PromontoryError } from '@promontory/base';
import { type Matcher, RegexBudget } from '@promontory/model';
import type { Expression } from '../ast/expression.ts';
import { checkTypes } from '../check/check-types.ts';
import { ERR_QUERY_DEPTH_MAX } from '../error-codes.ts';
import { readExpression } from './expression-parser.ts';
import { DEFAULT_PARSE_OPTIONS, type ParseOptions } from './parse-options.ts';
import { readSelector } from './selector-parser.ts';
import { TokenReader } from './token-reader.ts';
import { namesMetric } from './token.ts';

export { DEFAULT_PARSE_OPTIONS, type ParseOptions } from './parse-options.ts';

/**
 * Messages have Prometheus's words and positions.
 *
 * @throws PromontoryError ERR_QUERY_SYNTAX, ERR_QUERY_TYPE, ERR_QUERY_DEPTH_MAX, ERR_MATCHER_REGEX_WEIGHT_MAX
 */
export function parseExpression(text: string, options: ParseOptions = DEFAULT_PARSE_OPTIONS): Expression {
  const reader = openReader(text, options, new RegexBudget(options.regexWeightMax));
  if (reader.peek().kind === 'end of input') reader.fail(0, 'no expression found in input');
  const expression = readExpression(reader);
  if (reader.peek().kind !== 'end of input') reader.unexpected();
  checkTypes(text, expression);
  return expression;
}

/**
 * A series selector as `match[]` takes it: no range, no modifiers. It may match the empty label set.
 *
 * @param regexes of the request, when it has several selectors
 * @returns the matchers, that of the metric name first
 * @throws PromontoryError ERR_QUERY_SYNTAX, ERR_MATCHER_REGEX_WEIGHT_MAX
 */
export function parseSelector(text: string, regexes = new RegexBudget()): Matcher[] {
  const reader = openReader(text, DEFAULT_PARSE_OPTIONS, regexes);
  const name = namesMetric(reader.peek().kind) ? reader.take() : null;
  const selector = readSelector(reader, name);
  if (reader.peek().kind !== 'end of input') reader.unexpected();
  return [...selector.matchers];
}

function openReader(text: string, options: ParseOptions, regexes: RegexBudget): TokenReader {
  if (text.length > options.lengthMax) throw tooLong(text, options.lengthMax);
  return new TokenReader(text, options, regexes);
}

function tooLong(text: string, lengthMax: number): PromontoryError {
  return new PromontoryError(`query is too long; got ${text.length} characters, the limit is ${lengthMax}`, {
    code: ERR_QUERY_DEPTH_MAX,
    kind: 'bad-data',
    context: { length: text.length, lengthMax },
  });
}
