import { SeededRandom } from '@promontory/base';
import { SampleColumns, setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { keepBetween, mergeSamples } from './merge-samples.ts';

function columnsOf(timesMs: readonly number[]): SampleColumns {
  const columns = new SampleColumns(1);
  for (const [index, time] of timesMs.entries()) columns.push(time, index);
  return columns;
}

/** [time, where it was gathered] of each. */
function merged(timesMs: readonly number[]): [number, number][] {
  const columns = columnsOf(timesMs);
  mergeSamples(columns);
  return Array.from({ length: columns.count }, (_, index) => [
    columns.timestampMs[index]!,
    columns.value[index]!,
  ]);
}

/** The same, the plain way. */
function wanted(timesMs: readonly number[]): [number, number][] {
  const first = new Map<number, number>();
  for (const [index, time] of timesMs.entries()) if (!first.has(time)) first.set(time, index);
  return [...first].sort(([left], [right]) => left - right);
}

describe('mergeSamples', () => {
  it.each<[string, number[]]>([
    ['nothing', []],
    ['one', [5]],
    ['in order', [1, 2, 3]],
    ['two runs apart, the later first', [4, 5, 6, 1, 2, 3]],
    ['interleaved runs', [1, 3, 5, 2, 4, 6]],
    ['equal times: the first gathered stays', [1, 2, 3, 1, 2, 3, 1, 2, 3]],
    ['descending', [5, 4, 3, 2, 1]],
    ['all equal', [7, 7, 7, 7]],
    ['an odd number of runs', [3, 4, 1, 2, 0]],
  ])('%s', (_what, timesMs) => {
    expect(merged(timesMs)).toEqual(wanted(timesMs));
  });

  it('agrees with the plain way on random runs', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 500; round++) {
      const timesMs: number[] = [];
      for (let run = random.nextInt(6); run >= 0; run--) {
        let time = random.nextInt(50);
        for (let index = random.nextInt(40); index > 0; index--)
          timesMs.push((time += 1 + random.nextInt(5)));
      }
      expect(merged(timesMs)).toEqual(wanted(timesMs));
    }
  });
});

describe('keepBetween', () => {
  it.each<[string, number, number, number[]]>([
    ['all', 1, 9, [1, 3, 5, 7, 9]],
    ['all, without bounds', -Infinity, Infinity, [1, 3, 5, 7, 9]],
    ['both ends inclusive', 3, 7, [3, 5, 7]],
    ['bounds between samples', 2, 8, [3, 5, 7]],
    ['the first alone', 0, 1, [1]],
    ['the last alone', 9, 10, [9]],
    ['none between two', 4, 4, []],
    ['none before', -5, 0, []],
    ['none after', 10, 20, []],
  ])('%s', (_name, startMs, endMs, kept) => {
    const columns = columnsOf([1, 3, 5, 7, 9]);
    setStaleAt(columns.valueWords, 2);
    keepBetween(columns, startMs, endMs);
    const samples = Array.from({ length: columns.count }, (_, index) => [
      columns.timestampMs[index],
      columns.isStale(index) ? 'stale' : columns.value[index],
    ]);
    expect(samples).toEqual(kept.map((time) => [time, time === 5 ? 'stale' : (time - 1) / 2]));
  });
});
