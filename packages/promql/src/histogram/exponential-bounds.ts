/**
 * Bounds of exponential buckets, to the last bit those of Prometheus: bucket i of schema s ends at
 * 2^(i / 2^s), which is a fraction in [0.5, 1) from a table times a power of two. Prometheus's table (in
 * model/histogram/generic.go) is not of correctly rounded powers: it was made by halving the intervals, a new
 * bound being the one below it times a rounded factor. The table here is made the same way.
 */
import { EXPONENTIAL_SCHEMA_MAX } from '@promontory/model';

/** Widths of the buckets of schema 1, 2, …: 2^(2^-schema), as they were when the table was made; the first a bit low. */
const BUCKET_WIDTHS = [
  Math.SQRT2 - Number.EPSILON,
  1.189207115002721,
  1.0905077326652577,
  1.0442737824274138,
  1.0218971486541166,
  1.0108892860517005,
  1.0054299011128027,
  1.0027112750502025,
];
const FRACTIONS = makeFractions();

const EXPONENT_MIN = -1074;
const EXPONENT_MAX = 1023;
const POWERS_OF_TWO = makePowersOfTwo();

/**
 * @param schema from EXPONENTIAL_SCHEMA_MIN to EXPONENTIAL_SCHEMA_MAX
 * @param index of a bucket of positive values, 32 bits
 * @returns the upper bound, inclusive. The last bucket of finite values ends at the largest number, the one
 *   after it at infinity: observations of infinity have a bucket of their own.
 */
export function bucketUpperBound(schema: number, index: number): number {
  if (schema < 0) {
    const exponent = index * (1 << -schema);
    return exponent === EXPONENT_MAX + 1 ? Number.MAX_VALUE : scaleByPower(1, exponent);
  }
  const fraction = FRACTIONS[(index & ((1 << schema) - 1)) << (EXPONENTIAL_SCHEMA_MAX - schema)]!;
  const exponent = (index >> schema) + 1;
  if (fraction === 0.5 && exponent === EXPONENT_MAX + 2) return Number.MAX_VALUE;
  return scaleByPower(fraction, exponent);
}

/** `value` × 2^`exponent`, rounded once, for a value in [0.5, 1]. */
function scaleByPower(value: number, exponent: number): number {
  if (exponent > EXPONENT_MAX) return exponent > EXPONENT_MAX + 1 ? Infinity : value * 2 * 2 ** EXPONENT_MAX;
  return exponent < EXPONENT_MIN ? 0 : value * POWERS_OF_TWO[exponent - EXPONENT_MIN]!;
}

/** The fractions of the finest schema; those of a coarser one are every second, fourth, … of them. */
function makeFractions(): Float64Array {
  const fractions = new Float64Array(2 ** EXPONENTIAL_SCHEMA_MAX);
  fractions[0] = 0.5;
  let stride = fractions.length;
  for (const width of BUCKET_WIDTHS) {
    for (let at = 0; at < fractions.length; at += stride) fractions[at + stride / 2] = fractions[at]! * width;
    stride /= 2;
  }
  return fractions;
}

function makePowersOfTwo(): Float64Array {
  const powers = new Float64Array(EXPONENT_MAX - EXPONENT_MIN + 1);
  powers[0] = Number.MIN_VALUE;
  for (let at = 1; at < powers.length; at++) powers[at] = powers[at - 1]! * 2;
  return powers;
}
