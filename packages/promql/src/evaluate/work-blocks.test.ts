import { describe, expect, it } from 'vitest';
import { UNWATCHED_BLOCKS, WorkBlocks } from './work-blocks.ts';

describe('WorkBlocks', () => {
  it.each([
    [0, 0, 0],
    [0, 10_000, 0],
    [5000, 15_000, 0],
    [0, 10_001, 1],
    [7, 1_000_007, 99],
  ])('from %d to %d looks %d times, between blocks of at most ten thousand', (from, to, expected) => {
    let looks = 0;
    const blocks = new WorkBlocks(() => looks++);
    let covered = 0;
    for (let item = from; item < to;) {
      const end = blocks.endOf(item, to);
      expect(end - item).toBeLessThanOrEqual(10_000);
      covered += end - item;
      item = end;
    }
    expect([covered, looks]).toEqual([to - from, expected]);
  });

  it('gives up nothing that nobody watches', () => {
    expect(UNWATCHED_BLOCKS.endOf(0, 1e6)).toBe(10_000);
  });
});
