/** Backups of a database in use, and what is restored of them. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher, SampleColumns, staleHistogram } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTsdb, restoreTsdb, type Tsdb, type TsdbWriterOptions } from '../index.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = {
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
};
const OTHER_DISK = '/dev/shm';

let directory = '';
let clock = new ManualClock(NOW_MS);
let open: Tsdb[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'backup-'));
  clock = new ManualClock(NOW_MS);
});

afterEach(async () => {
  for (const tsdb of open) await tsdb.close();
  open = [];
  rmSync(directory, { recursive: true });
});

const place = (name: string): string => join(directory, name);

async function openHere(name = 'db', options: Partial<TsdbWriterOptions> = {}): Promise<Tsdb> {
  const tsdb = await openTsdb({
    directory: place(name),
    clock,
    ...options,
    limits: { headBytesMax: 1 << 24, outOfOrderWindowMs: 1e9, ...options.limits },
  });
  open.push(tsdb);
  return tsdb;
}

const labelsOf = (series: number): Labels => Labels.fromObject({ __name__: 'm', series: `${series}` });

async function write(tsdb: Tsdb, timeMs: number, seriesCount: number): Promise<void> {
  const appender = tsdb.appender();
  for (let series = 0; series < seriesCount; series++)
    appender.append(labelsOf(series), NOW_MS + timeMs, timeMs + series);
  await appender.commit();
}

/** Time → how many series have the sample that `write` gives them then. */
function countByTime(tsdb: Tsdb): Map<number, number> {
  const counts = new Map<number, number>();
  const set = tsdb.select({ ...EVER, matchers: [new Matcher('=', '__name__', 'm')] });
  const columns = new SampleColumns();
  for (let index = 0; index < set.seriesCount; index++) {
    const series = Number(set.labels(index).get('series'));
    set.read(index, columns);
    for (let at = 0; at < columns.count; at++) {
      const timeMs = columns.timestampMs[at]! - NOW_MS;
      expect(columns.value[at]).toBe(timeMs + series);
      counts.set(timeMs, (counts.get(timeMs) ?? 0) + 1);
    }
  }
  set.close();
  return counts;
}

/** Everything that can be asked for, as plain values. */
function readAll(tsdb: Tsdb): unknown {
  const set = tsdb.select({ ...EVER, matchers: [] });
  const columns = new SampleColumns();
  const series = Array.from({ length: set.seriesCount }, (_unused, index) => {
    const list = (): number[] => [
      ...columns.timestampMs.subarray(0, columns.count),
      ...columns.value.subarray(0, columns.count),
    ];
    set.read(index, columns);
    const floats = list();
    set.readStartTimestamps(index, columns);
    const histograms = set.readHistograms(index).map(({ timestampMs }) => timestampMs);
    return [set.labels(index).toString(), floats, list(), histograms];
  });
  set.close();
  const exemplars = tsdb.exemplars({ ...EVER, matcherSets: [], countMax: 0 }).values;
  const metadata = [...tsdb.metadata({ metricsMax: 0, sayingsPerMetricMax: 0 })];
  return [series, exemplars.map(({ labels, exemplars: list }) => [labels.toString(), list.length]), metadata];
}

/** A database with something of every kind: blocks, a deletion, a log, series that wait. */
async function fill(tsdb: Tsdb): Promise<void> {
  await write(tsdb, -5000, 10);
  await tsdb.flush();
  await write(tsdb, -4000, 20);
  const range = { rangeStartMsInclusive: 0, rangeEndMsInclusive: NOW_MS - 4500 };
  await tsdb.deleteSamples({ matcherSets: [[new Matcher('=', 'series', '3')]], ...range });
  const appender = tsdb.appender();
  appender.append(labelsOf(1), NOW_MS - 3000, -2999, NOW_MS - 9000);
  appender.appendHistogram(Labels.fromObject({ __name__: 'h' }), NOW_MS - 3000, staleHistogram(true));
  appender.appendExemplar(labelsOf(2), { labels: Labels.empty, value: 3, timestampMs: NOW_MS });
  appender.appendMetadata('m', { type: 'counter', unit: '', help: 'all of them' });
  await appender.commit();
}

/** Files with their lengths, without locks. */
function listFiles(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('lock'))
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

describe('a backup', () => {
  it('restores everything, to a database that goes on', async () => {
    const tsdb = await openHere();
    await fill(tsdb);
    const wanted = readAll(tsdb);
    const summary = await tsdb.backup(place('copy'));
    expect(summary).toEqual({ madeMs: NOW_MS, bytes: expect.any(Number), blockCount: 2 });
    await write(tsdb, -1000, 30);
    await tsdb.deleteSamples({ matcherSets: [[new Matcher('=', '__name__', 'm')]], ...EVER });
    clock.advance(120_000);
    while (await tsdb.maintain());
    await tsdb.close();
    expect(await restoreTsdb({ backupDirectory: place('copy'), directory: place('new') })).toEqual(summary);
    const restored = await openHere('new');
    expect(readAll(restored)).toEqual(wanted);
    expect(restored.damages).toEqual([]);
    await write(restored, -500, 30);
    await restored.flush();
    while (await restored.maintain());
    expect(countByTime(restored).get(-500)).toBe(30);
    const again = place('again');
    await restoreTsdb({ backupDirectory: place('copy'), directory: again });
    expect(readAll(await openHere('again'))).toEqual(wanted);
  });

  it('of a new database is one', async () => {
    const tsdb = await openHere();
    expect((await tsdb.backup(place('copy'))).blockCount).toBe(0);
    await restoreTsdb({ backupDirectory: place('copy'), directory: place('new') });
    expect(countByTime(await openHere('new')).size).toBe(0);
  });

  it('under writes holds what was acknowledged before it, and of the rest whole batches', async () => {
    const tsdb = await openHere('db', { limits: { logBytesMax: 20_000 } });
    for (let round = 0; round < 4; round++) {
      const folder = `copy-${round}`;
      let time = -100_000 + round * 20_000;
      const first = time;
      for (; time < first + 40; time++) await write(tsdb, time, 30 + round);
      await tsdb.maintain();
      const acknowledged = time;
      const state = { isDone: false };
      const backup = tsdb.backup(place(folder)).finally(() => (state.isDone = true));
      const flush = tsdb.flush().then(() => state.isDone);
      while (!state.isDone) {
        await write(tsdb, time++, 30 + round);
        await tsdb.maintain();
        await nextTurn();
      }
      await backup;
      expect(await flush).toBe(true);
      await restoreTsdb({ backupDirectory: place(folder), directory: place(`new-${round}`) });
      const counts = countByTime(await openHere(`new-${round}`));
      for (let at = first; at < acknowledged; at++) expect(counts.get(at)).toBe(30 + round);
      let isThere = true;
      for (let at = acknowledged; at < time; at++) {
        const count = counts.get(at) ?? 0;
        expect(count).toBe(isThere && count > 0 ? 30 + round : 0);
        isThere = count > 0;
      }
      while (await tsdb.maintain());
    }
  }, 60_000);

  it('shares the files of blocks where it can, and copies them to another disk', async () => {
    const tsdb = await openHere();
    await write(tsdb, -1000, 5);
    await tsdb.flush();
    await tsdb.backup(place('copy'));
    const file = join('blocks', '0000000001', 'data.mdb');
    expect(statSync(join(place('copy'), file)).nlink).toBe(2);
    if (!existsSync(OTHER_DISK)) return;
    const far = mkdtempSync(join(OTHER_DISK, 'backup-'));
    try {
      await tsdb.backup(far);
      expect(statSync(join(far, file)).nlink).toBe(1);
      expect(listFiles(far)).toEqual(listFiles(place('copy')));
      await restoreTsdb({ backupDirectory: far, directory: place('new') });
      expect(countByTime(await openHere('new')).get(-1000)).toBe(5);
    } finally {
      rmSync(far, { recursive: true });
    }
  });

  it('goes to an empty or new folder only, and leaves nothing when it fails', async () => {
    const tsdb = await openHere();
    await fill(tsdb);
    mkdirSync(place('used'));
    writeFileSync(join(place('used'), 'mine'), '');
    writeFileSync(place('file'), '');
    for (const name of ['used', 'file'])
      await expect(tsdb.backup(place(name))).rejects.toMatchObject({
        code: 'ERR_BACKUP_TARGET',
        kind: 'bad-data',
      });
    symlinkSync(place('db'), place('alias'));
    for (const inside of [
      place('db'),
      join(place('db'), 'blocks', 'copy'),
      join(place('alias'), 'new', 'copy'),
    ])
      await expect(tsdb.backup(inside)).rejects.toMatchObject({ code: 'ERR_BACKUP_TARGET' });
    await expect(tsdb.backup(join(place('file'), 'below'))).rejects.toMatchObject({
      code: 'ERR_BACKUP_WRITE',
      kind: 'unavailable',
    });
    expect(listFiles(place('used'))).toEqual(['mine']);
    const closed = tsdb.backup(place('late'));
    const outcome = Promise.allSettled([closed]);
    await tsdb.close();
    expect((await outcome)[0]).toMatchObject({ reason: { code: 'ERR_STORE_CLOSED' } });
    expect(existsSync(place('late')) ? readdirSync(place('late')) : []).toEqual([]);
  });

  it('and a restore are refused when they would fill the disk', async () => {
    let freeBytes = Number.POSITIVE_INFINITY;
    const freeBytesOf = (): number => freeBytes;
    const tsdb = await openHere('db', { freeBytesOf });
    await fill(tsdb);
    await tsdb.backup(place('copy'));
    freeBytes = 50_000;
    const full = { code: 'ERR_DISK_FULL', kind: 'unavailable' };
    await expect(tsdb.backup(place('more'))).rejects.toMatchObject(full);
    expect(readdirSync(place('more'))).toEqual([]);
    const target = { directory: place('new'), freeBytesOf };
    await expect(restoreTsdb({ backupDirectory: place('copy'), ...target })).rejects.toMatchObject(full);
    expect(readdirSync(directory).sort()).toEqual(['copy', 'db', 'more']);
    freeBytes = Number.POSITIVE_INFINITY;
    await tsdb.backup(place('more'));
  });

  it('keeps a block that was damaged before as it is', async () => {
    const tsdb = await openHere();
    await write(tsdb, -2000, 5);
    await tsdb.flush();
    await write(tsdb, -1000, 5);
    await tsdb.flush();
    await write(tsdb, -500, 5);
    await tsdb.flush();
    await tsdb.close();
    flip(place('db'), 'blocks/0000000001/seal', 9);
    rmSync(join(place('db'), 'blocks/0000000002'), { recursive: true });
    const damaged = await openHere();
    await damaged.backup(place('copy'));
    await restoreTsdb({ backupDirectory: place('copy'), directory: place('new') });
    const restored = await openHere('new');
    expect([...countByTime(restored)]).toEqual([...countByTime(damaged)]);
    expect(countByTime(restored).get(-500)).toBe(5);
    expect(restored.damages.map(({ what, where }) => [what, where])).toContainEqual(['block', 'block 2']);
  });
});

function flip(folder: string, file: string, at: number): void {
  const path = join(folder, file);
  const bytes = readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 0x10;
  rmSync(path);
  writeFileSync(path, bytes);
}

const DAMAGES: readonly [what: string, spoil: (folder: string) => void][] = [
  ['was not finished', (folder) => rmSync(join(folder, 'backup'))],
  ['has a damaged manifest', (folder) => flip(folder, 'backup', 20)],
  ['has a wrong byte in main', (folder) => flip(folder, 'main/data.mdb', -100)],
  ['has a wrong byte in a log', (folder) => flip(folder, 'log/0000000003/data.mdb', 9000)],
  ['has a shorter main', (folder) => truncateSync(join(folder, 'main/data.mdb'), 8192)],
  ['lacks a log', (folder) => rmSync(join(folder, 'log'), { recursive: true })],
  ['lacks a block', (folder) => rmSync(join(folder, 'blocks/0000000002'), { recursive: true })],
  ['lacks a seal', (folder) => rmSync(join(folder, 'blocks/0000000002/seal'))],
  ['has a damaged seal', (folder) => flip(folder, 'blocks/0000000001/seal', 9)],
  ['has a damaged page in a block', (folder) => flip(folder, 'blocks/0000000001/data.mdb', 60)],
];

describe('restoring', () => {
  it.each(DAMAGES)('refuses a backup that %s', async (_what, spoil) => {
    const tsdb = await openHere();
    await fill(tsdb);
    await tsdb.backup(place('copy'));
    spoil(place('copy'));
    await expect(
      restoreTsdb({ backupDirectory: place('copy'), directory: place('new') }),
    ).rejects.toMatchObject({ code: 'ERR_BACKUP_INVALID', kind: 'corrupt' });
    expect(readdirSync(directory).sort()).toEqual(['copy', 'db']);
  });

  it('refuses a folder with something in it, and one that is in use', async () => {
    const tsdb = await openHere();
    await tsdb.backup(place('copy'));
    const restore = { backupDirectory: place('copy') };
    for (const taken of ['db', 'copy'])
      await expect(restoreTsdb({ ...restore, directory: place(taken) })).rejects.toMatchObject({
        code: 'ERR_BACKUP_TARGET',
      });
    const both = await Promise.allSettled(
      [1, 2].map(() => restoreTsdb({ ...restore, directory: place('new') })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('starts anew where a crash left an earlier one, and takes an empty folder', async () => {
    const tsdb = await openHere();
    await fill(tsdb);
    const wanted = readAll(tsdb);
    await tsdb.backup(place('copy'));
    mkdirSync(join(place('new.restoring'), 'blocks', '0000000009'), { recursive: true });
    mkdirSync(join(place('new.restoring'), 'main'), { recursive: true });
    writeFileSync(join(place('new.restoring'), 'main', 'data.mdb'), 'half');
    mkdirSync(place('new'));
    await restoreTsdb({ backupDirectory: place('copy'), directory: place('new') });
    expect(readdirSync(directory).sort()).toEqual(['copy', 'db', 'new']);
    expect(listFiles(place('new'))).toEqual(listFiles(place('copy')).filter((file) => file !== 'backup'));
    expect(readAll(await openHere('new'))).toEqual(wanted);
  });
});
