import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockPath, deleteBlock, listBlockIds } from './block-folder.ts';
import {
  BlockFolder,
  type BlockModel,
  codec,
  inRange,
  type ModelSample,
  randomModel,
  readModel,
  readStream,
  START_MS,
} from './block-test-data.ts';
import { FLOATS, HISTOGRAMS, refOfStreamKey, STREAM_KINDS, streamKey } from './stream-kind.ts';
import { verifyBlock } from './verify-block.ts';

let folder: BlockFolder;

beforeEach(() => {
  folder = new BlockFolder();
});

afterEach(async () => {
  await folder.remove();
});

function constant(count: number, startMs = START_MS): ModelSample[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampMs: startMs + 15_000 * index,
    value: [0, 0x3ff00000],
  }));
}

const refsOf = (model: BlockModel): number[] =>
  [...new Set([...model.keys()].map(refOfStreamKey))].sort((left, right) => left - right);

describe.each([1, 2, 3])('a block of random streams, seed %i', (seed) => {
  const random = new SeededRandom(seed);
  const model = randomModel(random, { seriesCount: 60, samplesMax: 1800, startMs: START_MS });

  it('gives back what was written, in figures too, and verifies', async () => {
    const block = await folder.write(7, model);
    const reader = folder.reader(7);
    expect(readModel(reader)).toEqual(new Map([...model].sort(([left], [right]) => left - right)));
    expect([...reader.refs()]).toEqual(refsOf(model));
    expect(reader.block()).toEqual(block);
    const times = [...model.values()].flat().map(({ timestampMs }) => timestampMs);
    expect(block).toMatchObject({
      id: 7,
      seriesCount: refsOf(model).length,
      firstTimestampMs: times.reduce((least, at) => Math.min(least, at)),
      lastTimestampMs: times.reduce((most, at) => Math.max(most, at)),
    });
    expect(block.floatCount + block.histogramCount + block.startTimestampCount).toBe(times.length);
    let verifiedCount = 0;
    for (const _ of verifyBlock(reader, codec, (chunk) => (verifiedCount += chunk.sampleCount)));
    expect(verifiedCount).toBe(times.length);
    expect(folder.damages).toEqual([]);
  });

  it('gives for a range at least what is in it, and counts it exactly', async () => {
    await folder.write(7, model);
    const reader = folder.reader(7);
    for (let round = 0; round < 300; round++) {
      const ref = random.nextInt((refsOf(model).at(-1) ?? 0) + 2);
      const startMs = START_MS + random.nextInt(40_000_000) - 1_000_000;
      const endMs = startMs + random.nextInt(round % 2 === 0 ? 100_000 : 20_000_000);
      const counts = reader.counts(ref, startMs, endMs);
      const expectedCounts: number[] = [];
      for (const kind of STREAM_KINDS) {
        const all = model.get(streamKey(ref, kind)) ?? [];
        const expected = inRange(all, startMs, endMs);
        const samples = readStream(reader, streamKey(ref, kind), startMs, endMs);
        expect(inRange(samples, startMs, endMs)).toEqual(expected);
        expect(samples.length).toBeLessThanOrEqual(expected.length + 2 * 512);
        expectedCounts.push(expected.length);
      }
      expect([counts.floats, counts.histograms, counts.startTimestamps]).toEqual(expectedCounts);
      expect(reader.has(ref, startMs, endMs)).toBe(counts.floats + counts.histograms > 0);
      const hiddenMs = startMs + random.nextInt(20_000_000) - 10_000_000;
      const hidden = { startMsInclusive: hiddenMs, endMsInclusive: hiddenMs + random.nextInt(20_000_000) };
      const isHidden = ({ timestampMs }: ModelSample): boolean =>
        timestampMs >= hidden.startMsInclusive && timestampMs <= hidden.endMsInclusive;
      const visible = [FLOATS, HISTOGRAMS].flatMap((kind) =>
        inRange(model.get(streamKey(ref, kind)) ?? [], startMs, endMs).filter((sample) => !isHidden(sample)),
      );
      expect(reader.has(ref, startMs, endMs, [hidden])).toBe(visible.length > 0);
    }
  });
});

describe('BlockWriter', () => {
  it('stores equal columns of one segment once', async () => {
    const random = new SeededRandom(1);
    const jittered = Array.from(
      { length: 512 },
      (_, index) => START_MS + 15_000 * index + random.nextInt(10_000),
    );
    const samples = (offsetMs: number): ModelSample[] =>
      jittered.map((at) => ({ timestampMs: at + offsetMs, value: [0, 0x3ff00000] }));
    const shared = await folder.write(
      1,
      new Map(Array.from({ length: 50 }, (_, ref) => [4 * ref, samples(0)])),
    );
    const own = await folder.write(
      2,
      new Map(Array.from({ length: 50 }, (_, ref) => [4 * ref, samples(ref)])),
    );
    expect(shared.segmentCount).toBe(1);
    expect(own.segmentCount).toBeGreaterThan(1);
  });

  it('goes on with a stream in the next segments', async () => {
    const random = new SeededRandom(4);
    const samples = constant(20_000).map(({ timestampMs }): ModelSample => ({
      timestampMs,
      value: [random.nextUint32() | 0, 0x3ff00000],
    }));
    const model = new Map([
      [streamKey(1, FLOATS), constant(3)],
      [streamKey(5, FLOATS), samples],
      [streamKey(6, FLOATS), constant(3)],
    ]);
    const block = await folder.write(1, model);
    expect(block.segmentCount).toBeGreaterThan(2);
    expect(readModel(folder.reader(1))).toEqual(model);
  });

  it('is done without a folder when nothing was added, and abort leaves none', async () => {
    expect(await folder.writer(1).finish()).toBeNull();
    const writer = folder.writer(2);
    writer.addFloats(1, new SampleColumns());
    const columns = new SampleColumns();
    columns.push(START_MS, 1);
    writer.addFloats(1, columns);
    expect(listBlockIds(folder.directory)).toEqual([2]);
    await writer.abort();
    await writer.abort();
    expect(readdirSync(folder.directory)).toEqual([]);
  });

  it('refuses a folder that is there', async () => {
    await folder.write(3, new Map([[4, constant(1)]]));
    expect(() => folder.writer(3)).toThrow(expect.objectContaining({ code: 'ERR_STORE_WRITE' }));
    expect(readModel(folder.reader(3)).size).toBe(1);
  });

  it.each([
    ['an earlier series', 1, START_MS + 900_000],
    ['an earlier sample', 2, START_MS],
    ['a timestamp beyond the range', 2, 2 ** 52 + 2],
  ])('asserts that nothing comes out of order: %s', async (_, ref, timestampMs) => {
    const writer = folder.writer(1);
    const columns = new SampleColumns();
    columns.push(START_MS, 1);
    writer.addFloats(2, columns);
    columns.timestampMs[0] = timestampMs;
    expect(() => writer.addFloats(ref, columns)).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }));
    await writer.abort();
  });
});

describe('BlockReader', () => {
  it('goes on reading a block that was deleted, and closes twice', async () => {
    const model = new Map([[4, constant(700)]]);
    await folder.write(1, model);
    const reader = folder.reader(1);
    expect(reader.has(1, START_MS, START_MS)).toBe(true);
    deleteBlock(folder.directory, 1);
    expect(existsSync(blockPath(folder.directory, 1))).toBe(false);
    expect(readModel(reader)).toEqual(model);
    await reader.close();
    await reader.close();
  });

  it.each([
    ['is gone', (path: string): void => deleteBlock(join(path, '..'), 1)],
    ['is cut off in its pages', (path: string): void => truncateSync(join(path, 'data.mdb'), 2 * 4096)],
    ['is cut off in its head', (path: string): void => truncateSync(join(path, 'data.mdb'), 100)],
    ['is empty', (path: string): void => truncateSync(join(path, 'data.mdb'), 0)],
  ])('reports a block whose file %s and reads nothing from it', async (_, damage) => {
    await folder.write(1, new Map([[4, constant(700)]]));
    damage(blockPath(folder.directory, 1));
    const reader = folder.reader(1);
    expect(readModel(reader).size).toBe(0);
    expect(reader.block()).toBeNull();
    expect(folder.damages.map(({ what }) => what)).toContain('block');
  });
});
