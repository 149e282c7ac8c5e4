// HOT PATH: one call per sample of a matrix; budget 60 ns a value of 17 digits, 30 ns a short one, no allocation (query-result-json.bench.ts).
/**
 * Writes a float as Prometheus prints sample values: the shortest decimal that reads back as the same
 * float, in full between 1e-6 and 1e21 and with an exponent (`1e+21`, `1.5e-07`) outside.
 *
 * Four ways, cheapest first:
 * 1. an integer below 2^53: its own digits;
 * 2. at most three decimals and 15 digits: as such a decimal is the only one of its length for its float,
 *    the integer that it is a thousandth of;
 * 3. another value from 1e-6 to 2^53: the product of the value and a power of ten (at most 10^22, which a
 *    float holds exactly) is computed exactly as a sum of two floats, scaled to 17 digits before the
 *    point. The shortest decimal is then its rounding to 15, 16 or 17 digits: the first that lies closer
 *    to the product than half the (equally scaled) distance to the neighbouring floats. 15 digits are
 *    unique in that interval and 17 always fit, so no search is needed;
 * 4. everything else (huge, tiny, powers of two, and roundings too close to call): `Number#toString`.
 *
 * The units of way 3 are those of the 17th digit; sums there are rounded by less than 1e-7, so a decision
 * closer than `TOO_CLOSE` is left to way 4.
 */
import { assert } from '@promontory/base';
import { writeDigits3, writeDigits8, writeUint53 } from './digits.ts';

/** No value takes more bytes than this, scratch space included. */
export const SAMPLE_NUMBER_BYTES_MAX = 32;

const TOO_CLOSE = 1e-6;
const INTEGER_MAX_EXCLUSIVE = 2 ** 53;
const VALUE_MIN = 1e-6;
const THOUSANDTHS_MAX_EXCLUSIVE = 1e15;
const DIGITS = 17;
const ZERO = 48;
const POINT = 46;
const MINUS = 45;

/** 2^27 + 1: splits a float into two halves of 26 bits. */
const SPLITTER = 134217729;
const POWER_MAX = 22;
const LOG10_MIN = -6;
const POWERS_OF_TEN = Float64Array.from({ length: POWER_MAX + 1 }, (_, exponent) => Number(`1e${exponent}`));
/** 10^LOG10_MIN and up: what a magnitude is compared with to find its decimal exponent. */
const MAGNITUDES = Float64Array.from({ length: 24 }, (_, index) => Number(`1e${index + LOG10_MIN}`));
/** Half the distance from a float to the next, by its binary exponent. */
const BINARY_EXPONENT_MIN = -20;
const HALF_GAPS = Float64Array.from({ length: 73 }, (_, index) => 2 ** (index + BINARY_EXPONENT_MIN - 53));
assert(2 ** BINARY_EXPONENT_MIN <= VALUE_MIN, 'every value has its gap');
assert(DIGITS - 1 - LOG10_MIN === POWER_MAX, 'the smallest magnitude needs the largest exact power of ten');

/** Holds scratch space: not for interleaved use. */
export class SampleNumberWriter {
  readonly #float = new Float64Array(1);
  readonly #words = new Uint32Array(this.#float.buffer);

  /**
   * @param target must have SAMPLE_NUMBER_BYTES_MAX free bytes from `position` on
   * @returns the position after the last byte written
   */
  writeInto(target: DataView, position: number, value: number): number {
    let magnitude = value;
    let start = position;
    if (value < 0) {
      target.setUint8(start++, MINUS);
      magnitude = -value;
    }
    if (magnitude < INTEGER_MAX_EXCLUSIVE) {
      if (Math.floor(magnitude) === magnitude) {
        if (magnitude === 0 && Object.is(value, -0)) target.setUint8(start++, MINUS);
        return writeUint53(target, start, magnitude);
      }
      const thousandths = Math.floor(magnitude * 1000 + 0.5);
      if (thousandths / 1000 === magnitude && thousandths < THOUSANDTHS_MAX_EXCLUSIVE) {
        return writeThousandths(target, start, thousandths);
      }
      if (magnitude >= VALUE_MIN) {
        const end = this.#writeLong(target, start, magnitude);
        if (end > 0) return end;
      }
    }
    return writeAscii(target, position, formatSampleNumber(value));
  }

  /**
   * Way 3 of the header. Its names are in units of the 17th digit.
   *
   * @returns the position after the last byte, or -1 when it is too close to call
   */
  #writeLong(target: DataView, position: number, magnitude: number): number {
    this.#float[0] = magnitude;
    const highWord = this.#words[1]!;
    if ((highWord & 0xfffff) === 0 && this.#words[0] === 0) return -1;
    const binaryExponent = (highWord >>> 20) - 1023;
    const decimals = DIGITS - 1 - floorLog10(magnitude, binaryExponent);
    const power = POWERS_OF_TEN[decimals]!;

    // Dekker's product: product + error is exactly magnitude * power.
    const product = magnitude * power;
    let split = magnitude * SPLITTER;
    const valueHigh = split - (split - magnitude);
    const valueLow = magnitude - valueHigh;
    split = power * SPLITTER;
    const powerHigh = split - (split - power);
    const powerLow = power - powerHigh;
    const error =
      valueLow * powerLow - (product - valueHigh * powerHigh - valueLow * powerHigh - valueHigh * powerLow);

    // A power of two times the power of ten: exact.
    const reach = HALF_GAPS[binaryExponent - BINARY_EXPONENT_MIN]! * power;

    let front = Math.floor(product * 1e-8);
    let back = product - front * 1e8 + error;
    if (back < 0) {
      front--;
      back += 1e8;
    }
    const rounded = roundToShortest(back, reach);
    if (rounded < 0) return -1;
    if (rounded >= 1e8) {
      front++;
      back = rounded - 1e8;
    } else {
      back = rounded;
    }
    if (front < 1e8 || front >= 1e9) return -1;
    return writeDecimal(target, position, front, back, decimals);
  }
}

/** @returns the last 8 of 17 digits, rounded to as few as lie within reach; -1 when too close to call */
function roundToShortest(back: number, reach: number): number {
  let rounded = Math.floor(back * 0.01 + 0.5) * 100;
  let distance = Math.abs(back - rounded);
  if (distance <= reach - TOO_CLOSE) return rounded;
  if (distance < reach + TOO_CLOSE) return -1;
  rounded = Math.floor(back * 0.1 + 0.5) * 10;
  distance = Math.abs(back - rounded);
  if (distance > 5 - TOO_CLOSE) return -1;
  if (distance <= reach - TOO_CLOSE) return rounded;
  if (distance < reach + TOO_CLOSE) return -1;
  rounded = Math.floor(back + 0.5);
  return Math.abs(back - rounded) > 0.5 - TOO_CLOSE ? -1 : rounded;
}

/** Nine digits of `front` and eight of `back`, `decimals` of them behind the point; no trailing zeros. */
function writeDecimal(
  target: DataView,
  position: number,
  front: number,
  back: number,
  decimals: number,
): number {
  const firstDigit = (front / 1e8) | 0;
  let digitsAt = position + 1;
  if (decimals >= DIGITS) {
    target.setUint8(position, ZERO);
    target.setUint8(digitsAt++, POINT);
    for (let zeros = decimals - DIGITS; zeros > 0; zeros--) target.setUint8(digitsAt++, ZERO);
  }
  target.setUint8(digitsAt, ZERO + firstDigit);
  writeDigits8(target, digitsAt + 1, front - firstDigit * 1e8);
  let end = digitsAt + 9;
  if (back !== 0) {
    writeDigits8(target, end, back);
    end += 8;
  }
  while (target.getUint8(end - 1) === ZERO) end--;
  if (decimals >= DIGITS) return end;
  // The digits stand one place too far right: the whole part moves left to make room for the point.
  const pointAt = position + DIGITS - decimals;
  for (let index = position; index < pointAt; index++) target.setUint8(index, target.getUint8(index + 1));
  target.setUint8(pointAt, POINT);
  return end;
}

/** The value is known to have a fraction. */
function writeThousandths(target: DataView, position: number, thousandths: number): number {
  const whole = Math.floor(thousandths / 1000);
  const pointAt = writeUint53(target, position, whole);
  target.setUint8(pointAt, POINT);
  writeDigits3(target, pointAt + 1, thousandths - whole * 1000);
  let end = pointAt + 4;
  while (target.getUint8(end - 1) === ZERO) end--;
  return end;
}

/** For a magnitude from 1e-6 to 2^53; 78913 / 2^18 is log10(2) from below. */
function floorLog10(magnitude: number, binaryExponent: number): number {
  const estimate = Math.max(LOG10_MIN, (binaryExponent * 78913) >> 18);
  return magnitude >= MAGNITUDES[estimate + 1 - LOG10_MIN]! ? estimate + 1 : estimate;
}

/** The same text as a string, for what the fast ways do not cover. */
export function formatSampleNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const exponentAt = text.indexOf('e');
  if (exponentAt < 0 || text.length - exponentAt > 3) return text;
  return `${text.slice(0, exponentAt + 2)}0${text.slice(exponentAt + 2)}`;
}

function writeAscii(target: DataView, position: number, text: string): number {
  for (let index = 0; index < text.length; index++) target.setUint8(position + index, text.charCodeAt(index));
  return position + text.length;
}
