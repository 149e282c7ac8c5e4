import * as fs from 'node:fs';
import { existsSync, mkdtempSync, readdirSync, type PathLike } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels } from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BlockWriter } from '../block/block-writer.ts';
import { ERR_STORE_WRITE } from '../error-codes.ts';
import { openTsdb, type Tsdb } from '../open-tsdb.ts';

vi.mock('node:fs', { spy: true });

const RETENTION_MS = 24 * 3600 * 1000;
const SERIES_IDLE_MS = 60_000;

let directory = '';
let clock = new ManualClock(1_763_700_000_000);
let tsdb: Tsdb;
/** Part of the path of what cannot be deleted. */
let stuck: string | null = null;

beforeEach(async () => {
  stuck = null;
  directory = mkdtempSync(join(tmpdir(), 'leftovers-'));
  clock = new ManualClock(1_763_700_000_000);
  const { rmSync } = await vi.importActual<typeof fs>('node:fs');
  vi.mocked(fs.rmSync).mockImplementation((path: PathLike, options) => {
    if (stuck !== null && String(path).includes(stuck) && existsSync(path))
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5 });
    rmSync(path, options);
  });
  const limits = { retentionMs: RETENTION_MS, seriesIdleMs: SERIES_IDLE_MS };
  tsdb = await openTsdb({ directory, clock, limits });
});

afterEach(async () => {
  stuck = null;
  await tsdb.close();
  fs.rmSync(directory, { recursive: true });
  vi.restoreAllMocks();
});

async function write(name: string): Promise<void> {
  const appender = tsdb.appender();
  appender.append(Labels.fromObject({ __name__: name }), clock.nowMs(), 1);
  await appender.commit();
}

/** @returns the codes of errors, each once */
async function maintainAll(): Promise<Set<unknown>> {
  const codes = new Set<unknown>();
  for (let quiet = 0; quiet < 5;) {
    const outcome = await tsdb.maintain().catch((error: unknown) => {
      codes.add((error as { code?: unknown }).code);
      return false;
    });
    quiet = outcome ? 0 : quiet + 1;
  }
  return codes;
}

it('deletes the folders of dropped blocks later when one cannot be deleted now', async () => {
  for (const name of ['a', 'b', 'c']) {
    await write(name);
    await tsdb.flush();
  }
  clock.advance(2 * RETENTION_MS);
  stuck = '0000000001.deleted';
  expect(await maintainAll()).toEqual(new Set([ERR_STORE_WRITE]));
  expect(readdirSync(join(directory, 'blocks'))).toEqual(['0000000001.deleted']);
  expect(tsdb.statistics).toMatchObject({ blocksDropped: 3, seriesDropped: 3 });
  stuck = null;
  expect(await maintainAll()).toEqual(new Set());
  expect(readdirSync(join(directory, 'blocks'))).toEqual([]);
});

it('deletes what it wrote of a block later, and flushes under its number once that is gone', async () => {
  await write('a');
  vi.spyOn(BlockWriter.prototype, 'finish').mockRejectedValueOnce(
    new PromontoryError('full', { code: ERR_STORE_WRITE, kind: 'unavailable' }),
  );
  stuck = '0000000001.deleted';
  await expect(tsdb.flush()).rejects.toMatchObject({ message: 'full' });
  await expect(tsdb.flush()).rejects.toMatchObject({ code: ERR_STORE_WRITE });
  expect(readdirSync(join(directory, 'blocks'))).toEqual(['0000000001.deleted']);
  stuck = null;
  await tsdb.flush();
  expect(await maintainAll()).toEqual(new Set());
  expect(readdirSync(join(directory, 'blocks'))).toEqual(['0000000001']);
  expect(tsdb.statistics.blocksWritten).toBe(1);
});

it('deletes a log later that cannot be deleted now, and its series rest meanwhile', async () => {
  await write('a');
  stuck = join('log', '0000000001');
  await tsdb.flush();
  expect(tsdb.statistics.blocksWritten).toBe(1);
  clock.advance(2 * SERIES_IDLE_MS);
  expect(await maintainAll()).toEqual(new Set([ERR_STORE_WRITE]));
  expect(tsdb.statistics.seriesIdled).toBe(1);
  expect(readdirSync(join(directory, 'log'))).toEqual(['0000000001', '0000000002']);
  stuck = null;
  expect(await maintainAll()).toEqual(new Set());
  expect(readdirSync(join(directory, 'log'))).toEqual(['0000000002']);
});
