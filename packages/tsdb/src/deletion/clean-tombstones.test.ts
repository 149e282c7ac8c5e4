/** Working off deletions at once. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTsdb, type Tsdb } from '../index.ts';

const NOW_MS = 1_763_700_000_000;
const RANGE = { rangeStartMsInclusive: NOW_MS - 1e6, rangeEndMsInclusive: NOW_MS };
const SAMPLES_A_SERIES = 40_000;

let directory = '';
let tsdb: Tsdb;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'clean-'));
  tsdb = await openTsdb({
    directory,
    clock: new ManualClock(NOW_MS),
    limits: { headBytesMax: 1 << 26, seriesIdleMs: 0 },
  });
});

afterEach(async () => {
  await tsdb.close();
  rmSync(directory, { recursive: true });
});

const series = (instance: string): Labels => Labels.fromObject({ __name__: 'up', instance });

async function write(instances: readonly string[], sampleCount: number): Promise<void> {
  const appender = tsdb.appender();
  for (const instance of instances)
    for (let index = 0; index < sampleCount; index++)
      appender.append(series(instance), NOW_MS - SAMPLES_A_SERIES + index, Math.sin(index));
  await appender.commit();
}

function deleteInstance(instance: string): Promise<unknown> {
  return tsdb.deleteSamples({ matcherSets: [[new Matcher('=', 'instance', instance)]], ...RANGE });
}

function blockBytes(): number {
  const entries = readdirSync(join(directory, 'blocks'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function seriesLeft(): number {
  const answer = tsdb.series({ ...RANGE, matcherSets: [], countMax: 0 });
  return answer.values.length;
}

it('gives the space of deletions back, of whole blocks too', async () => {
  await write(['a', 'b', 'c', 'd'], SAMPLES_A_SERIES);
  await tsdb.flush();
  await deleteInstance('a');
  await deleteInstance('b');
  const before = blockBytes();
  await tsdb.cleanTombstones();
  const after = blockBytes();
  expect(after).toBeLessThan(before * 0.7);
  expect(seriesLeft()).toBe(2);
  await deleteInstance('c');
  await deleteInstance('d');
  await tsdb.cleanTombstones();
  expect([blockBytes(), seriesLeft()]).toEqual([0, 0]);
});

it('does nothing when nothing was deleted, and leaves what is in the head', async () => {
  await write(['a'], 10);
  const before = tsdb.statistics.blocksWritten;
  await tsdb.cleanTombstones();
  expect([tsdb.statistics.blocksWritten, tsdb.statistics.blocksMerged]).toEqual([before, 0]);
});

it('lets commits through while it works', async () => {
  await write(['a', 'b', 'c', 'd'], SAMPLES_A_SERIES);
  await deleteInstance('a');
  const cleaning = tsdb.cleanTombstones().then(() => 'clean');
  let commits = 0;
  while ((await Promise.race([cleaning, nextTurn()])) !== 'clean') {
    await write([`new-${commits}`], 1);
    commits++;
  }
  expect(commits).toBeGreaterThan(1);
  expect(seriesLeft()).toBe(3 + commits);
});

it('ends with ERR_STORE_CLOSED when the database is closed meanwhile', async () => {
  await write(['a', 'b', 'c', 'd'], SAMPLES_A_SERIES);
  await deleteInstance('a');
  const cleaning = tsdb.cleanTombstones();
  await nextTurn();
  await Promise.all([
    tsdb.close(),
    expect(cleaning).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED', kind: 'unavailable' }),
  ]);
  await expect(tsdb.cleanTombstones()).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
});
