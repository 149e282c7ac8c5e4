// HOT PATH: about 60 ns a value, tried only where decimals do not fit, no allocation; column-codec.bench.ts.
/**
 * Turns a run of values into decimals and corrections: value = integer / 10^exponent, moved on by so many
 * doubles. Sums of decimals are like that (durations added up in seconds, say): each addition rounds, and what
 * it leaves is a few doubles away from the decimal. Where real numbers have no decimal near them, a digit more
 * only saves what it costs, and `fit` says no.
 */
import type { SampleColumns } from '@promontory/model';
import { interpolateExceptions } from './decimal-fit.ts';
import { EXPONENT_MAX, POWERS_OF_TEN, SCALED_MAX } from './decimal-scale.ts';
import { bitWidth } from './word-packing.ts';

const SAMPLED_MAX = 24;
/** Of a short run fewer are looked at: finding out must not cost more than the run itself. */
const VALUES_PER_SAMPLED = 8;
const BITS_PER_DIGIT = Math.log2(10);
/** Corrections stay below this in size; a value farther from its decimal is an exception. */
const CORRECTION_MAX = 2 ** 40;
/** What a sampled value without a near decimal counts, in bits. */
const FAR_BITS = 54;
/** Bits a value that decimals must save to be worth two columns. */
const SAVED_BITS_MIN = 6;

/** The fit of the last call of `fit`. One a thread. */
export class NearDecimalFit {
  /** [0, count). At exceptions, on the line between the neighbours. */
  readonly integers: Float64Array;
  /** [0, count): how many doubles the value lies after integer / 10^exponent. At exceptions, 0. */
  readonly corrections: Float64Array;
  /** [0, exceptionCount): indexes from the start of the run, ascending. */
  readonly exceptions: Uint16Array;
  exceptionCount = 0;
  exponent = 0;
  readonly #nearest: Float64Array;
  readonly #nearestWords: Int32Array;

  constructor(countMax: number) {
    this.integers = new Float64Array(countMax);
    this.corrections = new Float64Array(countMax);
    this.exceptions = new Uint16Array(countMax);
    this.#nearest = new Float64Array(countMax);
    this.#nearestWords = new Int32Array(this.#nearest.buffer);
  }

  /**
   * Fits values [start, start + count).
   *
   * @returns false when decimals save too little; then nothing of the fit may be used
   */
  fit(columns: SampleColumns, start: number, count: number): boolean {
    const stride = Math.max(Math.ceil(count / SAMPLED_MAX), Math.min(VALUES_PER_SAMPLED, count >>> 2), 1);
    const sampledCount = Math.ceil(count / stride);
    let best = 0;
    let bestBits = this.#costBits(columns, start, stride, sampledCount, 0);
    const enoughBits = bestBits - SAVED_BITS_MIN * sampledCount;
    for (let exponent = 1; exponent <= EXPONENT_MAX; exponent++) {
      const bits = this.#costBits(columns, start, stride, sampledCount, exponent);
      if (bits >= bestBits) continue;
      best = exponent;
      bestBits = bits;
    }
    if (bestBits > enoughBits) return false;
    this.exponent = best;
    this.#scale(columns, start, 1, count);
    if (this.exceptionCount === count) return false;
    interpolateExceptions(this.integers, count, this.exceptions, this.exceptionCount);
    return true;
  }

  /** What corrections and digits would cost, judged by every stride-th value. */
  #costBits(
    columns: SampleColumns,
    start: number,
    stride: number,
    sampledCount: number,
    exponent: number,
  ): number {
    this.exponent = exponent;
    this.#scale(columns, start, stride, sampledCount);
    let bits = this.exceptionCount * FAR_BITS;
    for (let index = 0; index < sampledCount; index++) {
      bits += bitWidth(2 * Math.abs(this.corrections[index]!)) + exponent * BITS_PER_DIGIT;
    }
    return bits;
  }

  #scale(columns: SampleColumns, start: number, stride: number, count: number): void {
    const { value, valueWords } = columns;
    const { integers, corrections, exceptions } = this;
    const nearest = this.#nearest;
    const nearestWords = this.#nearestWords;
    const power = POWERS_OF_TEN[this.exponent]!;
    let exceptionCount = 0;
    for (let index = 0; index < count; index++) {
      const from = start + index * stride;
      // Adding 0 turns minus zero, which an integer column does not keep, into an exception.
      const integer = Math.round(value[from]! * power) + 0;
      nearest[index] = integer / power;
      const high = valueWords[2 * from + 1]! - nearestWords[2 * index + 1]!;
      const low = (valueWords[2 * from]! >>> 0) - (nearestWords[2 * index]! >>> 0);
      const correction = high * 2 ** 32 + low;
      integers[index] = integer;
      corrections[index] = correction;
      if (Math.abs(integer) < SCALED_MAX && Math.abs(correction) < CORRECTION_MAX) continue;
      exceptions[exceptionCount++] = index;
      corrections[index] = 0;
    }
    this.exceptionCount = exceptionCount;
  }
}
