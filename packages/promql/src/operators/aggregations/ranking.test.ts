import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { UNWATCHED_BLOCKS } from '../../evaluate/work-blocks.ts';
import { Ranking } from './ranking.ts';

describe('Ranking', () => {
  it('keeps the k largest of every group and step', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new SeededRandom(seed);
      const [groupCount, stepCount, seriesCount] = [3, 4, 40];
      const k = random.nextInt(6);
      const ranking = new Ranking(new Int32Array(groupCount).fill(6), stepCount);
      const offered = new Map<string, { value: number; series: number }[]>();
      for (let series = 0; series < seriesCount; series++) {
        for (let step = 0; step < stepCount; step++) {
          const value = random.nextInt(10) === 0 ? NaN : random.nextInt(1000) + series / 1000;
          ranking.offer(series % groupCount, step, k, value, series);
          const key = `${series % groupCount}/${step}`;
          offered.set(key, [...(offered.get(key) ?? []), { value, series }]);
        }
      }
      const kept = new Map<string, number[]>();
      ranking.forEach(UNWATCHED_BLOCKS, (series, step) => {
        const key = `${series % groupCount}/${step}`;
        kept.set(key, [...(kept.get(key) ?? []), series]);
      });
      for (const [key, entries] of offered) {
        const rank = (value: number): number => (Number.isNaN(value) ? -Infinity : value);
        const expected = entries.toSorted((left, right) => rank(right.value) - rank(left.value)).slice(0, k);
        const expectedSeries = expected
          .filter(({ value }) => !Number.isNaN(value))
          .map(({ series }) => series);
        const got = kept.get(key) ?? [];
        expect(got).toHaveLength(expected.length);
        expect(got).toEqual(expect.arrayContaining(expectedSeries));
      }
    }
  });

  it('keeps what came first among equals', () => {
    const ranking = new Ranking(Int32Array.of(1), 1);
    for (let series = 0; series < 5; series++) ranking.offer(0, 0, 1, 7, series);
    const kept: number[] = [];
    ranking.forEach(UNWATCHED_BLOCKS, (series) => kept.push(series));
    expect(kept).toEqual([0]);
  });
});
