/**
 * Label regexes: anchored at both ends, `.` matches newlines too, matching time linear in the value.
 *
 * Most patterns that people write are alternatives of literals and `.*` / `.+` gaps: those are recognised
 * here and matched by string search; every other one goes to RE2 (the re2js port), which never backtracks.
 * The recognised form also tells the index what it need not scan: a finite set of values, or a prefix.
 */
import { PromontoryError, type WorkTicker } from '@promontory/base';
import { RE2JS } from 're2js';
import { ERR_MATCHER_REGEX_INVALID } from './error-codes.ts';
import { RegexBudget } from './regex-weight.ts';
import { WatchedText } from './watched-text.ts';

/** One alternative: literals[0] gap[0] literals[1] gap[1] … literals[n]; a gap is its least length, 0 or 1. */
interface Glob {
  readonly literals: readonly string[];
  readonly gaps: readonly number[];
}

/** What a whole-value match captured. */
export interface LabelCapture {
  /** [0] is the whole value; groups that took no part are ''. */
  readonly groups: readonly string[];
  /** @returns the index of a named group, undefined when there is none */
  groupIndex(name: string): number | undefined;
}

/** A tenth of a millisecond. */
const STEPS_PER_TICK = 4096;
/** A match of more is looked after while it goes on. */
const UNWATCHED_TICKS_MAX = 20;
const LITERAL_ALTERNATIVES_MAX = 10_000;
const META = new Set('\\.+*?()|[]{}^$');

export class LabelRegex {
  readonly pattern: string;
  /** When the pattern stands for a finite set of values: that set. Otherwise null. */
  readonly values: ReadonlySet<string> | null;
  /** Every matching value starts with this; '' when nothing is known. */
  readonly prefix: string;
  /** How much work a character of a value may be: steps of the engine, or alternatives. */
  readonly stepsPerCharacter: number;
  readonly #globs: readonly Glob[] | null;
  #re2: RE2JS | null;

  /**
   * @param regexes what it and others may weigh together; patterns that need no engine weigh nothing
   * @throws PromontoryError ERR_MATCHER_REGEX_INVALID, ERR_MATCHER_REGEX_WEIGHT_MAX
   */
  constructor(pattern: string, regexes = new RegexBudget()) {
    this.pattern = pattern;
    const globs = parseGlobs(pattern);
    this.#globs = globs;
    this.stepsPerCharacter = globs === null ? regexes.take(pattern) : globs.length;
    this.#re2 = globs === null ? compileRe2(pattern) : null;
    this.values = globs?.every((glob) => glob.gaps.length === 0)
      ? new Set(globs.map((glob) => glob.literals[0] ?? ''))
      : null;
    this.prefix = globs === null ? '' : commonPrefix(globs.map((glob) => glob.literals[0] ?? ''));
  }

  /** @param ticker is told of the work, also in the middle of it. Default: nobody is. */
  matches(value: string, ticker?: WorkTicker): boolean {
    if (this.values !== null) return this.values.has(value);
    const ticks = this.#ticksOf(value);
    const isLong = ticker !== undefined && ticks > UNWATCHED_TICKS_MAX;
    if (!isLong) ticker?.tick(ticks);
    if (this.#globs !== null) {
      return this.#globs.some((glob) => {
        if (isLong) ticker.tick(1);
        return globMatches(glob, value);
      });
    }
    return this.#re2?.matches(isLong ? this.#watched(value, ticker) : value) ?? false;
  }

  /**
   * For rewriting labels, not for matching many: always runs the engine.
   *
   * @param ticker as of `matches`
   * @returns null when it does not match
   */
  capture(value: string, ticker?: WorkTicker): LabelCapture | null {
    this.#re2 ??= compileRe2(this.pattern);
    const ticks = this.#ticksOf(value);
    const isLong = ticker !== undefined && ticks > UNWATCHED_TICKS_MAX;
    if (!isLong) ticker?.tick(ticks);
    const matcher = this.#re2.matcher(isLong ? this.#watched(value, ticker) : value);
    if (!matcher.matches()) return null;
    const groups: string[] = [];
    for (let index = 0; index <= matcher.groupCount(); index++) groups.push(matcher.group(index) ?? '');
    const names = this.#re2.namedGroups();
    return { groups, groupIndex: (name) => (Object.hasOwn(names, name) ? names[name] : undefined) };
  }

  #ticksOf(value: string): number {
    return Math.floor((this.stepsPerCharacter * value.length) / STEPS_PER_TICK);
  }

  /** As the type of the engine has it, which is narrower than what it takes. */
  #watched(value: string, ticker: WorkTicker): string {
    const ticksPerCharacter = Math.ceil(this.stepsPerCharacter / STEPS_PER_TICK);
    return new WatchedText(value, ticker, ticksPerCharacter) as unknown as string;
  }
}

function compileRe2(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (cause) {
    throw new PromontoryError(
      `cannot compile label regex ${JSON.stringify(pattern)}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code: ERR_MATCHER_REGEX_INVALID, kind: 'bad-data', cause },
    );
  }
}

/** @returns the alternatives, or null when the pattern needs a real engine */
function parseGlobs(pattern: string): Glob[] | null {
  const body = stripWholeGroup(pattern);
  const globs: Glob[] = [];
  let literals: string[] = [];
  let gaps: number[] = [];
  let literal = '';
  const finish = (): void => {
    globs.push({ literals: [...literals, literal], gaps });
    literals = [];
    gaps = [];
    literal = '';
  };
  for (let index = 0; index < body.length; index++) {
    const unit = body[index] ?? '';
    const next = body[index + 1] ?? '';
    if (unit === '|') {
      finish();
      if (globs.length > LITERAL_ALTERNATIVES_MAX) return null;
    } else if (unit === '.' && (next === '*' || next === '+')) {
      if (META.has(body[index + 2] ?? '') && isQuantifier(body[index + 2] ?? '')) return null;
      literals.push(literal);
      gaps.push(next === '+' ? 1 : 0);
      literal = '';
      index++;
    } else if (unit === '\\' && META.has(next)) {
      if (isQuantifier(body[index + 2] ?? '')) return null;
      literal += next;
      index++;
    } else if (META.has(unit) || isQuantifier(next)) {
      return null;
    } else {
      literal += unit;
    }
  }
  finish();
  return globs;
}

function isQuantifier(unit: string): boolean {
  return unit === '*' || unit === '+' || unit === '?' || unit === '{';
}

/** `(a|b)` and `(?:a|b)` around the whole pattern say nothing when both ends are anchored. */
function stripWholeGroup(pattern: string): string {
  const inner = /^\((?:\?:)?([^()\\]*)\)$/.exec(pattern);
  return inner?.[1] ?? pattern;
}

function globMatches(glob: Glob, value: string): boolean {
  const { literals, gaps } = glob;
  const first = literals[0] ?? '';
  if (gaps.length === 0) return value === first;
  const last = literals[literals.length - 1] ?? '';
  if (!value.startsWith(first)) return false;
  let position = first.length;
  for (let index = 1; index < literals.length - 1; index++) {
    const literal = literals[index] ?? '';
    const found = value.indexOf(literal, position + (gaps[index - 1] ?? 0));
    if (found < 0) return false;
    position = found + literal.length;
  }
  const lastGap = gaps[gaps.length - 1] ?? 0;
  return value.length - last.length >= position + lastGap && value.endsWith(last);
}

/** Of whole code points: half of a surrogate pair has no bytes in UTF-8, where prefixes are looked up. */
function commonPrefix(strings: readonly string[]): string {
  let prefix = strings[0] ?? '';
  for (const string of strings) {
    let length = 0;
    while (length < prefix.length && prefix[length] === string[length]) length++;
    prefix = prefix.slice(0, length);
  }
  if (!prefix.isWellFormed()) prefix = prefix.slice(0, -1);
  return prefix;
}
