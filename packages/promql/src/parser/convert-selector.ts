import type { SyntaxNode } from '@lezer/common';
import { errorMessage } from '@promontory/base';
import { Matcher, METRIC_NAME, type MatchOperator } from '@promontory/model';
import type { VectorSelector } from '../ast/expression.ts';
import { childNamed, children, positionOf, type Conversion } from './conversion.ts';
import { isValidUtf8, quoteString } from './string-literal.ts';

export function convertVectorSelector(conversion: Conversion, node: SyntaxNode): VectorSelector {
  const identifier = childNamed(node, 'Identifier');
  const names: string[] = identifier === null ? [] : [conversion.slice(identifier)];
  const matchers: Matcher[] = [];
  const list = childNamed(node, 'LabelMatchers');
  for (const part of list === null ? [] : children(list)) {
    if (part.name === 'QuotedLabelName') names.push(convertQuotedName(conversion, part));
    else matchers.push(convertMatcher(conversion, part));
  }
  refuseSecondName(conversion, node, names, matchers);
  const name = names[0];
  if (name !== undefined) matchers.unshift(new Matcher('=', METRIC_NAME, name));
  if (matchers.every((matcher) => matcher.matchesValue(''))) {
    conversion.fail(node.from, 'vector selector must contain at least one non-empty matcher');
  }
  return {
    kind: 'vector-selector',
    matchers,
    extension: null,
    offset: null,
    at: null,
    position: positionOf(node),
  };
}

/** A name in quotes, as a metric name or as a label name. */
export function convertQuotedName(conversion: Conversion, node: SyntaxNode): string {
  const literal = childNamed(node, 'StringLiteral') ?? node;
  const name = conversion.string(literal);
  if (name === '' || !isValidUtf8(name)) {
    conversion.fail(node.from, `invalid label name ${quoteString(name)}`);
  }
  return name;
}

function refuseSecondName(
  conversion: Conversion,
  node: SyntaxNode,
  names: readonly string[],
  matchers: readonly Matcher[],
): void {
  if (names.length === 0) return;
  const again = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=');
  const second = names[1] ?? again?.value;
  if (second === undefined) return;
  conversion.fail(
    node.from,
    `metric name must not be set twice: ${quoteString(names[0] ?? '')} or ${quoteString(second)}`,
  );
}

function convertMatcher(conversion: Conversion, node: SyntaxNode): Matcher {
  const [nameNode, operatorNode, valueNode] = children(node);
  if (nameNode === undefined || operatorNode === undefined || valueNode === undefined) {
    conversion.fail(node.from, 'incomplete label matcher');
  }
  const name =
    nameNode.name === 'QuotedLabelName'
      ? convertQuotedName(conversion, nameNode)
      : conversion.slice(nameNode);
  const value = conversion.string(valueNode);
  try {
    return new Matcher(conversion.slice(operatorNode) as MatchOperator, name, value);
  } catch (cause) {
    return conversion.fail(node.from, regexReason(cause));
  }
}

/** The regex engine's own sentence, without what our compilation adds to the pattern. */
function regexReason(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return errorMessage(inner).replace('`(?s)', '`');
}
