/**
 * Finds the power of ten that turns a run of values into integers, as ALP does (Afroozeh, Kuffo and Boncz,
 * "ALP: Adaptive Lossless floating-Point Compression", SIGMOD 2024): a value v is covered by exponent e when
 * round(v × 10^e) / 10^e is v again. Metrics are mostly decimals that somebody printed, so a small exponent
 * covers nearly all of a series; what it does not cover is kept aside bit for bit.
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
