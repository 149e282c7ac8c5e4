/** Postfix parts: ranges, subqueries, `offset` and `@`. */
import type { SyntaxNode } from '@lezer/common';
import type {
  AtModifier,
  DurationExpression,
  Expression,
  MatrixSelector,
  Subquery,
  VectorSelector,
} from '../ast/expression.ts';
import type { PositionRange } from '../ast/position.ts';
import { convertDuration } from './convert-duration.ts';
import { childNamed, type Conversion } from './conversion.ts';
import { parseNumberToken } from './number-literal.ts';
import { notSupportedError } from './syntax-error.ts';

/** @param parts the postfix node's children after the expression it modifies */
export function applyPostfix(
  conversion: Conversion,
  operand: Expression,
  node: SyntaxNode,
  parts: readonly SyntaxNode[],
): Expression {
  const position = { start: operand.position.start, end: node.to };
  switch (node.name) {
    case 'MatrixSelector':
      return makeMatrixSelector(conversion, operand, parts, position);
    case 'SubqueryExpr':
      return makeSubquery(conversion, operand, parts, position);
    case 'OffsetExpr':
      return applyOffset(conversion, operand, parts, position);
    case 'StepInvariantExpr':
      return applyAt(conversion, operand, parts, position);
    default:
      throw notSupportedError(node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed');
  }
}

function makeMatrixSelector(
  conversion: Conversion,
  operand: Expression,
  parts: readonly SyntaxNode[],
  position: PositionRange,
): MatrixSelector {
  if (operand.kind !== 'vector-selector') {
    conversion.fail(position.start, 'ranges only allowed for vector selectors');
  }
  if (operand.offset !== null) conversion.fail(position.start, 'no offset modifiers allowed before range');
  if (operand.at !== null) conversion.fail(position.start, 'no @ modifiers allowed before range');
  const range = convertPositiveDuration(conversion, required(conversion, parts[0], position));
  return { kind: 'matrix-selector', selector: operand, range, position };
}

function makeSubquery(
  conversion: Conversion,
  operand: Expression,
  parts: readonly SyntaxNode[],
  position: PositionRange,
): Subquery {
  const range = convertPositiveDuration(conversion, required(conversion, parts[0], position));
  const step = parts[1] === undefined ? null : convertPositiveDuration(conversion, parts[1]);
  return { kind: 'subquery', expression: operand, range, step, offset: null, at: null, position };
}

/** What is not a literal is known only when the query is planned. */
function convertPositiveDuration(conversion: Conversion, node: SyntaxNode): DurationExpression {
  const duration = convertDuration(conversion, node);
  const seconds = literalSeconds(duration);
  if (seconds !== null && seconds <= 0) conversion.fail(node.from, 'duration must be greater than 0');
  return duration;
}

/** The value of a literal with at most one sign, else null. */
function literalSeconds(duration: DurationExpression): number | null {
  if (duration.kind === 'number') return duration.seconds;
  if (duration.kind === 'negate' && duration.operand.kind === 'number') return -duration.operand.seconds;
  return null;
}

function applyOffset(
  conversion: Conversion,
  operand: Expression,
  parts: readonly SyntaxNode[],
  position: PositionRange,
): Expression {
  const offset = convertDuration(conversion, required(conversion, parts[1], position));
  return shiftable(conversion, operand, position, 'offset', (shifted) => {
    if (shifted.offset !== null) conversion.fail(position.start, 'offset may not be set multiple times');
    return { ...shifted, offset, position };
  });
}

function applyAt(
  conversion: Conversion,
  operand: Expression,
  parts: readonly SyntaxNode[],
  position: PositionRange,
): Expression {
  const at = convertAt(conversion, required(conversion, parts[1], position));
  return shiftable(conversion, operand, position, '@', (shifted) => {
    if (shifted.at !== null) conversion.fail(position.start, '@ <timestamp> may not be set multiple times');
    return { ...shifted, at, position };
  });
}

function shiftable(
  conversion: Conversion,
  operand: Expression,
  position: PositionRange,
  modifier: string,
  shift: <T extends VectorSelector | Subquery>(shifted: T) => T,
): Expression {
  if (operand.kind === 'vector-selector' || operand.kind === 'subquery') return shift(operand);
  if (operand.kind === 'matrix-selector') {
    return { ...operand, selector: shift(operand.selector), position };
  }
  return conversion.fail(
    position.start,
    `${modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
  );
}

function convertAt(conversion: Conversion, node: SyntaxNode): AtModifier {
  if (node.name === 'AtModifierPreprocessors') {
    return { kind: childNamed(node, 'AtStart') === null ? 'end' : 'start' };
  }
  const token = conversion.slice(node);
  const magnitude = parseNumberToken(token.replace(/^[-+]\s*/, ''));
  const timestampMs = Math.round((token.startsWith('-') ? -magnitude : magnitude) * 1000);
  if (!Number.isSafeInteger(timestampMs)) {
    conversion.fail(node.from, `timestamp out of bounds for @ modifier: ${token}`);
  }
  return { kind: 'time', timestampMs };
}

function required(conversion: Conversion, node: SyntaxNode | undefined, position: PositionRange): SyntaxNode {
  if (node === undefined) conversion.fail(position.start, 'incomplete modifier');
  return node;
}
