/**
 * Finds the power of ten that turns a run of values into integers, as ALP does (Afroozeh, Kuffo and Boncz,
 * "ALP: Adaptive Lossless floating-Point Compression", SIGMOD 2024): a value v is covered by exponent e when
 * round(v × 10^e) / 10^e is v again. Metrics are mostly decimals that somebody printed, so a small exponent
 * covers nearly all of a series; what it does not cover is kept aside bit for bit.
 *
 * The exponent that covers everything is not always the cheapest: one value of 15 digits among integers would
 * make all of them 15 digits longer. `guessCheapExponent` looks at a few values for one that leaves some aside.
 */
export const EXPONENT_MAX = 18;
/** Scaled integers stay below this, so that second differences are exact. */
export const SCALED_MAX = 2 ** 51;

export const POWERS_OF_TEN: readonly number[] = Array.from({ length: EXPONENT_MAX + 1 }, (_, e) =>
  Number(`1e${e}`),
);

/** True when the exponent gives the value back exactly; never for NaN, infinities and minus zero. */
export function isCovered(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  return scaled / power === value && Math.abs(scaled) < SCALED_MAX && !Object.is(value, -0);
}

/**
 * The smallest exponent that covers every value of `[0, count)` that any exponent covers.
 *
 * @returns the exponent; the caller keeps aside what it does not cover
 */
export function chooseExponent(values: Float64Array, count: number): number {
  let exponent = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index]!;
    if (isCovered(value, POWERS_OF_TEN[exponent]!)) continue;
    for (let higher = exponent + 1; higher <= EXPONENT_MAX; higher++) {
      if (!isCovered(value, POWERS_OF_TEN[higher]!)) continue;
      exponent = higher;
      break;
    }
  }
  return exponent;
}

const SAMPLED_MAX = 32;
const BITS_PER_DIGIT = Math.log2(10);

/**
 * The exponent below `exponent` that seems to cost least, judged by values taken evenly from `[0, count)`:
 * each digit costs its bits in every value, each value that needs more digits its exception.
 *
 * @param exponent what `chooseExponent` gave
 * @returns `exponent` itself when no smaller one seems cheaper
 */
export function guessCheapExponent(
  values: Float64Array,
  count: number,
  exponent: number,
  exceptionBits: number,
): number {
  const stride = Math.ceil(count / SAMPLED_MAX);
  const sampledCount = Math.ceil(count / stride);
  let best = exponent;
  let bestBits = sampledCount * exponent * BITS_PER_DIGIT;
  for (let lower = exponent - 1; lower >= 0; lower--) {
    const limitBits = bestBits - sampledCount * lower * BITS_PER_DIGIT;
    let bits = 0;
    for (let index = 0; index < count && bits < limitBits; index += stride) {
      if (!isCovered(values[index]!, POWERS_OF_TEN[lower]!)) bits += exceptionBits;
    }
    if (bits >= limitBits) continue;
    best = lower;
    bestBits = bits + sampledCount * lower * BITS_PER_DIGIT;
  }
  return best;
}
