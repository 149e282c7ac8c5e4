import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels, SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listBlockIds } from '../block/block-folder.ts';
import { ERR_STORE_FAILED } from '../error-codes.ts';
import { openTsdb, type Tsdb } from '../open-tsdb.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';

const NOW_MS = 1_763_700_000_000;
const LABELS = Labels.fromObject({ __name__: 'up' });

let directory = '';
let tsdb: Tsdb;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'flush-task-'));
  tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS) });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await tsdb.close();
  rmSync(directory, { recursive: true });
});

function read(): number[] {
  const set = tsdb.select({ matchers: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: NOW_MS });
  const columns = new SampleColumns();
  set.read(0, columns);
  set.close();
  return [...columns.value.subarray(0, columns.count)];
}

it.each([
  ['is on disk', [1]],
  ['is not on disk', []],
])('loses nothing when a commit failed and the block %s all the same', async (outcome, blocks) => {
  const appender = tsdb.appender();
  appender.append(LABELS, NOW_MS, 42);
  await appender.commit();
  // oxlint-disable-next-line typescript/unbound-method -- called with its environment below
  const original = LmdbEnvironment.prototype.writeDurably;
  vi.spyOn(LmdbEnvironment.prototype, 'writeDurably').mockImplementation(function failing(
    this: LmdbEnvironment,
    action,
  ) {
    const isPublished = this.directory.endsWith('main');
    if (!isPublished || outcome === 'is on disk') original.call(this, action);
    if (isPublished) throw new PromontoryError('EIO', { code: ERR_STORE_FAILED, kind: 'unavailable' });
  });
  await expect(tsdb.flush()).rejects.toMatchObject({ code: ERR_STORE_FAILED });
  vi.restoreAllMocks();
  await tsdb.close();
  tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS) });
  expect(read()).toEqual([42]);
  expect(tsdb.damages).toEqual([]);
  expect(listBlockIds(join(directory, 'blocks'))).toEqual(blocks);
});
