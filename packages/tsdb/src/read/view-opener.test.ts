/** Readers against the deletion of blocks that they are about to open. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { Labels, SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { blockPath, deleteBlock } from '../block/block-folder.ts';
import { BLOCKS_FOLDER } from '../block/block-store.ts';
import { OpenBlocks } from '../block/open-blocks.ts';
import { openTsdb, type Tsdb } from '../index.ts';
import { WaitingSeriesCache } from '../index/waiting-series.ts';
import { refKey } from '../store/keys.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';
import { Store } from '../store/store.ts';

const NOW_MS = 1_763_700_000_000;
const SERIES = Labels.fromObject({ __name__: 'up' });
const ALL = { matchers: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: NOW_MS + 1000 };

let directory = '';
let tsdb: Tsdb;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'view-opener-'));
  const counted = vi.spyOn(LmdbEnvironment.prototype, 'countCommits');
  tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS) });
  store = new Store(directory);
  // It writes beside the database's own writer, and as it.
  store.environment.countCommits(counted.mock.lastCall![0]);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  await tsdb.close();
  rmSync(directory, { recursive: true });
});

async function writeBlocks(count: number): Promise<void> {
  for (let block = 1; block <= count; block++) {
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS + block, block);
    await appender.commit();
    await tsdb.flush();
  }
}

/** As LMDB's binding leaves it that came too late to open the block: it makes the folder again, with its lock file. */
function loseFiles(blockId: number): void {
  deleteBlock(join(directory, BLOCKS_FOLDER), blockId);
  const path = blockPath(join(directory, BLOCKS_FOLDER), blockId);
  mkdirSync(path);
  writeFileSync(join(path, 'lock.mdb'), '');
}

/** Does it when blocks are listed and not opened yet, with one of them a time. */
function whenListed(action: (blockId: number) => void, times: number): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its object below
  const original = OpenBlocks.prototype.tryAcquire;
  let blockId = 0;
  vi.spyOn(OpenBlocks.prototype, 'tryAcquire').mockImplementation(function acting(
    this: OpenBlocks,
    blocks,
    missing,
  ) {
    if (blockId < times) action(++blockId);
    return original.call(this, blocks, missing);
  });
}

function deleteListed(blockId: number): void {
  store.environment.writeDurably(() => store.blocks.remove(refKey(blockId)));
  loseFiles(blockId);
}

function read(): { values: number[]; damages: string[] } {
  const set = tsdb.select(ALL);
  const columns = new SampleColumns();
  set.read(0, columns);
  const damages = set.damages.map(({ where }) => where);
  set.close();
  return { values: [...columns.value.subarray(0, columns.count)], damages: [...new Set(damages)] };
}

it('lists again when blocks were deleted before it opened them', async () => {
  await writeBlocks(4);
  whenListed(deleteListed, 2);
  expect(read()).toEqual({ values: [3, 4], damages: [] });
});

it('reports a block without files that is still listed', async () => {
  await writeBlocks(2);
  loseFiles(1);
  expect(read()).toEqual({ values: [2], damages: ['block 1'] });
});

it('does not list for ever', async () => {
  await writeBlocks(17);
  whenListed(deleteListed, 16);
  expect(read).toThrow(expect.objectContaining({ code: 'ERR_STORE_READ' }));
  expect(read()).toEqual({ values: [17], damages: [] });
});

it('gives the blocks back when it cannot open a view', async () => {
  await writeBlocks(1);
  const given = vi.spyOn(OpenBlocks.prototype, 'release');
  vi.spyOn(WaitingSeriesCache.prototype, 'open').mockImplementationOnce(() => {
    throw new Error('damaged');
  });
  expect(read).toThrow('damaged');
  expect(given.mock.calls.map(([readers]) => readers.map(({ blockId }) => blockId))).toEqual([[1]]);
});

it('reads the state of the database once as long as nothing is committed', async () => {
  await writeBlocks(1);
  read();
  const stateRead = vi.spyOn(Store.prototype, 'readIndexState');
  read();
  expect(stateRead).not.toHaveBeenCalled();
  await writeBlocks(2);
  expect(read().values).toEqual([1, 2]);
  expect(stateRead).toHaveBeenCalledOnce();
});

it('keeps no state that was read while a transaction was under way', async () => {
  await writeBlocks(2);
  read();
  let meanwhile: number[] = [];
  store.environment.writeDurably(() => {
    store.blocks.remove(refKey(1));
    meanwhile = read().values;
  });
  expect(meanwhile).toEqual([1, 2]);
  expect(read().values).toEqual([2]);
});
