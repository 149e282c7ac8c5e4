import { SeededRandom } from '@promontory/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockMerge, type LeaveOut } from './block-merge.ts';
import {
  BlockFolder,
  type BlockModel,
  codec,
  type ModelSample,
  randomModel,
  readModel,
  START_MS,
} from './block-test-data.ts';
import type { Block } from './block-header.ts';
import { FLOATS, refOfStreamKey, streamKey } from './stream-kind.ts';
import { verifyBlock } from './verify-block.ts';

const MERGED_ID = 99;
const NOTHING: LeaveOut = () => [];

let folder: BlockFolder;

beforeEach(() => {
  folder = new BlockFolder();
});

afterEach(async () => {
  await folder.remove();
});

async function merge(blockIds: readonly number[], leaveOut = NOTHING, step = 5000): Promise<Block | null> {
  const writer = folder.writer(MERGED_ID, 1);
  const readers = blockIds.map((blockId) => folder.reader(blockId));
  const blockMerge = new BlockMerge({ readers, writer, codec, leaveOut });
  while (!blockMerge.step(step));
  return await writer.finish();
}

/** What a merge must hold: by time, of equal times the first model's, without what is left out. */
function mergedModel(models: readonly BlockModel[], leaveOut = NOTHING): BlockModel {
  const merged: BlockModel = new Map();
  const keys = [...new Set(models.flatMap((model) => [...model.keys()]))];
  for (const key of keys.sort((left, right) => left - right)) {
    const byTime = new Map<number, ModelSample>();
    for (const [index, model] of models.entries()) {
      const ranges = leaveOut(refOfStreamKey(key), FLOATS, index + 1);
      for (const sample of model.get(key) ?? []) {
        const { timestampMs } = sample;
        const isLeftOut = ranges.some(
          (range) => timestampMs >= range.startMsInclusive && timestampMs <= range.endMsInclusive,
        );
        if (!isLeftOut && !byTime.has(timestampMs)) byTime.set(timestampMs, sample);
      }
    }
    if (byTime.size > 0)
      merged.set(
        key,
        [...byTime.values()].sort((left, right) => left.timestampMs - right.timestampMs),
      );
  }
  return merged;
}

/** Blocks 1, 2, … of the models. */
async function writeAll(models: readonly BlockModel[]): Promise<number[]> {
  for (const [index, model] of models.entries()) await folder.write(index + 1, model);
  return models.map((_, index) => index + 1);
}

function expectIntact(blockId: number): void {
  for (const _ of verifyBlock(folder.reader(blockId), codec, () => undefined));
  expect(folder.damages).toEqual([]);
}

/** Every second sample of each stream goes to the second model; a few are in both, with other values. */
function dealOut(random: SeededRandom, model: BlockModel): [BlockModel, BlockModel] {
  const dealt: [BlockModel, BlockModel] = [new Map(), new Map()];
  for (const [key, samples] of model) {
    const run = 1 + random.nextInt(400);
    const hands = samples.map((_, index) => (random.nextInt(20) === 0 ? 2 : Math.floor(index / run) % 2));
    for (const hand of [0, 1] as const) {
      const own = samples.filter((_, index) => hands[index] === hand || hands[index] === 2);
      if (own.length > 0)
        dealt[hand].set(
          key,
          hand === 0
            ? own
            : own.map((sample, index) => ({
                ...sample,
                value:
                  hands[samples.indexOf(sample)] === 2
                    ? samples[index % 3 === 0 ? 0 : samples.length - 1]!.value
                    : sample.value,
              })),
        );
    }
  }
  return dealt;
}

describe.each([1, 2, 3])('a merge of random blocks, seed %i', (seed) => {
  const random = new SeededRandom(seed);
  const shape = { seriesCount: 25, samplesMax: 1200 };

  it('joins blocks that follow one another', async () => {
    const models = [0, 1, 2].map((index) =>
      randomModel(random, { ...shape, startMs: START_MS + index * 100_000_000_000 }),
    );
    const block = await merge(await writeAll(models));
    expect(readModel(folder.reader(MERGED_ID))).toEqual(mergedModel(models));
    expect(block).toMatchObject({ id: MERGED_ID, level: 1 });
    expectIntact(MERGED_ID);
  });

  it('joins blocks that overlap, the first one first', async () => {
    const models = dealOut(random, randomModel(random, { ...shape, startMs: START_MS }));
    await merge(await writeAll(models));
    expect(readModel(folder.reader(MERGED_ID))).toEqual(mergedModel(models));
    expectIntact(MERGED_ID);
  });

  it('leaves out ranges, whole series, and ranges of one block only', async () => {
    const models = dealOut(random, randomModel(random, { ...shape, startMs: START_MS }));
    const leaveOut: LeaveOut = (ref, _, blockId) => {
      if (ref % 5 === 0)
        return [{ startMsInclusive: Number.NEGATIVE_INFINITY, endMsInclusive: Number.POSITIVE_INFINITY }];
      const hours = (start: number, end: number) => ({
        startMsInclusive: START_MS + start * 3_600_000,
        endMsInclusive: START_MS + end * 3_600_000,
      });
      return ref % 5 === 1 ? [] : blockId === 1 ? [hours(0, 1), hours(1.5, 1.6)] : [hours(-1, 0.5)];
    };
    await merge(await writeAll(models), leaveOut, 100);
    expect(readModel(folder.reader(MERGED_ID))).toEqual(mergedModel(models, leaveOut));
    expectIntact(MERGED_ID);
  });
});

describe('BlockMerge', () => {
  const stream = (startMs: number, count: number): ModelSample[] =>
    Array.from({ length: count }, (_, index) => ({
      timestampMs: startMs + 1000 * index,
      value: [index, 0x3ff00000],
    }));

  const chunkCounts = (): number[] => {
    const counts: number[] = [];
    for (const _ of verifyBlock(folder.reader(MERGED_ID), codec, (chunk) => counts.push(chunk.sampleCount)));
    return counts;
  };

  it.each([
    ['copies chunks that are full enough', [480, 480, 480], [480, 480, 480]],
    ['fills up short ones', [120, 120, 120, 120, 120], [512, 88]],
    ['copies after a short one only when that makes none shorter', [100, 480, 480], [512, 512, 36]],
    ['closes what is half full before a copy', [100, 200, 480], [300, 480]],
  ])('%s', async (_, lengths, expected) => {
    let at = START_MS;
    const models = lengths.map((length): BlockModel => {
      const model = new Map([[streamKey(3, FLOATS), stream(at, length)]]);
      at += 1000 * length;
      return model;
    });
    await merge(await writeAll(models));
    expect(chunkCounts()).toEqual(expected);
    expect(readModel(folder.reader(MERGED_ID))).toEqual(mergedModel(models));
  });

  it('makes no block when everything is left out', async () => {
    await writeAll([new Map([[streamKey(3, FLOATS), stream(START_MS, 700)]])]);
    const everything = [{ startMsInclusive: START_MS, endMsInclusive: START_MS + 10_000_000 }];
    expect(await merge([1], () => everything)).toBeNull();
  });

  it('goes on without a block that is damaged', async () => {
    const model: BlockModel = new Map([[streamKey(3, FLOATS), stream(START_MS, 700)]]);
    await writeAll([model]);
    await merge([1, 50]);
    expect(readModel(folder.reader(MERGED_ID))).toEqual(model);
    expect(folder.damages.map(({ what, blockId }) => [what, blockId])).toContainEqual(['block', 50]);
  });
});
