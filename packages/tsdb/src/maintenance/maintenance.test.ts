import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels } from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listBlockIds } from '../block/block-folder.ts';
import { MERGE_FAN_IN } from '../block/merge-policy.ts';
import { ERR_STORE_WRITE } from '../error-codes.ts';
import { openTsdb, type Tsdb } from '../open-tsdb.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';

const NOW_MS = 1_763_700_000_000;
const RETENTION_MS = 24 * 3600 * 1000;
const LABELS = Labels.fromObject({ __name__: 'up' });

let directory = '';
let freeBytes = Number.POSITIVE_INFINITY;
/** What is free at the next looks, before it is `freeBytes`. */
let freeBytesFirst: number[] = [];
let clock = new ManualClock(NOW_MS);
let tsdb: Tsdb;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'maintenance-'));
  freeBytes = Number.POSITIVE_INFINITY;
  clock = new ManualClock(NOW_MS);
  const limits = { retentionMs: RETENTION_MS, logBytesMax: 1, headBytesMax: 1 << 24 };
  tsdb = await openTsdb({ directory, clock, limits, freeBytesOf: () => freeBytesFirst.shift() ?? freeBytes });
});

afterEach(async () => {
  vi.restoreAllMocks();
  freeBytes = Number.POSITIVE_INFINITY;
  await tsdb.close();
  rmSync(directory, { recursive: true });
});

async function write(timestampMs: number): Promise<void> {
  const appender = tsdb.appender();
  appender.append(LABELS, timestampMs, 1);
  await appender.commit();
}

it('drops blocks past the retention while the disk is too full to flush', async () => {
  await write(NOW_MS);
  await tsdb.flush();
  clock.advance(RETENTION_MS + 1);
  await write(NOW_MS + RETENTION_MS + 1);
  freeBytes = 0;
  expect(await tsdb.maintain()).toBe(true);
  expect(tsdb.statistics.blocksDropped).toBe(1);
  await expect(tsdb.maintain()).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
});

it('drops blocks past the retention while a commit fails for want of room', async () => {
  await write(NOW_MS);
  await tsdb.flush();
  clock.advance(RETENTION_MS + 1);
  await write(clock.nowMs());
  freeBytesFirst = [Number.POSITIVE_INFINITY];
  freeBytes = 0;
  await expect(write(clock.nowMs() + 1)).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
  expect(await tsdb.maintain()).toBe(true);
  expect(tsdb.statistics.blocksDropped).toBe(1);
  await expect(tsdb.maintain()).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
});

it('leaves no block behind when the commit of a merge fails, and merges again', async () => {
  for (let block = 0; block < MERGE_FAN_IN; block++) {
    await write(NOW_MS + block);
    await tsdb.flush();
  }
  const blocksDirectory = join(directory, 'blocks');
  const before = listBlockIds(blocksDirectory);
  // oxlint-disable-next-line typescript/unbound-method -- called with its environment below
  const original = LmdbEnvironment.prototype.writeDurably;
  vi.spyOn(LmdbEnvironment.prototype, 'writeDurably').mockImplementation(function failing(
    this: LmdbEnvironment,
    action,
  ) {
    if (listBlockIds(blocksDirectory).length > before.length)
      throw new PromontoryError('full', { code: ERR_STORE_WRITE, kind: 'unavailable' });
    original.call(this, action);
  });
  const work = async (): Promise<void> => {
    while (await tsdb.maintain());
  };
  await expect(work()).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' });
  expect(listBlockIds(blocksDirectory)).toEqual(before);
  vi.restoreAllMocks();
  await work();
  expect(tsdb.statistics.blocksMerged).toBe(1);
  expect(listBlockIds(blocksDirectory)).toHaveLength(1);
});
