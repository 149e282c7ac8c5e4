import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BlockReader } from '../block/block-reader.ts';
import { ERR_STORE_READ, ERR_STORE_WRITE } from '../error-codes.ts';
import { ExemplarWriter } from '../exemplars/exemplar-store.ts';
import { listLogGenerations, logPath } from '../log/log.ts';
import { openTsdb, type Tsdb } from '../open-tsdb.ts';
import { SeriesRegistry } from '../series-registry.ts';
import type { TsdbLimits } from '../options.ts';
import { DATA_FILE } from '../store/environment-seal.ts';
import { Store } from '../store/store.ts';

const NOW_MS = 1_763_700_000_000;
const RETENTION_MS = 24 * 3600 * 1000;
const LABELS = Labels.fromObject({ __name__: 'up' });

let directory = '';
let clock = new ManualClock(NOW_MS);
let tsdb: Tsdb;

async function open(limits: Partial<TsdbLimits> = {}): Promise<void> {
  tsdb = await openTsdb({ directory, clock, limits: { retentionMs: RETENTION_MS, ...limits } });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'retention-task-'));
  clock = new ManualClock(NOW_MS);
  await open();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await tsdb.close();
  rmSync(directory, { recursive: true });
});

async function write(labels: readonly Labels[] = [LABELS]): Promise<void> {
  const appender = tsdb.appender();
  for (const each of labels) appender.append(each, clock.nowMs(), 1);
  appender.appendExemplar(LABELS, { labels: Labels.fromObject({}), value: 1, timestampMs: clock.nowMs() });
  await appender.commit();
}

async function maintainAll(): Promise<void> {
  while (await tsdb.maintain());
}

it('drops blocks also when exemplars cannot be removed', async () => {
  await write();
  await tsdb.flush();
  clock.advance(RETENTION_MS + 1);
  vi.spyOn(ExemplarWriter.prototype, 'removeKeys').mockImplementation(() => {
    throw new PromontoryError('full', { code: ERR_STORE_WRITE, kind: 'unavailable' });
  });
  await expect(tsdb.maintain()).rejects.toMatchObject({ code: ERR_STORE_WRITE });
  expect(tsdb.statistics.blocksDropped).toBe(1);
});

it('drops a block that cannot be read, and then its series', async () => {
  await write();
  await tsdb.flush();
  await maintainAll();
  clock.advance(RETENTION_MS + 1);
  vi.spyOn(BlockReader.prototype, 'refs').mockImplementation(() => {
    throw new PromontoryError('EIO', { code: ERR_STORE_READ, kind: 'unavailable' });
  });
  await maintainAll();
  expect(tsdb.statistics).toMatchObject({ blocksDropped: 1, seriesDropped: 1 });
});

it('drops nothing while it cannot tell whose samples go, and all of it later', async () => {
  await write();
  await tsdb.flush();
  await maintainAll();
  clock.advance(RETENTION_MS + 1);
  const unreadable = (): never => {
    throw new PromontoryError('EIO', { code: ERR_STORE_READ, kind: 'unavailable' });
  };
  vi.spyOn(BlockReader.prototype, 'refs').mockImplementation(unreadable);
  vi.spyOn(SeriesRegistry.prototype, 'indexedRefs').mockImplementationOnce(unreadable);
  await expect(tsdb.maintain()).rejects.toMatchObject({ code: ERR_STORE_READ });
  expect(tsdb.statistics.blocksDropped).toBe(0);
  clock.advance(60_000);
  await maintainAll();
  expect(tsdb.statistics).toMatchObject({ blocksDropped: 1, seriesDropped: 1 });
});

it('lets no sample that was dropped decide what is too late', async () => {
  await tsdb.close();
  await open({ retentionBytesMax: 1, outOfOrderWindowMs: 1000 });
  await write();
  await tsdb.flush();
  const appendLate = async (): Promise<string[]> => {
    const appender = tsdb.appender();
    appender.append(LABELS, clock.nowMs() - 1001, 1);
    return (await appender.commit()).rejections.map(({ code }) => code);
  };
  expect(await appendLate()).toEqual(['ERR_SAMPLE_OUT_OF_ORDER']);
  expect(await tsdb.maintain()).toBe(true);
  expect(tsdb.statistics.blocksDropped).toBe(1);
  expect(await appendLate()).toEqual([]);
});

it('counts every log against the bound on bytes, also of a generation that is being flushed', async () => {
  await write();
  await tsdb.flush();
  await tsdb.close();
  await open({ logBytesMax: 1 });
  await write(
    Array.from({ length: 3000 }, (_, each) => Labels.fromObject({ __name__: 'x', each: `${each}` })),
  );
  await tsdb.maintain();
  await tsdb.close();
  const logs = listLogGenerations(join(directory, 'log')).map((generation) =>
    fileBytes(logPath(join(directory, 'log'), generation)),
  );
  expect(logs).toHaveLength(2);
  const store = new Store(directory);
  const others = store.bytesUsed() + fileBytes(join(directory, 'blocks', '0000000001'));
  await store.close();
  await open({ retentionBytesMax: others + logs[0]! });
  await tsdb.maintain();
  expect(tsdb.statistics.blocksDropped).toBe(1);
});

it('keeps blocks when the index was large once and is not any more', async () => {
  const seriesIdleMs = 60_000;
  const retentionBytesMax = 600_000;
  await tsdb.close();
  await open({ seriesIdleMs, retentionBytesMax, generationAgeMsMax: 0 });
  await write(
    Array.from({ length: 20_000 }, (_, each) => Labels.fromObject({ __name__: 'x', each: `${each}` })),
  );
  await tsdb.flush();
  const matchers = [new Matcher('=', '__name__', 'x')];
  await tsdb.deleteSamples({
    matcherSets: [matchers],
    rangeStartMsInclusive: 0,
    rangeEndMsInclusive: 2 * NOW_MS,
  });
  for (let round = 0; round < 20; round++) {
    clock.advance(seriesIdleMs + 1);
    await write();
    await maintainAll();
  }
  expect(fileBytes(join(directory, 'main'))).toBeGreaterThan(retentionBytesMax);
  expect(tsdb.cardinality({ topMax: 1 }).seriesCount).toBe(1);
  const { blocksDropped } = tsdb.statistics;
  for (let round = 0; round < 3; round++) {
    clock.advance(seriesIdleMs + 1);
    await maintainAll();
  }
  expect(tsdb.statistics.blocksDropped).toBe(blocksDropped);
});

function fileBytes(path: string): number {
  return statSync(join(path, DATA_FILE)).size;
}
