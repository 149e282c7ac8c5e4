/** Both sides of the port for administrative requests, with a writer that does what the test says. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Matcher } from '@promontory/model';
import type { DeletionOptions } from '@promontory/tsdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_CALLS_MAX, AdminClient, snapshotName } from './admin-client.ts';
import { AdminDesk, type AdministeredWriter } from './admin-desk.ts';

const COUNTS = { seriesCount: 1, floatCount: 2, histogramCount: 3, exemplarCount: 4 };
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const MATCHERS = [new Matcher('=~', 'job', 'a.*'), new Matcher('!=', 'x', 'y')];
const DELETION = {
  matcherSets: [MATCHERS],
  rangeStartMsInclusive: -Infinity,
  rangeEndMsInclusive: 5,
  dryRun: true,
};

let asked: DeletionOptions[] = [];
let directories: string[] = [];
let work: () => Promise<void> = () => Promise.resolve();
let wakes = 0;
let outcomes: unknown[] = [];
let folder = '';
let channel = new MessageChannel();
let client: AdminClient;
let desk: AdminDesk;

beforeEach(() => {
  [asked, directories, outcomes, wakes] = [[], [], [], 0];
  work = () => Promise.resolve();
  folder = mkdtempSync(join(tmpdir(), 'admin-'));
  channel = new MessageChannel();
  const writer: AdministeredWriter = {
    deleteSamples: async (options) => {
      asked.push(options);
      await work();
      return COUNTS;
    },
    cleanTombstones: () => work(),
    backup: async (directory) => {
      directories.push(directory);
      await work();
      return { madeMs: 0, bytes: 0, blockCount: 0 };
    },
  };
  client = new AdminClient({
    port: channel.port1,
    wake: () => wakes++,
    snapshotsDirectory: folder,
    clock: new ManualClock(NOW_MS),
    onAnswered: ({ what }, outcome) => outcomes.push([what, outcome]),
  });
  desk = new AdminDesk(writer, channel.port2, () => undefined);
});

afterEach(() => {
  client.close();
  channel.port2.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a request', () => {
  it('is done as it was asked, and answered', async () => {
    const deleting = client.deleteSamples(DELETION);
    expect([wakes, desk.isBusy]).toEqual([1, false]);
    desk.takeAll();
    expect(desk.isBusy).toBe(true);
    await desk.settled;
    expect([await deleting, desk.isBusy]).toEqual([COUNTS, false]);
    expect(asked).toMatchObject([{ rangeStartMsInclusive: -Infinity, rangeEndMsInclusive: 5, dryRun: true }]);
    expect(asked[0]?.matcherSets[0]?.map(String)).toEqual(MATCHERS.map(String));
    expect(asked[0]?.matcherSets[0]?.map((matcher) => matcher.matchesValue('ab'))).toEqual([true, true]);
    expect(outcomes).toEqual([['delete', COUNTS]]);
  });

  it('fails with the code, kind and text that it failed with', async () => {
    const error = { code: 'ERR_DISK_FULL', kind: 'unavailable', message: 'no room' } as const;
    work = () => Promise.reject(new PromontoryError(error.message, error));
    const cleaning = client.cleanTombstones();
    desk.takeAll();
    await expect(cleaning).rejects.toMatchObject(error);
    expect(outcomes).toEqual([['clean', error]]);
  });

  it('that meets a fault of ours fails as one', async () => {
    work = () => Promise.reject(new TypeError('x is not a function'));
    const cleaning = client.cleanTombstones();
    desk.takeAll();
    await expect(cleaning).rejects.toMatchObject({ code: 'ERR_INTERNAL', kind: 'internal' });
  });

  it('is refused when as many are open as may be', async () => {
    const open = Array.from({ length: ADMIN_CALLS_MAX }, () => client.cleanTombstones());
    await expect(client.cleanTombstones()).rejects.toMatchObject({
      code: 'ERR_ADMIN_QUEUE_FULL',
      kind: 'overload',
    });
    desk.takeAll();
    await Promise.all(open);
    const another = client.cleanTombstones();
    desk.takeAll();
    await another;
  });
});

describe('a snapshot', () => {
  it('goes to a new folder, whose name is the answer', async () => {
    const making = client.snapshot();
    desk.takeAll();
    const name = await making;
    expect(name).toMatch(/^20260102T030405Z-[0-7][0-9a-f]{15}$/);
    expect(directories).toEqual([join(folder, name)]);
  });

  it('has a name of 63 random bits', () => {
    const ones = Buffer.alloc(8, 0xff);
    expect(snapshotName(NOW_MS, ones)).toBe('20260102T030405Z-7fffffffffffffff');
    expect(snapshotName(NOW_MS, Buffer.alloc(8))).toBe('20260102T030405Z-0000000000000000');
  });

  it('is made alone', async () => {
    const making = client.snapshot();
    await expect(client.snapshot()).rejects.toMatchObject({ code: 'ERR_SNAPSHOT_RUNNING', kind: 'overload' });
    desk.takeAll();
    await making;
    const next = client.snapshot();
    desk.takeAll();
    await next;
    expect(directories).toHaveLength(2);
  });

  it('that fails leaves no folder', async () => {
    work = async () => {
      const { mkdir } = await import('node:fs/promises');
      await mkdir(directories[0] ?? '');
      throw new PromontoryError('no room', { code: 'ERR_DISK_FULL', kind: 'unavailable' });
    };
    const making = client.snapshot();
    desk.takeAll();
    await expect(making).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
    expect(existsSync(directories[0] ?? '')).toBe(false);
  });
});

describe('the end', () => {
  it('hands out answers that are there, and fails the rest and all that comes later', async () => {
    const done = client.cleanTombstones();
    desk.takeAll();
    await desk.settled;
    const open = client.cleanTombstones();
    client.close();
    const stopping = { code: 'ERR_STOPPING', kind: 'unavailable' };
    await expect(open).rejects.toMatchObject(stopping);
    await expect(done).resolves.toBeUndefined();
    await expect(client.cleanTombstones()).rejects.toMatchObject(stopping);
  });
});
