/** Text → checked expression: normalize, parse with the official grammar, convert, check the types. */
import type { Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { assert, errorMessage, PromontoryError } from '@promontory/base';
import type { Matcher } from '@promontory/model';
import type { Expression } from '../ast/expression.ts';
import { checkTypes } from '../check/check-types.ts';
import { ERR_QUERY_DEPTH_MAX } from '../error-codes.ts';
import { children, Conversion } from './conversion.ts';
import { convertExpression } from './convert-expression.ts';
import { describeToken } from './describe-token.ts';
import { normalizeSource, tooDeep, type NormalizedSource } from './source-normalizer.ts';
import { syntaxError } from './syntax-error.ts';
import { findUnclosedString, unclosedBracket } from './unclosed.ts';

export interface ParseOptions {
  /** Levels of nesting, counted in the tree of expressions. */
  readonly depthMax: number;
  /** UTF-16 units. */
  readonly lengthMax: number;
}

/** Deep enough for generated dashboards, shallow enough for every recursion in the engine. */
export const DEFAULT_PARSE_OPTIONS: ParseOptions = { depthMax: 400, lengthMax: 262_144 };

/**
 * @throws PromontoryError ERR_QUERY_SYNTAX, ERR_QUERY_TYPE, ERR_QUERY_DEPTH_MAX, ERR_QUERY_NOT_SUPPORTED
 */
export function parseExpression(text: string, options: ParseOptions = DEFAULT_PARSE_OPTIONS): Expression {
  if (text.length > options.lengthMax) throw tooLong(text, options.lengthMax);
  const source = normalizeSource(text, options.depthMax);
  const tree = parseTree(text, source, options.depthMax);
  const root = children(tree.topNode)[0];
  if (root === undefined) throw syntaxError(text, text.length, 'unexpected end of input');
  const expression = convertExpression(new Conversion(text, source, options.depthMax), root);
  checkTypes(text, expression);
  return expression;
}

/**
 * A series selector as `match[]` takes it: no range, no modifiers.
 *
 * @throws PromontoryError ERR_QUERY_SYNTAX
 */
export function parseSelector(text: string): Matcher[] {
  const expression = parseExpression(text);
  const plain = expression.kind === 'vector-selector' && expression.offset === null && expression.at === null;
  if (!plain) throw syntaxError(text, 0, 'expected a series selector');
  return [...expression.matchers];
}

function tooLong(text: string, lengthMax: number): PromontoryError {
  return new PromontoryError(`query is too long; got ${text.length} characters, the limit is ${lengthMax}`, {
    code: ERR_QUERY_DEPTH_MAX,
    kind: 'bad-data',
    context: { length: text.length, lengthMax },
  });
}

/** In strict mode the grammar's parser stops at the first error, instead of trying ways around it. */
const strictParser = parser.configure({ strict: true });

function parseTree(text: string, source: NormalizedSource, depthMax: number): Tree {
  let tree: Tree;
  try {
    tree = strictParser.parse(source.text);
  } catch (error) {
    const position = /^No parse at (\d+)/.exec(errorMessage(error))?.[1];
    assert(position !== undefined, 'the parser says where it stopped', { error: errorMessage(error) });
    throw describeError(text, source, Number(position), depthMax);
  }
  // Very deep input is cut off by force, which leaves error nodes wherever that happens to be.
  if (hasErrorNode(tree)) throw tooDeep(depthMax);
  return tree;
}

function hasErrorNode(tree: Tree): boolean {
  const cursor = tree.cursor();
  do if (cursor.type.isError) return true;
  while (cursor.next());
  return false;
}

/**
 * The parser also stops where its stack is full. So when there is enough text before the error to nest too
 * deep, that text is parsed again, with recovery, to see how deep it is.
 */
function nestsTooDeep(prefix: string, depthMax: number): boolean {
  if (prefix.length <= depthMax) return false;
  let depth = 0;
  let deepest = 0;
  parser.parse(prefix).iterate({
    enter: () => {
      deepest = Math.max(deepest, ++depth);
    },
    leave: () => {
      depth--;
    },
  });
  return deepest > depthMax;
}

function describeError(
  text: string,
  source: NormalizedSource,
  position: number,
  depthMax: number,
): PromontoryError {
  if (nestsTooDeep(source.text.slice(0, position), depthMax)) return tooDeep(depthMax);
  const rest = source.text.slice(position).trimStart();
  const start = source.text.length - rest.length;
  const string = findUnclosedString(text);
  // The grammar takes a string that is not closed for one, and stops only after it.
  if (string !== null && start >= string.position) return syntaxError(text, string.position, string.reason);
  const before = source.text.slice(0, position).trimEnd();
  const name = /(?<![\w:.])[A-Za-z_:][\w:]*$/.exec(before);
  const isCall = rest.startsWith('(') && name !== null;
  if (isCall || rest === '' || rest.startsWith('#')) {
    const open = unclosedBracket(text);
    if (open !== null) return syntaxError(text, text.length, open);
  }
  if (isCall) {
    return syntaxError(text, name.index, `unknown function with name ${JSON.stringify(name[0])}`);
  }
  return syntaxError(text, start, `unexpected ${describeToken(source.text, start)}`);
}
