import { describe, expect, it } from 'vitest';
import { WorkTicker } from './work-ticker.ts';

describe('WorkTicker', () => {
  it.each([
    [1, 499, 0],
    [1, 1500, 3],
    [100, 10, 2],
    [10_000, 3, 3],
  ])('of items by %d, %d times, looks up %d times', (itemCount, times, expected) => {
    let looks = 0;
    const ticker = new WorkTicker(() => looks++);
    for (let time = 0; time < times; time++) ticker.tick(itemCount);
    expect(looks).toBe(expected);
  });

  it('ends a sort with what the checkpoint throws', () => {
    let comparisons = 0;
    const ticker = new WorkTicker(() => {
      throw new Error('given up');
    });
    const compare = ticker.ticking<number>((left, right) => {
      comparisons++;
      return left - right;
    });
    expect([3, 1, 2].sort(compare)).toEqual([1, 2, 3]);
    expect(() => Array.from({ length: 1000 }, (_, index) => -index).sort(compare)).toThrow('given up');
    expect(comparisons).toBe(499);
  });

  it('lets work that nobody gives up go on', () => {
    expect(() => new WorkTicker().tick(1e6)).not.toThrow();
  });
});
