/**
 * Flipped bytes everywhere: in every byte of every record through its decoder, in records through a whole block,
 * and anywhere in the files. What is read then is what was written, or less and a report; never anything else.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { errorCode, SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealRecord } from '../store/checksum.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';
import { BLOCK_HEADER_KEY, BLOCK_INDEX_KEY, blockPath, deleteBlock, segmentKey } from './block-folder.ts';
import { decodeBlockHeader } from './block-header.ts';
import { decodeBlockIndex } from './block-index.ts';
import {
  BlockFolder,
  type BlockModel,
  codec,
  type ModelSample,
  randomModel,
  readModel,
  START_MS,
} from './block-test-data.ts';
import { SegmentReader } from './segment-reader.ts';
import { FLOATS, streamKey } from './stream-kind.ts';
import { verifyBlock } from './verify-block.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const FILE_FLIPS = 200;
const BLOCK_ID = 3;

let folder: BlockFolder;

beforeEach(() => {
  folder = new BlockFolder();
});

afterEach(async () => {
  await folder.remove();
});

function smallModel(): BlockModel {
  return randomModel(new SeededRandom(SEED), { seriesCount: 12, samplesMax: 20, startMs: START_MS });
}

/** One segment, too long to lie in a page of the tree. */
function middleModel(): BlockModel {
  return randomModel(new SeededRandom(SEED), { seriesCount: 15, samplesMax: 200, startMs: START_MS });
}

/** Two streams over several segments. */
function longModel(): BlockModel {
  const random = new SeededRandom(SEED);
  const samples = (count: number): ModelSample[] =>
    Array.from({ length: count }, (_, index) => ({
      timestampMs: START_MS + 15_000 * index,
      value: [random.nextUint32() | 0, 0x3ff00000 | random.nextInt(0x100000)],
    }));
  return new Map([
    [streamKey(1, FLOATS), samples(20_000)],
    [streamKey(9, FLOATS), samples(700)],
  ]);
}

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= mask;
  return copy;
}

/** @returns the code of what the action throws, undefined when it throws nothing */
function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

/** @returns samples that were never written, and whether some are gone without a report; nothing when all is well */
function problemsOf(found: BlockModel, written: BlockModel): unknown[] {
  const problems: unknown[] = [];
  for (const [key, samples] of found) {
    const byTime = new Map(written.get(key)?.map((sample) => [sample.timestampMs, sample]));
    problems.push(...samples.filter((sample) => !isDeepStrictEqual(sample, byTime.get(sample.timestampMs))));
  }
  const isLess = [...found.values()].flat().length < [...written.values()].flat().length;
  if (isLess && folder.damages.length === 0) problems.push('lost without a report');
  return problems;
}

async function records(blockId: number): Promise<Map<Buffer, Buffer>> {
  const environment = LmdbEnvironment.openBuilt(blockPath(folder.directory, blockId));
  const table = environment.rootTable();
  const found = new Map<Buffer, Buffer>();
  for (const { key, value } of table.range(BLOCK_HEADER_KEY, Buffer.of(0xff))) found.set(key, value);
  await environment.close();
  return found;
}

/** A block whose records are these, under an intact seal. */
async function writeRecords(blockId: number, contents: ReadonlyMap<Buffer, Buffer>): Promise<void> {
  const path = blockPath(folder.directory, blockId);
  mkdirSync(path);
  const environment = new LmdbEnvironment(path, 'building');
  const table = environment.rootTable();
  environment.writeUnsynced(() => {
    for (const [key, value] of contents) table.put(key, value);
  });
  await environment.finishBuilding();
}

/** Takes the place of block BLOCK_ID, with one record changed. */
async function replaceRecord(key: Buffer, value: Buffer | null): Promise<void> {
  const contents = await records(BLOCK_ID);
  for (const existing of contents.keys()) if (existing.equals(key)) contents.delete(existing);
  if (value !== null) contents.set(key, value);
  deleteBlock(folder.directory, BLOCK_ID);
  await writeRecords(BLOCK_ID, contents);
}

async function record(key: Buffer): Promise<Buffer> {
  for (const [found, value] of await records(BLOCK_ID)) if (found.equals(key)) return value;
  throw new Error('no such record');
}

describe('a flipped byte', () => {
  it('anywhere in a segment costs its chunk or the segment', async () => {
    await folder.write(BLOCK_ID, smallModel());
    const bytes = await record(segmentKey(0));
    const intact = new SegmentReader(codec);
    intact.load(bytes, BLOCK_ID, 0);
    const chunkCount = intact.segment.chunkCount;
    const reader = new SegmentReader(codec);
    const directoryEnd = bytes.readUInt32LE(8);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = flipped(bytes, at, 1 << (at % 8));
      const loadCode = codeOf(() => reader.load(damaged, BLOCK_ID, 0));
      expect(loadCode, `byte ${at}`).toBe(at < directoryEnd ? 'ERR_STORE_CORRUPT' : undefined);
      if (at < directoryEnd) continue;
      const codes = Array.from({ length: chunkCount }, (_, chunk) =>
        codeOf(() => reader.encodedChunk(chunk)),
      ).filter((code) => code !== undefined);
      expect(new Set(codes), `byte ${at}`).toEqual(new Set(['ERR_STORE_CORRUPT']));
      const lost = codes.length;
      expect(lost, `byte ${at}`).toBeLessThan(chunkCount);
    }
  });

  it('anywhere in header or index is noticed', async () => {
    await folder.write(BLOCK_ID, smallModel());
    const corrupt = expect.objectContaining({ code: 'ERR_STORE_CORRUPT' }) as object;
    const header = await record(BLOCK_HEADER_KEY);
    for (let at = 0; at < header.length; at++)
      expect(() => decodeBlockHeader(flipped(header, at, 64), BLOCK_ID, 0)).toThrow(corrupt);
    const index = await record(BLOCK_INDEX_KEY);
    for (let at = 0; at < index.length; at++)
      expect(() => decodeBlockIndex(flipped(index, at, 64), BLOCK_ID)).toThrow(corrupt);
  });

  it('anywhere in the files never gives a wrong sample', async () => {
    const model = middleModel();
    await folder.write(BLOCK_ID, model);
    const random = new SeededRandom(SEED);
    const damaged = new Set<string>();
    for (const [file, flips] of [
      ['data.mdb', FILE_FLIPS],
      ['seal', 40],
    ] as const) {
      const path = join(blockPath(folder.directory, BLOCK_ID), file);
      const bytes = readFileSync(path);
      for (let flip = 0; flip < flips; flip++) {
        const at = random.nextInt(bytes.length);
        writeFileSync(path, flipped(bytes, at, 1 << random.nextInt(8)));
        folder.damages.length = 0;
        const reader = folder.reader(BLOCK_ID);
        expect(problemsOf(readModel(reader), model), `seed ${SEED}, ${file}, byte ${at}`).toEqual([]);
        for (const { what } of folder.damages) damaged.add(what);
        await reader.close();
      }
      writeFileSync(path, bytes);
    }
    expect(damaged).toEqual(new Set(['block', 'index', 'segment', 'chunk']));
  });
});

describe('a block', () => {
  it.each([
    ['flipped', (index: Buffer): Buffer | null => flipped(index, 30, 4)],
    ['gone', (): Buffer | null => null],
  ])('whose index is %s is read through a new one', async (_, damage) => {
    const model = longModel();
    await folder.write(BLOCK_ID, model);
    await replaceRecord(BLOCK_INDEX_KEY, damage(await record(BLOCK_INDEX_KEY)));
    expect(readModel(folder.reader(BLOCK_ID))).toEqual(model);
    expect(folder.damages).toEqual([
      { what: 'index', blockId: BLOCK_ID, reason: expect.any(String) as string },
    ]);
  });

  it.each([
    ['flipped', (segment: Buffer): Buffer | null => flipped(segment, 26, 4)],
    ['gone', (): Buffer | null => null],
    ['another one', (segment: Buffer): Buffer | null => segment],
  ])('of which a segment is %s loses that segment', async (what, damage) => {
    const model = longModel();
    await folder.write(BLOCK_ID, model);
    const source = what === 'another one' ? 1 : 2;
    await replaceRecord(segmentKey(2), damage(await record(segmentKey(source))));
    const found = readModel(folder.reader(BLOCK_ID));
    expect(problemsOf(found, model)).toEqual([]);
    expect(found.get(streamKey(9, FLOATS))).toEqual(model.get(streamKey(9, FLOATS)));
    const [damaged] = folder.damages;
    expect(damaged).toMatchObject({ what: 'segment', segmentNumber: 2, ref: 1, lastRef: 1, kind: FLOATS });
    const lost = model
      .get(streamKey(1, FLOATS))
      ?.filter(
        ({ timestampMs }) =>
          timestampMs >= (damaged?.firstTimestampMs ?? 0) && timestampMs <= (damaged?.lastTimestampMs ?? 0),
      );
    expect((found.get(streamKey(1, FLOATS))?.length ?? 0) + (lost?.length ?? 0)).toBe(20_000);
  });

  it('of which a chunk is flipped loses that chunk, says which, and says so again', async () => {
    const model = longModel();
    await folder.write(BLOCK_ID, model);
    const segment = await record(segmentKey(1));
    await replaceRecord(segmentKey(1), flipped(segment, segment.length - 1, 1));
    const reader = folder.reader(BLOCK_ID);
    const columns = new SampleColumns();
    for (let round = 0; round < 2; round++) {
      folder.damages.length = 0;
      columns.clear();
      reader.read(1, START_MS, Number.POSITIVE_INFINITY, columns);
      expect(columns.count).toBe(20_000 - 512);
      expect(folder.damages).toMatchObject([{ what: 'chunk', ref: 1, kind: FLOATS }]);
    }
    const [damaged] = folder.damages;
    const { timestampMs, count } = columns;
    const isLost = (at: number): boolean =>
      at >= (damaged?.firstTimestampMs ?? 0) && at <= (damaged?.lastTimestampMs ?? 0);
    expect(timestampMs.subarray(0, count).some(isLost)).toBe(false);
    folder.damages.length = 0;
    for (const _ of verifyBlock(reader, codec, () => undefined));
    expect(folder.damages.map(({ what }) => what)).toEqual(['chunk', 'order']);
  });

  it.each([
    ['the first', 0],
    ['the second', 1],
  ])('whose %s meta page is damaged is read all the same, without its header', async (_, page) => {
    const model = longModel();
    await folder.write(BLOCK_ID, model);
    const path = join(blockPath(folder.directory, BLOCK_ID), 'data.mdb');
    writeFileSync(path, flipped(readFileSync(path), 4096 * page + 30, 16));
    const reader = folder.reader(BLOCK_ID);
    const found = readModel(reader);
    expect(problemsOf(found, model)).toEqual([]);
    expect(found.get(streamKey(9, FLOATS))).toEqual(model.get(streamKey(9, FLOATS)));
    expect(found.get(streamKey(1, FLOATS))).toEqual(model.get(streamKey(1, FLOATS)));
    expect(reader.block()).toBeNull();
    expect(folder.damages.map(({ what }) => what)).toEqual(['block', 'index', 'header']);
  });

  it.each([
    ['header', BLOCK_HEADER_KEY],
    ['index', BLOCK_INDEX_KEY],
    ['segment', segmentKey(0)],
  ])('whose %s has an unknown version is refused', async (_, key) => {
    await folder.write(BLOCK_ID, smallModel());
    const newer = flipped(await record(key), 4, 8);
    sealRecord(newer.subarray(0, key.equals(segmentKey(0)) ? newer.readUInt32LE(8) : newer.length));
    await replaceRecord(key, newer);
    const reader = folder.reader(BLOCK_ID);
    const readAll = (): void => {
      reader.block();
      readModel(reader);
    };
    expect(readAll).toThrow(expect.objectContaining({ code: 'ERR_STORE_FORMAT_VERSION' }));
    expect(folder.damages).toEqual([]);
  });
});
