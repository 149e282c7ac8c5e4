/** What every converter of the concrete tree needs: the texts, the limits and a few node helpers. */
import type { SyntaxNode } from '@lezer/common';
import type { Expression } from '../ast/expression.ts';
import type { PositionRange } from '../ast/position.ts';
import { syntaxError } from './syntax-error.ts';
import { unquoteString } from './string-literal.ts';
import { findUnclosedString } from './unclosed.ts';
import { tooDeep, type NormalizedSource } from './source-normalizer.ts';

export class Conversion {
  /** As the caller wrote it. */
  readonly text: string;
  readonly source: NormalizedSource;
  readonly #depthMax: number;
  readonly #depths = new Map<Expression, number>();
  #nesting = 0;

  constructor(text: string, source: NormalizedSource, depthMax: number) {
    this.text = text;
    this.source = source;
    this.#depthMax = depthMax;
  }

  /** The node's text after normalization. */
  slice(node: SyntaxNode): string {
    return this.source.text.slice(node.from, node.to);
  }

  fail(position: number, reason: string): never {
    throw syntaxError(this.text, position, reason);
  }

  /** Bounds the recursion of the converters themselves. */
  nested<T>(convert: () => T): T {
    if (++this.#nesting > this.#depthMax) throw tooDeep(this.#depthMax);
    try {
      return convert();
    } finally {
      this.#nesting--;
    }
  }

  /** Records a finished expression; the height of the tree is what later stages recurse over. */
  track<T extends Expression>(expression: T, children: readonly Expression[]): T {
    let depth = 1;
    for (const child of children) depth = Math.max(depth, 1 + (this.#depths.get(child) ?? 0));
    if (depth > this.#depthMax) throw tooDeep(this.#depthMax);
    this.#depths.set(expression, depth);
    return expression;
  }

  string(node: SyntaxNode): string {
    const literal = this.text.slice(node.from, node.to);
    const value = unquoteString(literal);
    if (value === null) {
      this.fail(node.from, findUnclosedString(literal)?.reason ?? `invalid string literal ${literal}`);
    }
    return value;
  }
}

export function positionOf(node: SyntaxNode): PositionRange {
  return { start: node.from, end: node.to };
}

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') found.push(child);
  }
  return found;
}

export function childNamed(node: SyntaxNode, name: string): SyntaxNode | null {
  return children(node).find((child) => child.name === name) ?? null;
}
