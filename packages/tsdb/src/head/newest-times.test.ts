import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { NewestTimes, UNKNOWN_MS } from './newest-times.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const NONE = Number.NEGATIVE_INFINITY;

describe('NewestTimes', () => {
  it('tells series of earlier from new ones', () => {
    const times = new NewestTimes(100, 5000);
    times.reserve(130);
    expect([times.get(1), times.get(99), times.get(100), times.get(129)]).toEqual([
      UNKNOWN_MS,
      UNKNOWN_MS,
      NONE,
      NONE,
    ]);
    expect(times.boundMs).toBe(5000);
    expect(times.pageCount).toBe(2);
  });

  it.each([
    ['of an unknown series above the bound', 6000, 6000],
    ['of an unknown series below the bound not, since it may have newer ones', 4000, UNKNOWN_MS],
  ])('raises the time %s', (_what, timestampMs, newestMs) => {
    const times = new NewestTimes(100, 5000);
    times.raise(7, timestampMs);
    times.raise(7, 1);
    expect(times.get(7)).toBe(newestMs);
  });

  it(`is an upper bound of what was set, whatever is dropped (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const times = new NewestTimes(50, 10);
    const newest = new Map<number, number>();
    let refEnd = 50;
    for (let round = 0; round < 20_000; round++) {
      const ref = 1 + random.nextInt(refEnd - 1);
      const action = random.nextInt(10);
      if (action === 0) times.reserve((refEnd += random.nextInt(20)));
      else if (action === 1)
        times.drop(Array.from({ length: 100 }, (_, at) => ref + at).filter((at) => at < refEnd));
      else {
        const time = round + random.nextInt(100);
        times.raise(ref, time);
        newest.set(ref, Math.max(time, newest.get(ref) ?? NONE));
      }
      const known = times.get(ref);
      expect(known === UNKNOWN_MS ? times.boundMs : known).toBeGreaterThanOrEqual(newest.get(ref) ?? NONE);
    }
    times.drop(Array.from({ length: refEnd }, (_, ref) => ref));
    expect(times.pageCount).toBe(0);
  });

  it('takes memory for series in use only, however many came and went', () => {
    const times = new NewestTimes(1, NONE);
    let pagesMost = 0;
    for (let start = 1; start < 2_000_000; start += 10_000) {
      times.reserve(start + 10_000);
      pagesMost = Math.max(pagesMost, times.pageCount);
      times.drop(Array.from({ length: 10_000 }, (_, at) => start + at));
    }
    expect(pagesMost).toBeLessThanOrEqual(10_000 / 64 + 2);
    expect(times.pageCount).toBe(0);
    expect(times.unsafeViewTimes().length).toBeLessThanOrEqual(2 * 64 * (10_000 / 64 + 3));
  });

  it('forgets a time only when that sample may be among those that are gone', () => {
    const times = new NewestTimes(1, NONE);
    times.reserve(4);
    for (const ref of [1, 2]) times.set(ref, 100 * ref);
    times.forgetUpTo(Int32Array.of(1, 2, 3), 150);
    expect([times.get(1), times.get(2), times.boundMs]).toEqual([UNKNOWN_MS, 200, 100]);
  });

  it('refuses refs that nobody reserved', () => {
    expect(() => new NewestTimes(1, 0).set(1e6, 1)).toThrow(/reserved/);
  });
});
