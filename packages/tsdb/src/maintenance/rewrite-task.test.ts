import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels, Matcher, SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blockPath, listBlockIds } from '../block/block-folder.ts';
import { MERGE_FAN_IN } from '../block/merge-policy.ts';
import { ERR_DISK_FULL, ERR_STORE_FAILED } from '../error-codes.ts';
import { openTsdb, type Tsdb, verifyTsdb } from '../index.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';

const NOW_MS = 1_763_700_000_000;
const HOUR_MS = 3600 * 1000;
const RETENTION_MS = 24 * HOUR_MS;
const SERIES = Array.from({ length: 400 }, (_, index) =>
  Labels.fromObject({ __name__: 'up', instance: String(index) }),
);
const SAMPLES_PER_BLOCK = 150;
const RESERVE_BYTES = 8 * 1024 ** 2;

let directory = '';
let blocksDirectory = '';
let clock = new ManualClock(NOW_MS);
let freeBytes = Number.POSITIVE_INFINITY;
let tsdb: Tsdb;

async function open(): Promise<void> {
  const limits = { retentionMs: RETENTION_MS, seriesIdleMs: HOUR_MS, diskReserveBytes: RESERVE_BYTES };
  tsdb = await openTsdb({ directory, clock, limits, freeBytesOf: () => freeBytes });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rewrite-task-'));
  blocksDirectory = join(directory, 'blocks');
  clock = new ManualClock(NOW_MS);
  freeBytes = Number.POSITIVE_INFINITY;
  await open();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await tsdb.close();
  rmSync(directory, { recursive: true });
});

/** A block of every series, a sample a second, which takes a merge several steps. Ten minutes later than the one before. */
async function writeBlock(rangeMs = SAMPLES_PER_BLOCK * 1000): Promise<void> {
  const appender = tsdb.appender();
  for (const labels of SERIES)
    for (let offsetMs = 0; offsetMs < rangeMs; offsetMs += 1000)
      appender.append(labels, clock.nowMs() + offsetMs, Math.random());
  await appender.commit();
  await tsdb.flush();
  clock.advance(600_000);
}

async function writeBlocks(count: number): Promise<void> {
  for (let block = 0; block < count; block++) await writeBlock();
}

function count(untilMs: number): number {
  const matchers = [new Matcher('=', 'instance', '7')];
  const set = tsdb.select({ matchers, rangeStartMsInclusive: 0, rangeEndMsInclusive: untilMs });
  const columns = new SampleColumns();
  set.read(0, columns);
  set.close();
  return columns.timestampMs.subarray(0, columns.count).filter((at) => at <= untilMs).length;
}

async function maintainAll(): Promise<void> {
  while (await tsdb.maintain());
}

/** In the last segment. */
function flipByte(blockId: number): void {
  const file = join(blockPath(blocksDirectory, blockId), 'data.mdb');
  const bytes = readFileSync(file);
  bytes[bytes.length - 20_000]! ^= 1;
  writeFileSync(file, bytes);
}

it('does not bring back what the retention drops while it is merged', async () => {
  await writeBlocks(MERGE_FAN_IN);
  const firstBlockEndMs = NOW_MS + SAMPLES_PER_BLOCK * 1000;
  await tsdb.maintain();
  await tsdb.maintain();
  expect(count(firstBlockEndMs)).toBe(SAMPLES_PER_BLOCK);
  expect(listBlockIds(blocksDirectory)).toHaveLength(MERGE_FAN_IN + 1);
  clock.advance(RETENTION_MS - MERGE_FAN_IN * 600_000 + 300_000);
  await maintainAll();
  expect(tsdb.statistics).toMatchObject({ blocksDropped: 1, blocksMerged: 0 });
  expect(count(firstBlockEndMs)).toBe(0);
  expect(listBlockIds(blocksDirectory)).toHaveLength(MERGE_FAN_IN - 1);
});

it.each(['is on disk', 'is not on disk'])(
  'loses nothing when a commit failed and %s all the same',
  async (outcome) => {
    await writeBlocks(MERGE_FAN_IN);
    // oxlint-disable-next-line typescript/unbound-method -- called with its environment below
    const original = LmdbEnvironment.prototype.writeDurably;
    vi.spyOn(LmdbEnvironment.prototype, 'writeDurably').mockImplementation(function failing(
      this: LmdbEnvironment,
      action,
    ) {
      const isMerged = listBlockIds(blocksDirectory).length > MERGE_FAN_IN;
      if (!isMerged || outcome === 'is on disk') original.call(this, action);
      if (isMerged) throw new PromontoryError('EIO', { code: ERR_STORE_FAILED, kind: 'unavailable' });
    });
    await expect(maintainAll()).rejects.toMatchObject({ code: ERR_STORE_FAILED });
    vi.restoreAllMocks();
    await tsdb.close();
    expect(listBlockIds(blocksDirectory)).toHaveLength(MERGE_FAN_IN + 1);
    await open();
    expect(count(clock.nowMs())).toBe(MERGE_FAN_IN * SAMPLES_PER_BLOCK);
    expect(tsdb.damages).toEqual([]);
    expect(listBlockIds(blocksDirectory)).toHaveLength(outcome === 'is on disk' ? 1 : MERGE_FAN_IN);
  },
);

describe('a damaged block', () => {
  beforeEach(async () => {
    await writeBlocks(MERGE_FAN_IN - 1);
    await tsdb.close();
    flipByte(2);
    await open();
  });

  async function findings(): Promise<string[]> {
    await tsdb.close();
    const found = await verifyTsdb({ directory });
    await open();
    return found.findings.map(({ where }) => where);
  }

  it('is not merged, so that its damage stays known; others are merged without it', async () => {
    const before = await findings();
    expect(before.length).toBeGreaterThan(0);
    await writeBlock();
    await maintainAll();
    expect(tsdb.statistics.blocksMerged).toBe(0);
    expect(tsdb.damages).toHaveLength(1);
    expect(await findings()).toEqual(before);
    await writeBlock();
    await maintainAll();
    expect(tsdb.statistics.blocksMerged).toBe(1);
    expect(await findings()).toEqual(before);
  });

  it('is not written anew either: what is deleted from it stays hidden by its tombstone', async () => {
    const before = await findings();
    const range = { rangeStartMsInclusive: 0, rangeEndMsInclusive: clock.nowMs() };
    await tsdb.deleteSamples({ matcherSets: [[new Matcher('=', 'instance', '7')]], ...range });
    await maintainAll();
    expect(tsdb.statistics.blocksMerged).toBe(MERGE_FAN_IN - 2);
    expect(count(clock.nowMs())).toBe(0);
    expect(await findings()).toEqual(before);
    expect(count(clock.nowMs())).toBe(0);
    clock.advance(2 * RETENTION_MS);
    await maintainAll();
    expect(await findings()).toEqual([]);
  });
});

describe('without room on the disk', () => {
  it('lets series leave while no blocks can be merged', async () => {
    await writeBlocks(MERGE_FAN_IN);
    clock.advance(2 * HOUR_MS);
    freeBytes = RESERVE_BYTES;
    for (let step = 0; step < 10; step++)
      await expect(tsdb.maintain()).rejects.toMatchObject({ code: ERR_DISK_FULL });
    expect(tsdb.statistics).toMatchObject({ seriesIdled: SERIES.length, blocksMerged: 0 });
    freeBytes = Number.POSITIVE_INFINITY;
    await maintainAll();
    expect(tsdb.statistics.blocksMerged).toBe(1);
  });

  it('merges, and writes anew, what there is room for', async () => {
    for (const rangeMs of [150_000, 150_000, 150_000, 150_000, 1000, 1000, 1000, 1000])
      await writeBlock(rangeMs);
    const bytes = listBlockIds(blocksDirectory).map(
      (id) => statSync(join(blockPath(blocksDirectory, id), 'data.mdb')).size,
    );
    const [large = 0, small = 0] = [bytes[0], bytes[4]];
    expect(large).toBeGreaterThan(4 * small);
    const range = { rangeStartMsInclusive: 0, rangeEndMsInclusive: clock.nowMs() };
    await tsdb.deleteSamples({ matcherSets: [[new Matcher('=', 'instance', '7')]], ...range });
    freeBytes = RESERVE_BYTES + 4 * small;
    await expect(maintainAll()).rejects.toMatchObject({ code: ERR_DISK_FULL });
    expect(tsdb.statistics.blocksMerged).toBe(MERGE_FAN_IN + 1);
    freeBytes = Number.POSITIVE_INFINITY;
    await maintainAll();
    expect(tsdb.statistics.blocksMerged).toBe(2 * MERGE_FAN_IN + 2);
  });
});
