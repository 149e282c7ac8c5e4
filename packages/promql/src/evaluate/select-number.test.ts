import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { quantileOf } from './quantile.ts';
import { selectNumber } from './select-number.ts';
import { UNWATCHED_BLOCKS, WorkBlocks } from './work-blocks.ts';

const random = new SeededRandom(11);
const EDGES = [
  -Infinity,
  Infinity,
  -Number.MAX_VALUE,
  -1,
  -5e-324,
  -0,
  0,
  5e-324,
  2 ** -1022,
  1,
  1 + 2 ** -52,
];

const KINDS: Readonly<Record<string, () => number>> = {
  edges: () => EDGES[random.nextInt(EDGES.length)]!,
  'edges and NaN': () => (random.nextInt(3) === 0 ? NaN : EDGES[random.nextInt(EDGES.length)]!),
  'neighbours that differ in the lowest bits': () => 1 + random.nextInt(1000) * 2 ** -52,
  'whole numbers of both signs': () => random.nextInt(2000) - 1000,
  'the same number': () => -7.5,
};

function makeValues(kind: string, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => KINDS[kind]!());
}

describe('selectNumber', () => {
  it.each(Object.keys(KINDS))('of %s gives what a sort puts at the place', (kind) => {
    for (let round = 0; round < 5; round++) {
      const values = makeValues(kind, 200 + random.nextInt(100));
      const before = values.slice();
      const sorted = values.slice().sort();
      const count = sorted.filter((value) => !Number.isNaN(value)).length;
      for (let place = 0; place < count; place += 1 + random.nextInt(20)) {
        expect(selectNumber(values, values.length, place, UNWATCHED_BLOCKS)).toBe(sorted[place]);
      }
      expect(values).toEqual(before);
    }
  });

  it('looks at the first values only', () => {
    expect(selectNumber(Float64Array.of(3, 2, 1), 2, 0, UNWATCHED_BLOCKS)).toBe(2);
  });
});

describe('quantileOf very many values', () => {
  const COUNT = 150_000;

  it.each(Object.keys(KINDS))('of %s is that of sorted ones', (kind) => {
    const values = makeValues(kind, COUNT);
    const numbers = values.filter((value) => !Number.isNaN(value)).sort();
    const sorted = [...new Float64Array(COUNT - numbers.length).fill(NaN), ...numbers];
    for (const quantile of [0, 0.1, 0.5, 0.77, 1]) {
      const rank = quantile * (COUNT - 1);
      const lower = Math.floor(rank);
      const upper = Math.min(COUNT - 1, lower + 1);
      const expected = sorted[lower]! * (1 - (rank - lower)) + sorted[upper]! * (rank - lower);
      expect(quantileOf(quantile, values.slice(), COUNT, UNWATCHED_BLOCKS)).toBe(expected);
    }
  });

  it('can be given up', () => {
    const blocks = new WorkBlocks(() => {
      throw new Error('given up');
    });
    expect(() => quantileOf(0.5, new Float64Array(COUNT), COUNT, blocks)).toThrow('given up');
  });
});
