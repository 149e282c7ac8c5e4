/**
 * What the parts of the parser share: the tokens, the limits and the words of complaints. The next token is read
 * only when something asks for it, so that of two errors the one is reported that Prometheus reports first.
 */
import type { RegexBudget } from '@promontory/model';
import type { PositionRange } from '../ast/position.ts';
import { Lexer } from './lexer.ts';
import type { ParseOptions } from './parse-options.ts';
import { syntaxError, tooDeep } from './syntax-error.ts';
import { describeToken, type Token, type TokenKind } from './token.ts';

export class TokenReader {
  /** As the caller wrote it. */
  readonly text: string;
  readonly options: ParseOptions;
  readonly regexes: RegexBudget;
  readonly #lexer: Lexer;
  readonly #heights = new Map<object, number>();
  #lookahead: Token | null = null;
  #nesting = 0;
  #aggregationsOpen = 0;
  #lastEnd = 0;

  constructor(text: string, options: ParseOptions, regexes: RegexBudget) {
    this.text = text;
    this.options = options;
    this.regexes = regexes;
    this.#lexer = new Lexer(text);
  }

  /** The next token, which stays the next. */
  peek(): Token {
    this.#lookahead ??= this.#lexer.next();
    return this.#lookahead;
  }

  take(): Token {
    const token = this.peek();
    this.#lookahead = null;
    this.#lastEnd = token.end;
    return token;
  }

  /** Where the token that was taken last ends. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  get allowsExperimental(): boolean {
    return this.options.experimental ?? true;
  }

  /** @returns null, and takes nothing, when the next token is another */
  takeIf(kind: TokenKind): Token | null {
    return this.peek().kind === kind ? this.take() : null;
  }

  /** The next token, or an error about another one; see `unexpected`. */
  takeOnly(kind: TokenKind, context = '', expected = ''): Token {
    return this.takeIf(kind) ?? this.unexpected(context, expected);
  }

  /** Reads a part whose errors, unless something inside says it better, are said to be in an aggregation. */
  insideAggregation<T>(read: () => T): T {
    this.#aggregationsOpen++;
    try {
      return read();
    } finally {
      this.#aggregationsOpen--;
    }
  }

  /** Refuses the next token. */
  unexpected(context = '', expected = ''): never {
    const token = this.peek();
    const place = context === '' && this.#aggregationsOpen > 0 ? 'aggregation' : context;
    const inside = place === '' ? '' : ` in ${place}`;
    const wanted = expected === '' ? '' : `, expected ${expected}`;
    return this.fail(token.start, `unexpected ${describeToken(token)}${inside}${wanted}`);
  }

  fail(position: number, reason: string): never {
    throw syntaxError(this.text, position, reason);
  }

  /** Bounds the recursion of the parser itself. */
  nested<T>(read: () => T): T {
    if (++this.#nesting > this.options.depthMax) throw tooDeep(this.options.depthMax);
    try {
      return read();
    } finally {
      this.#nesting--;
    }
  }

  /** Records a finished node; the height of the tree is what later stages recurse over. */
  track<T extends object>(node: T, children: readonly object[]): T {
    let height = 1;
    for (const child of children) height = Math.max(height, 1 + (this.#heights.get(child) ?? 0));
    if (height > this.options.depthMax) throw tooDeep(this.options.depthMax);
    this.#heights.set(node, height);
    return node;
  }
}

export function rangeOf(first: PositionRange, last: PositionRange): PositionRange {
  return { start: first.start, end: last.end };
}
