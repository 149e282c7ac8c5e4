import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { bucketsFrom, countsOf } from './histogram-test-values.ts';
import {
  bucketCountOf,
  endIndexOf,
  sameSpans,
  SpanFinder,
  type SpanLayout,
  unionOfSpans,
} from './span-layout.ts';

function layout(offsets: readonly number[], lengths: readonly number[]): SpanLayout {
  return { spanOffsets: Int32Array.from(offsets), spanLengths: Uint32Array.from(lengths) };
}

function randomIndexes(random: SeededRandom): number[] {
  const indexes: number[] = [];
  for (let index = -random.nextInt(12); index < 15; index++) if (random.nextInt(2) === 0) indexes.push(index);
  return indexes;
}

function layoutOf(indexes: readonly number[]): SpanLayout {
  const { spanOffsets, spanLengths } = bucketsFrom(Object.fromEntries(indexes.map((index) => [index, 1])));
  return { spanOffsets, spanLengths };
}

describe('span layouts', () => {
  it('are compared span by span', () => {
    expect(sameSpans(layout([-2, 3], [1, 2]), layout([-2, 3], [1, 2]))).toBe(true);
    expect(sameSpans(layout([-2, 3], [1, 2]), layout([-2, 4], [1, 2]))).toBe(false);
    expect(sameSpans(layout([-2, 3], [1, 2]), layout([-2, 3], [1, 3]))).toBe(false);
    expect(sameSpans(layout([-2], [1]), layout([-2, 3], [1, 2]))).toBe(false);
    expect(sameSpans(layout([], []), layout([], []))).toBe(true);
  });

  it('know their buckets', () => {
    expect(bucketCountOf(layout([-2, 3], [1, 2]).spanLengths)).toBe(3);
    expect(endIndexOf(layout([-2, 3], [1, 2]))).toBe(4);
    expect(endIndexOf(layout([], []))).toBe(0);
  });

  it('join adjacent and overlapping spans, and leave empty ones out', () => {
    expect(unionOfSpans(layout([0, 2], [2, 1]), layout([2, 0, 3], [1, 1, 0]))).toEqual(layout([0], [5]));
    expect(unionOfSpans(layout([], []), layout([-3, 0], [1, 1]))).toEqual(layout([-3], [2]));
    expect(unionOfSpans(layout([5], [1]), layout([-3], [1]))).toEqual(layout([-3, 7], [1, 1]));
  });

  it('make unions and find buckets as sets of indexes do', () => {
    const random = new SeededRandom(3);
    for (let round = 0; round < 200; round++) {
      const [left, right] = [randomIndexes(random), randomIndexes(random)];
      const union = unionOfSpans(layoutOf(left), layoutOf(right));
      const expected = [...new Set([...left, ...right])].toSorted((a, b) => a - b);
      expect(union).toEqual(layoutOf(expected));
      const finder = new SpanFinder(union);
      for (let index = -13; index < 17; index++) expect(finder.find(index, 1)).toBe(expected.indexOf(index));
    }
  });

  it('find runs only where one span has all of them', () => {
    const finder = new SpanFinder(layout([-1, 2], [2, 3]));
    expect(finder.find(-1, 2)).toBe(0);
    expect(finder.find(0, 2)).toBe(-1);
    expect(finder.find(3, 3)).toBe(2);
    expect(finder.find(4, 3)).toBe(-1);
    expect(finder.find(5, 1)).toBe(4);
  });

  it('come back as counts', () => {
    expect(countsOf(bucketsFrom({ 3: 1, [-2]: 5 }))).toEqual({ [-2]: 5, 3: 1 });
  });
});
