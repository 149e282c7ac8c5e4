import { describe, expect, it } from 'vitest';
import type { Block } from './block-header.ts';
import { chooseMerge, MERGE_FAN_IN, mergedRangeMsMax } from './merge-policy.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
const BLOCK_BYTES = 1000;

function block(id: number, startHour: number, hours: number, level = 0, bytes = BLOCK_BYTES): Block {
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

type Span = readonly [startHour: number, hours: number];

function merged(inputs: readonly Block[]): Block {
  const firstMs = Math.min(...inputs.map(({ firstTimestampMs }) => firstTimestampMs));
  const lastMs = Math.max(...inputs.map(({ lastTimestampMs }) => lastTimestampMs));
  const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const { id, level } = inputs[0]!;
  return block(id, firstMs / HOUR_MS, (lastMs - firstMs) / HOUR_MS, level + 1, bytes);
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

  it('passes over blocks for which there is no room', () => {
    const blocks = [100, 10, 10, 10, 10].map((bytes, hour) => block(hour + 1, hour, 1, 0, bytes));
    const chosenWithin = (roomBytes: number) =>
      chooseMerge(blocks, 15 * DAY_MS, roomBytes)?.map(({ id }) => id) ?? null;
    expect(chosenWithin(130)).toEqual([1, 2, 3, 4]);
    expect(chosenWithin(129)).toEqual([2, 3, 4, 5]);
    expect(chosenWithin(39)).toBeNull();
  });

  it('merges blocks that are long already when they overlap', () => {
    const blocks = [0, 4, 8, 12].map((hour, index) => block(index + 1, hour, 100));
    expect(chosen(blocks, 10 * DAY_MS)).toEqual([1, 2, 3, 4]);
    const apart = [0, 5, 10, 15].map((hour, index) => block(index + 1, hour, 100));
    expect(chosen(apart, 10 * DAY_MS)).toBeNull();
  });

  it.each([
    ['as long as the whole retention', (): Span => [0, 15 * 24]],
    ['of the last three days, one every ten minutes', (flush: number): Span => [flush / 6 - 72, 72]],
    ['almost as long as a merged block may be', (flush: number): Span => [flush / 6 - 35, 35]],
    ['of two days anywhere', (flush: number): Span => [(flush * 131) % (13 * 24), 48]],
    ['of any length anywhere', (flush: number): Span => [(flush * 131) % 180, (flush * 71) % 180]],
  ])('keeps few blocks, and writes a sample seldom: flushes %s', (_, spanOf) => {
    const flushes = 500;
    let blocks: readonly Block[] = [];
    let written = 0;
    for (let flush = 1; flush <= flushes; flush++) {
      blocks = [...blocks, block(flush, ...spanOf(flush))];
      for (;;) {
        const inputs = chooseMerge(blocks, 15 * DAY_MS);
        if (inputs === null) break;
        blocks = [...blocks.filter((candidate) => !inputs.includes(candidate)), merged(inputs)];
        written += inputs.reduce((sum, { bytes }) => sum + bytes, 0);
      }
    }
    expect(blocks.length).toBeLessThan(100);
    expect(written / (flushes * BLOCK_BYTES)).toBeLessThan(Math.log(flushes) / Math.log(MERGE_FAN_IN));
  });

  it.each([
    [1000, 2 * HOUR_MS],
    [15 * DAY_MS, 1.5 * DAY_MS],
    [10_000 * DAY_MS, 31 * DAY_MS],
  ])('a retention of %d ms allows blocks of %d ms', (retentionMs, rangeMs) => {
    expect(mergedRangeMsMax(retentionMs)).toBe(rangeMs);
  });
});
