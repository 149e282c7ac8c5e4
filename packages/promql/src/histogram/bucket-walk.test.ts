import { SeededRandom } from '@promontory/base';
import type { NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { BucketCursor, forEachBucket } from './bucket-walk.ts';
import { custom, exponential } from './histogram-test-values.ts';

function textsOf(histogram: NativeHistogram): string[] {
  const texts: string[] = [];
  forEachBucket(histogram, (lower, upper, count, lowerInclusive, upperInclusive) => {
    texts.push(`${lowerInclusive ? '[' : '('}${lower},${upper}${upperInclusive ? ']' : ')'}:${count}`);
  });
  return texts;
}

describe('a walk over the buckets', () => {
  it('goes from the lowest to the highest, the zero bucket in between', () => {
    const histogram = exponential({
      zeroThreshold: 0.25,
      zeroCount: 7,
      positive: { [-1]: 1, 0: 2, 3: 0, 4: 3 },
      negative: { 1: 4, 2: 5, 5: 6 },
    });
    expect(textsOf(histogram)).toEqual([
      '[-32,-16):6',
      '[-4,-2):5',
      '[-2,-1):4',
      '[-0.25,0.25]:7',
      '(0.25,0.5]:1',
      '(0.5,1]:2',
      '(4,8]:0',
      '(8,16]:3',
    ]);
  });

  it('leaves an empty zero bucket out', () => {
    expect(textsOf(exponential({ zeroThreshold: 0.5, positive: { 1: 1 }, negative: { 1: 2 } }))).toEqual([
      '[-2,-1):2',
      '(1,2]:1',
    ]);
    expect(textsOf(exponential({ zeroThreshold: 0.5, zeroCount: 1 }))).toEqual(['[-0.5,0.5]:1']);
    expect(textsOf(exponential({}))).toEqual([]);
  });

  it('cuts buckets that reach into the zero bucket', () => {
    const histogram = exponential({
      zeroThreshold: 0.75,
      zeroCount: 1,
      positive: { 0: 2 },
      negative: { 0: 3 },
    });
    expect(textsOf(histogram)).toEqual(['[-1,-0.75):3', '[-0.75,0.75]:1', '(0.75,1]:2']);
  });

  it('has custom buckets between the bounds', () => {
    expect(textsOf(custom([-1, 2], [1, 2, 3]))).toEqual(['[-Infinity,-1]:1', '(-1,2]:2', '(2,Infinity]:3']);
    expect(textsOf(custom([], [4]))).toEqual(['[-Infinity,Infinity]:4']);
  });

  it('is the same backwards, in any layout', () => {
    const random = new SeededRandom(23);
    for (let round = 0; round < 200; round++) {
      const counts = (): Record<number, number> => {
        const made: Record<number, number> = {};
        for (let index = -8; index < 8; index++) if (random.nextInt(3) === 0) made[index] = random.nextInt(9);
        return made;
      };
      const histogram = exponential({ zeroCount: random.nextInt(2), positive: counts(), negative: counts() });
      const [up, down] = (['ascending', 'descending'] as const).map((direction) => {
        const cursor = new BucketCursor(histogram, direction);
        const buckets: number[][] = [];
        // Bounds are asked for now and then only.
        while (cursor.next())
          buckets.push(round % 3 === 0 ? [cursor.count] : [cursor.lower, cursor.upper, cursor.count]);
        return buckets;
      });
      expect(down).toEqual(up!.toReversed());
    }
  });

  it('stays on the last bucket at the end, and on nothing without buckets', () => {
    const cursor = new BucketCursor(exponential({ positive: { 0: 1, 1: 2 } }), 'ascending');
    while (cursor.next());
    expect(cursor.next()).toBe(false);
    expect([cursor.lower, cursor.upper, cursor.count]).toEqual([1, 2, 2]);
    const nothing = new BucketCursor(exponential({}), 'descending');
    expect(nothing.next()).toBe(false);
    expect([nothing.lower, nothing.upper, nothing.count]).toEqual([0, 0, 0]);
  });
});
