import type { SyntaxNode } from '@lezer/common';
import type { DurationExpression } from '../ast/expression.ts';
import { children, type Conversion } from './conversion.ts';
import { parseNumberToken } from './number-literal.ts';

const OPERATORS: Readonly<Record<string, '+' | '-' | '*' | '/' | '%' | '^'>> = {
  Add: '+',
  Sub: '-',
  Mul: '*',
  Div: '/',
  Mod: '%',
  Pow: '^',
};

/** @param node a DurationExpr, an OffsetDurationExpr or one of their parts */
export function convertDuration(conversion: Conversion, node: SyntaxNode): DurationExpression {
  return conversion.nested(() => convertParts(conversion, node, children(node)));
}

function convertParts(
  conversion: Conversion,
  node: SyntaxNode,
  parts: readonly SyntaxNode[],
): DurationExpression {
  const [first, second, third] = parts;
  if (first === undefined || node.name === 'NumberDurationLiteralInDurationContext') {
    return { kind: 'number', seconds: parseDurationNumber(conversion, node) };
  }
  if (first.name === 'DurationStep') return { kind: 'step' };
  if (first.name === 'DurationRange') return { kind: 'range' };
  if (first.name === 'UnaryOp' && second !== undefined) {
    const operand = convertDuration(conversion, second);
    return conversion.slice(first) === '-' ? { kind: 'negate', operand } : operand;
  }
  if (second === undefined) return convertDuration(conversion, first);
  if ((first.name === 'DurationMinOf' || first.name === 'DurationMaxOf') && third !== undefined) {
    return {
      kind: 'binary',
      operator: first.name === 'DurationMinOf' ? 'min_of' : 'max_of',
      left: convertDuration(conversion, second),
      right: convertDuration(conversion, third),
    };
  }
  const operator = OPERATORS[second.name];
  if (operator === undefined || third === undefined) conversion.fail(node.from, 'invalid duration');
  return {
    kind: 'binary',
    operator,
    left: convertDuration(conversion, first),
    right: convertDuration(conversion, third),
  };
}

function parseDurationNumber(conversion: Conversion, node: SyntaxNode): number {
  const seconds = parseNumberToken(conversion.slice(node));
  if (!Number.isFinite(seconds)) conversion.fail(node.from, 'duration out of range');
  return seconds;
}
