/**
 * Nanoseconds since the epoch are above 2^53 since 1970-04-15, so that as doubles they are rounded, in our
 * time to multiples of 256: across the border of a millisecond. Both ways here are exact.
 */

const NANOSECONDS_PER_MS = 1_000_000;
/** 2^32 ns are 4294 ms and 967,296 ns. */
const MS_PER_HIGH = 4294;
const NANOSECONDS_PER_HIGH = 967_296;

/**
 * @param low 32 bits, signed or not
 * @param high 32 bits, signed or not
 * @returns whole milliseconds, rounded down; at most 2^64 ns
 */
export function wordsToMs(low: number, high: number): number {
  const highWord = high >>> 0;
  // Below 2^52, and so exact: the remainder is a whole number.
  const rest = highWord * NANOSECONDS_PER_HIGH + (low >>> 0);
  return highWord * MS_PER_HIGH + (rest - (rest % NANOSECONDS_PER_MS)) / NANOSECONDS_PER_MS;
}

/** @returns whole milliseconds, rounded down */
export function nanosecondsToMs(nanoseconds: bigint): number {
  return Number(nanoseconds / BigInt(NANOSECONDS_PER_MS));
}
