/** Text → checked expression: normalize, parse with the official grammar, convert, check the types. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { PromontoryError } from '@promontory/base';
import type { Matcher } from '@promontory/model';
import type { Expression } from '../ast/expression.ts';
import { checkTypes } from '../check/check-types.ts';
import { ERR_QUERY_DEPTH_MAX } from '../error-codes.ts';
import { children, Conversion } from './conversion.ts';
import { convertExpression } from './convert-expression.ts';
import { describeToken } from './describe-token.ts';
import { normalizeSource, tooDeep, type NormalizedSource } from './source-normalizer.ts';
import { syntaxError } from './syntax-error.ts';

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
  const tree = parser.parse(source.text);
  refuseErrors(text, source, tree, options.depthMax);
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

/** The grammar recovers from errors and goes on: the first error node is what the query got wrong. */
function refuseErrors(text: string, source: NormalizedSource, tree: Tree, depthMax: number): void {
  let error: SyntaxNode | null = null;
  tree.iterate({
    enter: (node) => {
      if (error === null && node.type.isError) error = node.node;
      return error === null;
    },
  });
  if (error === null) return;
  // The grammar's parser gives up on very deep trees with an error wherever it happens to be.
  if (ancestorCount(error) > depthMax) throw tooDeep(depthMax);
  throw describeError(text, source, error);
}

function ancestorCount(node: SyntaxNode): number {
  let count = 0;
  for (let parent = node.parent; parent !== null; parent = parent.parent) count++;
  return count;
}

function describeError(text: string, source: NormalizedSource, error: SyntaxNode): PromontoryError {
  const rest = source.text.slice(error.from).trimStart();
  const before = source.text.slice(0, error.from).trimEnd();
  const name = /[A-Za-z_:][\w:]*$/.exec(before);
  if (rest.startsWith('(') && name !== null && error.prevSibling?.name === 'Identifier') {
    return syntaxError(text, name.index, `unknown function with name ${JSON.stringify(name[0])}`);
  }
  const skipped = source.text.slice(error.from).length - rest.length;
  return syntaxError(text, error.from + skipped, `unexpected ${describeToken(source.text, error.from)}`);
}
