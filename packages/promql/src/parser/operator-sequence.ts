/**
 * Rebuilds operator precedence. The grammar package gives postfix modifiers (`offset`, `@`, `[5m]`) and the
 * sign of a number loose precedence: it reads `a + b offset 5m` as `(a + b) offset 5m` and `-2 ^ 2` as
 * `(-2) ^ 2`. So one level of its tree (down to parentheses and calls) is flattened into the sequence in
 * which it was written, and the sequence is read again by precedence climbing.
 */
import type { SyntaxNode } from '@lezer/common';
import { children, type Conversion } from './conversion.ts';

export type SequenceItem =
  | { readonly kind: 'operand'; readonly node: SyntaxNode }
  | { readonly kind: 'prefix'; readonly operator: '+' | '-'; readonly position: number }
  | { readonly kind: 'infix'; readonly node: SyntaxNode; readonly parts: readonly SyntaxNode[] }
  | { readonly kind: 'postfix'; readonly node: SyntaxNode; readonly parts: readonly SyntaxNode[] };

const POSTFIX: ReadonlySet<string> = new Set([
  'OffsetExpr',
  'StepInvariantExpr',
  'MatrixSelector',
  'SubqueryExpr',
  'AnchoredExpr',
  'SmoothedExpr',
]);

/** Not recursive: a chain of operators nests as deep as it is long. */
export function flattenOperators(conversion: Conversion, root: SyntaxNode): SequenceItem[] {
  const items: SequenceItem[] = [];
  const pending: (SyntaxNode | SequenceItem)[] = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('kind' in next) items.push(next);
    else expand(conversion, next, pending);
  }
  return items;
}

function expand(conversion: Conversion, node: SyntaxNode, pending: (SyntaxNode | SequenceItem)[]): void {
  const parts = children(node);
  const first = parts[0];
  const last = parts[parts.length - 1];
  if (node.name === 'BinaryExpr' && first !== undefined && last !== undefined) {
    pending.push(last, { kind: 'infix', node, parts: parts.slice(1, -1) }, first);
  } else if (node.name === 'UnaryExpr' && first !== undefined && last !== undefined) {
    pending.push(last, prefix(conversion.slice(first), first.from));
  } else if (POSTFIX.has(node.name) && first !== undefined) {
    pending.push({ kind: 'postfix', node, parts: parts.slice(1) }, first);
  } else if (node.name === 'NumberDurationLiteral' && /^[-+]/.test(conversion.slice(node))) {
    pending.push({ kind: 'operand', node }, prefix(conversion.slice(node)[0] ?? '', node.from));
  } else {
    pending.push({ kind: 'operand', node });
  }
}

function prefix(sign: string, position: number): SequenceItem {
  return { kind: 'prefix', operator: sign === '-' ? '-' : '+', position };
}
