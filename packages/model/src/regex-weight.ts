/**
 * How much work a regex is for the engine, told from its text before anything is compiled: about the number of steps of
 * its program. Counted repetitions write their operand out so many times, and sets of Unicode characters are built anew
 * wherever they stand, so that a short text may be a program of millions of steps.
 */
import { PromontoryError } from '@promontory/base';
import { ERR_MATCHER_REGEX_WEIGHT_MAX } from './error-codes.ts';

/** Compiling so much takes half a second as a rule, and about one at worst. */
export const REGEX_WEIGHT_MAX = 100_000;
/** Building a set of Unicode characters takes as long as so many steps. */
const SET_WEIGHT = 100;
/** Where case does not matter, a range is built character by character, so many in the time of a step. */
const FOLDED_PER_STEP = 128;
/** The first and the last character that has another case. */
const FOLDED_MIN = 0x41;
const FOLDED_MAX = 0x1e943;
const FOLDING = /\(\?[a-zA-Z]*i/;
const RANGES = /([^])-([^])/gu;
const BUILT_SETS = /^\[\^|\\[pPdDsSwW]|\[:/g;
const COUNTED = /\{(\d+)(?:,(\d*))?\}/y;
const SET_NAME = /[pP](?:\{[^}]{0,64}\}|.)?/sy;
const CLASS_NAME = /\[:\^?\w{0,16}:\]/y;

/** What the regexes of a request may weigh together. Owned by who reads the request. */
export class RegexBudget {
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax = REGEX_WEIGHT_MAX) {
    this.#weightMax = weightMax;
  }

  /**
   * Takes the weight of a regex that is to be compiled.
   *
   * @returns it
   * @throws PromontoryError ERR_MATCHER_REGEX_WEIGHT_MAX
   */
  take(pattern: string): number {
    const weight = regexWeight(pattern);
    this.#weight += weight;
    if (this.#weight <= this.#weightMax) return weight;
    throw new PromontoryError(
      `cannot compile label regexes: repetitions and sets written out, they have about ${this.#weight} steps, want at most ${this.#weightMax} in a request`,
      {
        code: ERR_MATCHER_REGEX_WEIGHT_MAX,
        kind: 'bad-data',
        context: { weight: this.#weight, weightMax: this.#weightMax },
      },
    );
  }
}

/** Of a text that is no valid regex it is some number. */
export function regexWeight(pattern: string): number {
  /** Of each open group, and of the whole. */
  const sums = [0];
  /** Of what a repetition that follows applies to. */
  let operand = 0;
  let at = 0;
  // Wherever the flag stands, it is taken to hold everywhere.
  const isFolding = FOLDING.test(pattern);
  while (at < pattern.length) {
    const unit = pattern[at];
    const counted = unit === '{' ? matchAt(COUNTED, pattern, at) : null;
    if (counted !== null) {
      const times = Math.max(Number(counted[1]), Number(counted[2] || 0), 1);
      addTo(sums, operand * (times - 1));
      operand *= times;
      at += counted[0].length;
      continue;
    }
    if (unit === '(') {
      sums.push(0);
      at++;
      continue;
    }
    let length = 1;
    operand = 1;
    if (unit === ')' && sums.length > 1) {
      operand += sums.pop() ?? 0;
    } else if (unit === '[') {
      length = setLength(pattern, at);
      operand = setWeight(pattern.slice(at, at + length), isFolding);
    } else if (unit === '\\') {
      const name = matchAt(SET_NAME, pattern, at + 1);
      length = 1 + (name?.[0].length ?? 1);
      operand = name === null ? 1 : SET_WEIGHT;
    }
    addTo(sums, operand);
    at += length;
  }
  return sums.reduce((sum, each) => sum + each, 0);
}

function addTo(sums: number[], weight: number): void {
  sums.push((sums.pop() ?? 0) + weight);
}

/** @param text of a set in brackets */
function setWeight(text: string, isFolding: boolean): number {
  const builtSets = text.match(BUILT_SETS)?.length ?? 0;
  return 1 + (text.length >> 3) + SET_WEIGHT * builtSets + (isFolding ? foldedWeight(text) : 0);
}

/** @returns the weight of the ranges of a set that is built for both cases */
function foldedWeight(text: string): number {
  // With escapes and named classes, any hyphen may stand in the widest range.
  if (/\\|\[:/.test(text)) return (text.split('-').length - 1) * rangeWeight(FOLDED_MIN, FOLDED_MAX);
  let weight = 0;
  for (const [, first = '', last = ''] of text.replace(/^\[\^?/, '').matchAll(RANGES)) {
    weight += rangeWeight(first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0);
  }
  return weight;
}

function rangeWeight(first: number, last: number): number {
  const count = Math.min(last, FOLDED_MAX) - Math.max(first, FOLDED_MIN);
  return Math.max(0, Math.ceil(count / FOLDED_PER_STEP));
}

/** From the bracket to the one that closes it, or to the end. */
function setLength(pattern: string, start: number): number {
  // A bracket at the very beginning of a set is one of its characters.
  let at = start + (pattern[start + 1] === '^' ? 2 : 1);
  if (pattern[at] === ']') at++;
  while (at < pattern.length && pattern[at] !== ']') {
    const name = pattern[at] === '[' ? matchAt(CLASS_NAME, pattern, at) : null;
    if (name !== null) at += name[0].length;
    else at += pattern[at] === '\\' ? 2 : 1;
  }
  return Math.min(at + 1, pattern.length) - start;
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}
