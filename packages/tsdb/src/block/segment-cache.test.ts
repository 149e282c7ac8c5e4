import { SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BlockFolder, codec, type ModelSample, START_MS } from './block-test-data.ts';
import { BlockReader } from './block-reader.ts';
import { type CachedSegment, SegmentCache } from './segment-cache.ts';
import { FLOATS, streamKey } from './stream-kind.ts';

const STEP_MS = 15_000;
const SAMPLES = 100;

let folder: BlockFolder;
const readers: BlockReader[] = [];

beforeEach(() => {
  folder = new BlockFolder();
});

afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.close();
  await folder.remove();
});

/** Blocks 1 and 2 of one series each, whose values are the block's number. */
async function openTwoBlocks(cache: SegmentCache): Promise<BlockReader[]> {
  for (const blockId of [1, 2]) {
    const samples = Array.from({ length: SAMPLES }, (_, index): ModelSample => {
      return { timestampMs: START_MS + index * STEP_MS, value: [blockId, 0] };
    });
    await folder.write(blockId, new Map([[streamKey(4, FLOATS), samples]]));
    const onDamage = (): void => expect.fail('nothing is damaged');
    readers.push(
      new BlockReader({ blocksDirectory: folder.directory, blockId, codec, segments: cache, onDamage }),
    );
  }
  return readers;
}

function readWords(reader: BlockReader, fromIndex: number, toIndex: number): number[][] {
  const columns = new SampleColumns();
  reader.read(4, START_MS + fromIndex * STEP_MS, START_MS + toIndex * STEP_MS, columns);
  return Array.from({ length: columns.count }, (_, index) => [
    (columns.timestampMs[index]! - START_MS) / STEP_MS,
    columns.valueWords[2 * index]!,
  ]);
}

it('gives the samples of the range and no others', async () => {
  const [reader] = await openTwoBlocks(new SegmentCache(codec, 1e9));
  expect(readWords(reader!, 98, 200)).toEqual([
    [98, 1],
    [99, 1],
  ]);
  expect(readWords(reader!, -5, 0)).toEqual([[0, 1]]);
  expect(readWords(reader!, 3.1, 3.9)).toEqual([]);
  expect(readWords(reader!, 0, 99)).toHaveLength(SAMPLES);
});

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
])('keeps values as they are, staleness too: %s', async (_name, startMs, endMs, kept) => {
  const staleMs = 5;
  const samples = [1, 3, 5, 7, 9].map((timestampMs): ModelSample => {
    return { timestampMs, value: timestampMs === staleMs ? [2, 0x7ff00000] : [timestampMs, 0x3ff00000] };
  });
  await folder.write(1, new Map([[streamKey(4, FLOATS), samples]]));
  const columns = new SampleColumns();
  folder.reader(1).read(4, startMs, endMs, columns);
  const times = [...columns.timestampMs.subarray(0, columns.count)];
  expect(times).toEqual(kept);
  expect(times.map((_, index) => columns.isStale(index))).toEqual(kept.map((time) => time === staleMs));
  expect(times.map((_, index) => columns.valueWords[2 * index])).toEqual(
    kept.map((time) => (time === staleMs ? 2 : time)),
  );
});

it.each([0, 1e9])(
  'never takes a segment for that of another block, with room for %d bytes',
  async (bytesMax) => {
    const [first, second] = await openTwoBlocks(new SegmentCache(codec, bytesMax));
    for (let round = 0; round < 3; round++) {
      expect(readWords(first!, 7, 7)).toEqual([[7, 1]]);
      expect(readWords(second!, 7, 7)).toEqual([[7, 2]]);
    }
  },
);

it('loads a segment once while there is room, and gives up the one used longest ago', async () => {
  const cache = new SegmentCache(codec, 200_000);
  const loaded: number[] = [];
  const load = (segmentNumber: number): CachedSegment | null =>
    cache.get(1, segmentNumber, () => {
      loaded.push(segmentNumber);
      return true;
    });
  for (const segmentNumber of [1, 2, 3, 1, 2, 3]) load(segmentNumber);
  expect(loaded).toEqual([1, 2, 3]);
  // 64 KiB each: four are too much, and 2 is the one that was not used since.
  for (const segmentNumber of [1, 3, 4, 5, 1, 3, 2]) load(segmentNumber);
  expect(loaded).toEqual([1, 2, 3, 4, 5, 2]);
});

it('keeps nothing of a segment that could not be loaded', () => {
  const cache = new SegmentCache(codec, 1e9);
  let tries = 0;
  const fail = (): boolean => {
    tries++;
    return false;
  };
  expect(cache.get(1, 1, fail)).toBeNull();
  expect(cache.get(1, 1, fail)).toBeNull();
  expect(tries).toBe(2);
});
