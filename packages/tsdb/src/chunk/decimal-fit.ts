// HOT PATH: under 8 ns a value when decimals fit, no allocation; column-codec.bench.ts.
/**
 * Turns a run of values into integers, value = integer / 10^exponent, and lists the exceptions that stay
 * outside (decimal-scale.ts says which values an exponent covers). The exponent is that of a few values taken
 * evenly; exceptions raise it when that is cheaper than keeping them aside.
 */
import type { SampleColumns } from '@promontory/model';
import { chooseExponent, guessCheapExponent, POWERS_OF_TEN, SCALED_MAX } from './decimal-scale.ts';

const SAMPLED_MAX = 32;
/** What an exception takes: its position and its 8 bytes. */
const EXCEPTION_BITS = 72;
const BITS_PER_DIGIT = Math.log2(10);

/** The fit of the last call of `fit`. One a thread. */
export class DecimalFit {
  /** [0, count): each value as an integer; at exceptions, a point on the line between its neighbours. */
  readonly integers: Float64Array;
  /** [0, exceptionCount): indexes from the start of the run, ascending. */
  readonly exceptions: Uint16Array;
  exceptionCount = 0;
  exponent = 0;
  readonly #sample = new Float64Array(SAMPLED_MAX);
  readonly #missed: Float64Array;

  constructor(countMax: number) {
    this.integers = new Float64Array(countMax);
    this.exceptions = new Uint16Array(countMax);
    this.#missed = new Float64Array(countMax);
  }

  /**
   * Fits values [start, start + count).
   *
   * @returns false when decimals plainly do not suit; then nothing of the fit may be used
   */
  fit(columns: SampleColumns, start: number, count: number): boolean {
    this.exponent = this.#guessExponent(columns.value, start, count);
    if (this.exponent < 0) return false;
    this.#scale(columns, start, count);
    if (this.exceptionCount > 0 && this.#raiseExponent(columns.value, start, count)) {
      this.#scale(columns, start, count);
    }
    if (this.exceptionCount === count) return false;
    interpolateExceptions(this.integers, count, this.exceptions, this.exceptionCount);
    return true;
  }

  /** @returns the exponent that a few values suggest, or -1 when most of them are no decimals */
  #guessExponent(value: Float64Array, start: number, count: number): number {
    const stride = Math.ceil(count / SAMPLED_MAX);
    const sample = this.#sample;
    let sampledCount = 0;
    for (let index = 0; index < count; index += stride) sample[sampledCount++] = value[start + index]!;
    const exponent = chooseExponent(sample, sampledCount);
    const cheap = guessCheapExponent(sample, sampledCount, exponent, EXCEPTION_BITS);
    const power = POWERS_OF_TEN[cheap]!;
    let missed = 0;
    for (let index = 0; index < sampledCount; index++) {
      if (Math.round(sample[index]! * power) / power !== sample[index]) missed++;
    }
    return 2 * missed > sampledCount ? -1 : cheap;
  }

  #scale(columns: SampleColumns, start: number, count: number): void {
    const { value, valueWords } = columns;
    const { integers, exceptions } = this;
    const power = POWERS_OF_TEN[this.exponent]!;
    let exceptionCount = 0;
    for (let index = 0; index < count; index++) {
      const number = value[start + index]!;
      const integer = Math.round(number * power);
      integers[index] = integer;
      const isExact = integer / power === number && integer < SCALED_MAX && integer > -SCALED_MAX;
      // Minus zero equals zero; only its words tell.
      const isMinusZero = integer === 0 && valueWords[2 * (start + index) + 1] !== 0;
      if (!isExact || isMinusZero) exceptions[exceptionCount++] = index;
    }
    this.exceptionCount = exceptionCount;
  }

  /** @returns whether a higher exponent, now set, is cheaper than the exceptions it covers */
  #raiseExponent(value: Float64Array, start: number, count: number): boolean {
    const missed = this.#missed;
    for (let index = 0; index < this.exceptionCount; index++) {
      missed[index] = value[start + this.exceptions[index]!]!;
    }
    const exponent = chooseExponent(missed, this.exceptionCount);
    const digits = exponent - this.exponent;
    if (digits <= 0 || this.exceptionCount * EXCEPTION_BITS < digits * BITS_PER_DIGIT * count) return false;
    this.exponent = exponent;
    return true;
  }
}

/**
 * Draws lines over the exceptions in integers[0, count), between the values that are none, so that they widen
 * neither distances nor differences. Before the first, that repeats; after the last, it repeats or goes on at
 * the slope of the three before.
 *
 * @param exceptions [0, exceptionCount): indexes, ascending, fewer than `count`
 */
export function interpolateExceptions(
  integers: Float64Array,
  count: number,
  exceptions: Uint16Array,
  exceptionCount: number,
): void {
  for (let first = 0; first < exceptionCount;) {
    let last = first;
    while (last + 1 < exceptionCount && exceptions[last + 1] === exceptions[last]! + 1) last++;
    const before = exceptions[first]! - 1;
    const after = exceptions[last]! + 1;
    const left = before >= 0 ? integers[before]! : integers[after]!;
    const step =
      after < count ? (integers[after]! - left) / (after - before) : slopeBefore(integers, before, after);
    for (let index = before + 1; index < after; index++) {
      integers[index] = Math.round(left + step * (index - before));
    }
    first = last + 1;
  }
}

/** The distance between the three numbers up to `last`, if it is one and stays in range as far as `end`; else 0. */
function slopeBefore(integers: Float64Array, last: number, end: number): number {
  if (last < 2) return 0;
  const step = integers[last]! - integers[last - 1]!;
  const isSlope = step === integers[last - 1]! - integers[last - 2]!;
  return isSlope && Math.abs(integers[last]! + step * (end - last)) < SCALED_MAX ? step : 0;
}
