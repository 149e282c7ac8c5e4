/**
 * Prepares a query's text for the grammar package, which is made for editors and knows a little less than the
 * language: `2.` and `2.e3` as numbers, duration functions in any case, and `min_of`/`max_of` outside of
 * durations. Every rewriting keeps the length, so positions in the tree are positions in the original text.
 *
 * One pass over the tokens; also the place that refuses bracket nesting before anything recursive sees it.
 */
import { PromontoryError } from '@promontory/base';
import { ERR_QUERY_DEPTH_MAX } from '../error-codes.ts';

export interface NormalizedSource {
  readonly text: string;
  /** Position of a function name → the function that is meant there. */
  readonly functionAliases: ReadonlyMap<number, string>;
}

const TOKEN =
  /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|#[^\n]*|[A-Za-z_:][A-Za-z0-9_:]*|\d[\w.]*|[()[\]{}]|[^\s]/gs;

const DURATION_FUNCTIONS: ReadonlySet<string> = new Set(['step', 'range', 'min_of', 'max_of']);

/** Functions of the grammar package with names of the same length, standing in. */
const STAND_INS: Readonly<Record<string, string>> = { min_of: 'minute', max_of: 'resets' };

/** @throws PromontoryError ERR_QUERY_DEPTH_MAX */
export function normalizeSource(text: string, depthMax: number): NormalizedSource {
  const functionAliases = new Map<number, string>();
  const context = new DurationContext();
  let normalized = '';
  let copiedTo = 0;
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    context.see(token);
    if (context.depth > depthMax) throw tooDeep(depthMax);
    const replacement = replaceToken(token, text, match.index, context, functionAliases);
    if (replacement === token) continue;
    normalized += text.slice(copiedTo, match.index) + replacement;
    copiedTo = match.index + token.length;
  }
  return { text: normalized + text.slice(copiedTo), functionAliases };
}

export function tooDeep(depthMax: number): PromontoryError {
  return new PromontoryError(`query nests too deep; the limit is ${depthMax} levels`, {
    code: ERR_QUERY_DEPTH_MAX,
    kind: 'bad-data',
    context: { depthMax },
  });
}

function replaceToken(
  token: string,
  text: string,
  position: number,
  context: DurationContext,
  aliases: Map<number, string>,
): string {
  // An exponent must stay beside what follows it, so there the space goes to the front.
  if (/^\d+\.$/.test(token)) return token.replace('.', ' ');
  if (/^\d+\.(?!\d)/.test(token)) return token.replace(/^(\d+)\./, ' $1');
  const lower = token.toLowerCase();
  if (!DURATION_FUNCTIONS.has(lower) || !isCalled(text, position + token.length)) return token;
  const standIn = STAND_INS[lower];
  if (standIn === undefined || context.insideDuration) return lower;
  aliases.set(position, lower);
  return standIn;
}

function isCalled(text: string, position: number): boolean {
  return /^\s*\(/.test(text.slice(position, position + 64));
}

/** Follows whether a token belongs to a duration: inside `[ ]`, or the operand of `offset`. */
class DurationContext {
  depth = 0;
  #squareDepth = 0;
  /** Bracket depth at which `offset` stands, -1 when its operand is complete. */
  #offsetDepth = -1;

  get insideDuration(): boolean {
    return this.#squareDepth > 0 || this.#offsetDepth >= 0;
  }

  see(token: string): void {
    if (token === '(' || token === '[' || token === '{') {
      this.depth++;
      if (token === '[') this.#squareDepth++;
    } else if (token === ')' || token === ']' || token === '}') {
      this.depth--;
      if (token === ']') this.#squareDepth--;
      if (this.depth <= this.#offsetDepth) this.#offsetDepth = -1;
    } else if (token.toLowerCase() === 'offset') {
      this.#offsetDepth = this.depth;
    } else if (this.depth === this.#offsetDepth && /^\w/.test(token)) {
      if (!DURATION_FUNCTIONS.has(token.toLowerCase())) this.#offsetDepth = -1;
    }
  }
}
