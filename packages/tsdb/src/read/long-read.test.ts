/** What a reader that is never closed, or that died, may cost: nothing beyond its time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTsdb, type Tsdb } from '../index.ts';

const NOW_MS = 1_763_700_000_000;
const READ_MS_MAX = 10 * 60_000;
const COMMITS = 60;
const EXEMPLARS_PER_COMMIT = 50;
const SERIES = Labels.fromObject({ __name__: 'up' });
const PROCESS = join(import.meta.dirname, 'long-read-test-process.ts');

let directory = '';
let tsdb: Tsdb;
let clock: ManualClock;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-long-read-'));
  clock = new ManualClock(NOW_MS);
  tsdb = await openTsdb({ directory, clock, limits: { exemplarsMax: 200 } });
});

afterEach(async () => {
  await tsdb.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Replaces all exemplars several times. @returns the length of main's data file then */
async function rewriteMain(): Promise<number> {
  for (let commit = 0; commit < COMMITS; commit++) {
    clock.advance(1000);
    const appender = tsdb.appender();
    for (let index = 0; index < EXEMPLARS_PER_COMMIT; index++) {
      const labels = Labels.fromObject({ trace_id: `${index}`.repeat(30) });
      appender.appendExemplar(SERIES, { labels, value: index, timestampMs: clock.nowMs() + index });
    }
    await appender.commit();
    // LMDB's binding lets go of its snapshots in a timer.
    await sleep(1);
  }
  return statSync(join(directory, 'main', 'data.mdb')).size;
}

describe('the file of the main environment', () => {
  it('grows while a set is open, and no more once its time is over', async () => {
    await rewriteMain();
    const before = await rewriteMain();
    expect(await rewriteMain()).toBe(before);
    const set = tsdb.select({ matchers: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: NOW_MS });
    const pinned = await rewriteMain();
    expect(pinned).toBeGreaterThan(before);
    clock.advance(READ_MS_MAX);
    await tsdb.maintain();
    expect(() => set.labels(0)).toThrow(expect.objectContaining({ code: 'ERR_READ_EXPIRED' }));
    const after = await rewriteMain();
    expect(await rewriteMain()).toBe(after);
    expect(after).toBe(pinned);
  });

  it('grows no more for a process that died while it read', async () => {
    await rewriteMain();
    const child = spawn(process.execPath, [PROCESS, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const before = await rewriteMain();
    const pinned = await rewriteMain();
    expect(pinned).toBeGreaterThan(before);
    child.kill('SIGKILL');
    await once(child, 'exit');
    clock.advance(60_000);
    await tsdb.maintain();
    const after = await rewriteMain();
    expect(await rewriteMain()).toBe(after);
    expect(after).toBe(pinned);
  });
});
