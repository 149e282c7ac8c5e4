import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { mergeSamples } from './merge-samples.ts';

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
