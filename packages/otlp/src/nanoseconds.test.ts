import { expect, it } from 'vitest';
import { nanosecondsToMs, wordsToMs } from './nanoseconds.ts';

it.each([
  [0n, 0],
  [999_999n, 0],
  [1_000_000n, 1],
  [1_544_712_660_300_000_000n, 1_544_712_660_300],
  // As a double it would round up into the next millisecond.
  [1_544_712_660_303_999_999n, 1_544_712_660_303],
  [4_294_967_295_999_999n, 4_294_967_295],
  [2n ** 63n, 9_223_372_036_854],
  [2n ** 64n - 1n, 18_446_744_073_709],
])('%d ns are %d ms', (nanoseconds, ms) => {
  expect(nanosecondsToMs(nanoseconds)).toBe(ms);
  const low = Number(BigInt.asIntN(32, nanoseconds));
  const high = Number(BigInt.asIntN(32, nanoseconds >> 32n));
  expect(wordsToMs(low, high)).toBe(ms);
  expect(wordsToMs(low >>> 0, high >>> 0)).toBe(ms);
});
