import { describe, expect, it } from 'vitest';
import type { Block } from './block-header.ts';
import { chooseMerge, MERGE_FAN_IN, mergedRangeMsMax } from './merge-policy.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

function block(id: number, startHour: number, hours: number, level = 0, bytes = 1000): Block {
  return {
    id,
    level,
    firstGeneration: id,
    lastGeneration: id,
    firstTimestampMs: startHour * HOUR_MS,
    lastTimestampMs: (startHour + hours) * HOUR_MS,
    seriesCount: 1,
    segmentCount: 1,
    floatCount: 1,
    histogramCount: 0,
    startTimestampCount: 0,
    bytes,
  };
}

function chosen(blocks: readonly Block[], retentionMs = 15 * DAY_MS): number[] | null {
  return chooseMerge(blocks, retentionMs)?.map(({ id }) => id) ?? null;
}

describe('chooseMerge', () => {
  it('waits for enough blocks of one level', () => {
    const three = [block(1, 0, 2), block(2, 2, 2), block(3, 4, 2)];
    expect(chosen(three)).toBeNull();
    expect(chosen([...three, block(4, 6, 2, 1)])).toBeNull();
    expect(chosen([...three, block(4, 6, 2)])).toEqual([1, 2, 3, 4]);
    expect(MERGE_FAN_IN).toBe(4);
  });

  it('takes blocks in the order of time, not of making', () => {
    expect(chosen([block(9, 0, 1), block(1, 3, 1), block(5, 1, 1), block(2, 2, 1)])).toEqual([9, 5, 2, 1]);
  });

  it('takes the lowest level first', () => {
    const blocks = [0, 1, 2, 3].flatMap((at) => [block(at + 10, at, 1, 1), block(at + 1, at, 1)]);
    expect(chosen(blocks)).toEqual([1, 2, 3, 4]);
  });

  it('makes no block longer than a part of the retention', () => {
    const blocks = [0, 10, 20, 30].map((hour, index) => block(index + 1, hour, 10));
    expect(chosen(blocks, 10 * DAY_MS)).toBeNull();
    expect(chosen(blocks, 17 * DAY_MS)).toEqual([1, 2, 3, 4]);
    expect(chosen([...blocks, block(5, 40, 1)], 13 * DAY_MS)).toEqual([2, 3, 4, 5]);
  });

  it('makes no block larger than it pays', () => {
    const blocks = [0, 1, 2, 3].map((hour) => block(hour + 1, hour, 1, 0, 300 * 1024 ** 2));
    expect(chosen(blocks)).toBeNull();
  });

  it.each([
    [1000, 2 * HOUR_MS],
    [15 * DAY_MS, 1.5 * DAY_MS],
    [10_000 * DAY_MS, 31 * DAY_MS],
  ])('a retention of %d ms allows blocks of %d ms', (retentionMs, rangeMs) => {
    expect(mergedRangeMsMax(retentionMs)).toBe(rangeMs);
  });
});
