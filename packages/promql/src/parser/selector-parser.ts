/** Metric names and label matchers. */
import { errorMessage, PromontoryError } from '@promontory/base';
import { ERR_MATCHER_REGEX_WEIGHT_MAX, Matcher, METRIC_NAME, type MatchOperator } from '@promontory/model';
import type { VectorSelector } from '../ast/expression.ts';
import { rangeOf, type TokenReader } from './token-reader.ts';
import { unquoteString } from './string-literal.ts';
import type { Token, TokenKind } from './token.ts';

const CONTEXT = 'label matching';
const MATCH_OPERATORS: ReadonlyMap<TokenKind, MatchOperator> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['=~', '=~'],
  ['!~', '!~'],
]);

/**
 * What matches only the empty value is not refused here: info() takes such selectors.
 *
 * @param name the metric name, which is already taken; without one the next token is a brace
 */
export function readSelector(reader: TokenReader, name: Token | null): VectorSelector {
  const matchers = name === null ? [] : [new Matcher('=', METRIC_NAME, name.text)];
  let position = name === null ? null : rangeOf(name, name);
  const brace = reader.takeIf('{');
  if (brace !== null) position = rangeOf(name ?? brace, readMatchers(reader, matchers));
  if (position === null) reader.unexpected();
  return {
    kind: 'vector-selector',
    name: name?.text ?? null,
    matchers,
    extension: null,
    offset: null,
    at: null,
    position,
  };
}

/** @returns the closing brace */
function readMatchers(reader: TokenReader, matchers: Matcher[]): Token {
  for (;;) {
    const end = reader.takeIf('}');
    if (end !== null) return end;
    matchers.push(readMatcher(reader));
    if (reader.takeIf(',') === null) return reader.takeOnly('}', CONTEXT, '"," or "}"');
    // A comma may stand before the closing brace.
  }
}

function readMatcher(reader: TokenReader): Matcher {
  const quoted = reader.takeIf('string');
  const label = quoted ?? reader.takeOnly('identifier', CONTEXT, 'identifier or "}"');
  const name = quoted === null ? label.text : stringValue(reader, quoted);
  const operator = MATCH_OPERATORS.get(reader.peek().kind);
  if (operator === undefined) {
    if (quoted !== null) return new Matcher('=', METRIC_NAME, name);
    reader.unexpected(CONTEXT, 'label matching operator');
  }
  reader.take();
  const value = stringValue(reader, reader.takeOnly('string', CONTEXT, 'string'));
  try {
    return new Matcher(operator, name, value, reader.regexes);
  } catch (error) {
    if (error instanceof PromontoryError && error.code === ERR_MATCHER_REGEX_WEIGHT_MAX) throw error;
    return reader.fail(label.start, regexReason(error));
  }
}

export function stringValue(reader: TokenReader, token: Token): string {
  // The lexer takes valid literals only.
  return unquoteString(token.text) ?? reader.fail(token.start, 'invalid string literal');
}

/** The regex engine's own sentence, without what our compilation adds to the pattern. */
function regexReason(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const reason = errorMessage(inner).replace('`(?s)', '`');
  // Go names the part of the pattern also where that is empty.
  return reason.includes(': `') ? reason : `${reason}: \`\``;
}
