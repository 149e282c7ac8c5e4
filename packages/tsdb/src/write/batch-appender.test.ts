/** Appenders: what they keep, what they give back, and what becomes of them when the database is closed. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher, SampleColumns, staleHistogram } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Appender, openTsdb, type Tsdb, type TsdbLimits } from '../index.ts';
import { TsdbReader } from '../tsdb-reader.ts';
import { TsdbWriter } from '../tsdb-writer.ts';
import { BatchAppender } from './batch-appender.ts';
import type { LookupClaim } from './lookup-claim.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 * NOW_MS };
const ALL = { ...EVER, matcherSets: [], countMax: 0 };
const ALL_METADATA = { metricsMax: 0, sayingsPerMetricMax: 0 };
const SERIES = Labels.fromObject({ __name__: 'up' });
const OTHER = Labels.fromObject({ __name__: 'other' });
const EXEMPLAR = { labels: Labels.empty, value: 1, timestampMs: NOW_MS };
const SAYING = { type: 'gauge', unit: '', help: 'h' } as const;

let directory = '';
let clock = new ManualClock(NOW_MS);
let freeBytes = Number.MAX_SAFE_INTEGER;
let closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-appender-'));
  clock = new ManualClock(NOW_MS);
  freeBytes = Number.MAX_SAFE_INTEGER;
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers) await close();
  closers = [];
  await rm(directory, { recursive: true });
});

async function openHere(limits: Partial<TsdbLimits> = {}): Promise<Tsdb> {
  const options = { directory, clock, freeBytesOf: () => freeBytes };
  const tsdb = await openTsdb({ ...options, limits: { headBytesMax: 1 << 24, ...limits } });
  closers.push(() => tsdb.close());
  return tsdb;
}

describe('an appender', () => {
  it('shows nothing before its commit, metadata and exemplars neither', async () => {
    const tsdb = await openHere();
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS, 1);
    appender.appendMetadata('up', SAYING);
    appender.appendExemplar(SERIES, EXEMPLAR);
    const other = tsdb.appender();
    other.append(OTHER, NOW_MS, 1);
    await other.commit();
    expect([...tsdb.metadata(ALL_METADATA)]).toEqual([]);
    expect(tsdb.series(ALL).values.map(String)).toEqual(['other']);
    expect(await appender.commit()).toEqual({ samplesWritten: 1, rejections: [] });
    expect([...tsdb.metadata(ALL_METADATA)]).toEqual([['up', [SAYING]]]);
    expect(tsdb.exemplars(ALL).values).toHaveLength(1);
  });

  it('forgets what is discarded, and can be used again', async () => {
    const tsdb = await openHere();
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS, 1);
    appender.appendHistogram(SERIES, NOW_MS + 1, staleHistogram(true));
    appender.appendExemplar(SERIES, EXEMPLAR);
    appender.appendMetadata('up', SAYING);
    appender.discard();
    appender.append(OTHER, NOW_MS, 1);
    expect(await appender.commit()).toEqual({ samplesWritten: 1, rejections: [] });
    expect(tsdb.series(ALL).values.map(String)).toEqual(['other']);
    expect([tsdb.exemplars(ALL).values, [...tsdb.metadata(ALL_METADATA)]]).toEqual([[], []]);
  });

  it('refuses exemplars of times that samples may not have', async () => {
    const tsdb = await openHere({ retentionMs: 1000, futureWindowMs: 10 });
    const appender = tsdb.appender();
    for (const offsetMs of [-1001, -1000, 10, 11])
      appender.appendExemplar(SERIES, { ...EXEMPLAR, timestampMs: NOW_MS + offsetMs });
    expect((await appender.commit()).rejections).toEqual([
      {
        code: 'ERR_SAMPLE_TOO_OLD',
        count: 1,
        example: expect.stringMatching(/^exemplar of up: is 1001 ms old.*retentionMs/),
      },
      {
        code: 'ERR_SAMPLE_TOO_FAR_IN_FUTURE',
        count: 1,
        example: expect.stringMatching(/limit 10 ms \(futureWindowMs\)/),
      },
    ]);
    const stored = tsdb.exemplars(ALL).values.flatMap(({ exemplars }) => exemplars);
    expect(stored.map(({ timestampMs }) => timestampMs - NOW_MS)).toEqual([-1000, 10]);
  });

  it('counts exemplars of series above the limit, and metadata above its own, as refused', async () => {
    const tsdb = await openHere({ seriesMax: 1, metadataBytesMax: 10 });
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS, 1);
    appender.appendExemplar(OTHER, EXEMPLAR);
    appender.appendExemplar(SERIES, EXEMPLAR);
    for (const metric of ['m1', 'm2', 'm3', 'm4', 'm5']) appender.appendMetadata(metric, SAYING);
    const { samplesWritten, rejections } = await appender.commit();
    expect([samplesWritten, rejections.map(({ code, count }) => [code, count])]).toEqual([
      1,
      [
        ['ERR_SERIES_MAX', 1],
        ['ERR_METADATA_MAX', 2],
      ],
    ]);
    expect(rejections[0]?.example).toMatch(/^exemplar of other: series other is new, .* \(seriesMax\)$/);
    expect(rejections[1]?.example).toMatch(/metric "m4" .* 9 of 10 bytes/);
  });

  it('does not spend the rate on batches that are refused for another reason', async () => {
    const tsdb = await openHere({ samplesPerSecondMax: 10 });
    const appender = tsdb.appender();
    for (let index = 0; index < 10; index++) appender.append(SERIES, NOW_MS + index, 1);
    freeBytes = 0;
    await expect(appender.commit()).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
    freeBytes = Number.MAX_SAFE_INTEGER;
    expect((await appender.commit()).samplesWritten).toBe(10);
    appender.append(SERIES, NOW_MS + 20, 1);
    await expect(appender.commit()).rejects.toMatchObject({ code: 'ERR_SAMPLE_RATE' });
    appender.discard();
  });

  it('keeps timestamps within what blocks can hold', async () => {
    const tsdb = await openHere({ retentionMs: Number.POSITIVE_INFINITY });
    const appender = tsdb.appender();
    for (const time of [-(2 ** 52) - 1, 2 ** 52 + 1, Number.POSITIVE_INFINITY, 0.5]) {
      const invalid: object = expect.objectContaining({ code: 'ERR_TIMESTAMP_INVALID' });
      expect(() => appender.append(SERIES, time, 1)).toThrow(invalid);
      expect(() => appender.append(SERIES, NOW_MS, 1, time)).toThrow(invalid);
      expect(() => appender.appendHistogram(SERIES, time, staleHistogram(true))).toThrow(invalid);
    }
    for (const time of [-(2 ** 52), -1, 0]) appender.append(SERIES, time, 1, time);
    expect(await appender.commit()).toEqual({ samplesWritten: 3, rejections: [] });
    await tsdb.flush();
    const set = tsdb.select({ ...EVER, rangeStartMsInclusive: -(2 ** 53), matchers: [] });
    const columns = new SampleColumns();
    set.readStartTimestamps(0, columns);
    set.close();
    expect([...columns.value.subarray(0, columns.count)]).toEqual([-(2 ** 52), -1]);
  });
});

describe('more appenders than may keep refs between their calls', () => {
  const full: object = expect.objectContaining({ code: 'ERR_DISK_FULL' });
  let tsdb: Tsdb;
  let appender: Appender;

  /** `SERIES` is stored, and all slots are taken. */
  beforeEach(async () => {
    tsdb = await openHere({ seriesIdleMs: 60_000 });
    appender = tsdb.appender();
    appender.append(SERIES, NOW_MS, 1);
    await appender.commit();
    await tsdb.flush();
    for (let index = 0; index < 1024; index++) tsdb.appender().append(OTHER, NOW_MS, 1);
  });

  it('a call that fails leaves nothing of itself', async () => {
    freeBytes = 0;
    expect(() => appender.append(SERIES, NOW_MS + 1, 1)).toThrow(full);
    expect(() => appender.appendHistogram(SERIES, NOW_MS + 2, staleHistogram(true))).toThrow(full);
    expect(() => appender.appendExemplar(Labels.fromObject({ __name__: 'third' }), EXEMPLAR)).toThrow(full);
    freeBytes = Number.MAX_SAFE_INTEGER;
    expect(await appender.commit()).toEqual({ samplesWritten: 0, rejections: [] });
    expect(tsdb.exemplars(ALL).values).toEqual([]);
    expect(tsdb.series(ALL).values.map(String)).toEqual(['up']);
    appender.append(SERIES, NOW_MS + 3, 1);
    expect(await appender.commit()).toEqual({ samplesWritten: 1, rejections: [] });
  });

  it('exemplars are taken whose series has left memory since', async () => {
    appender.appendExemplar(SERIES, EXEMPLAR);
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(60_000);
      while (await tsdb.maintain());
    }
    expect(tsdb.statistics.seriesIdled).toBe(1);
    expect(await appender.commit()).toEqual({ samplesWritten: 0, rejections: [] });
    expect(tsdb.exemplars(ALL).values).toHaveLength(1);
  });
});

describe('an appender that is not used any more', () => {
  const collectGarbage = (): void => {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  };

  function abandon(writer: TsdbWriter, abandoned: FinalizationRegistry<LookupClaim>): void {
    const appender: Appender = new BatchAppender(writer, abandoned);
    appender.append(SERIES, NOW_MS, 1);
  }

  it.each([
    ['discarded', async (appender: Appender) => appender.discard()],
    ['committed', async (appender: Appender) => void (await appender.commit())],
  ])('lets series go once it is %s', async (_what, end) => {
    const tsdb = await openHere({ retentionMs: 3_600_000, seriesIdleMs: 60_000 });
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS, 1);
    await appender.commit();
    appender.append(SERIES, NOW_MS, 1);
    await end(appender);
    await tsdb.flush();
    for (let minute = 0; minute < 90; minute++) {
      clock.advance(60_000);
      while (await tsdb.maintain());
    }
    expect(tsdb.statistics.seriesDropped).toBe(1);
  });

  it('lets them go when it is garbage', async () => {
    const writer = new TsdbWriter({ directory, clock, limits: { headBytesMax: 1 << 24 } });
    closers.push(() => writer.close());
    const abandoned = new FinalizationRegistry<LookupClaim>((claim) => claim.release());
    abandon(writer, abandoned);
    writer.lookupEpochs.advance();
    expect(writer.lookupEpochs.oldest).toBeLessThan(writer.lookupEpochs.current);
    for (let turn = 0; turn < 50 && writer.lookupEpochs.oldest < writer.lookupEpochs.current; turn++) {
      await nextTurn();
      collectGarbage();
    }
    expect(writer.lookupEpochs.oldest).toBe(writer.lookupEpochs.current);
  });
});

describe('a database that is closed', () => {
  const closed: object = expect.objectContaining({ code: 'ERR_STORE_CLOSED', kind: 'unavailable' });
  const uses: [what: string, use: (tsdb: Tsdb, appender: Appender) => unknown][] = [
    ['appender', (tsdb) => tsdb.appender()],
    ['append', (_tsdb, appender) => appender.append(SERIES, NOW_MS + 1, 1)],
    [
      'appendHistogram',
      (_tsdb, appender) => appender.appendHistogram(SERIES, NOW_MS + 1, staleHistogram(true)),
    ],
    ['appendExemplar', (_tsdb, appender) => appender.appendExemplar(SERIES, EXEMPLAR)],
    ['appendMetadata', (_tsdb, appender) => appender.appendMetadata('up', SAYING)],
    ['commit', (_tsdb, appender) => appender.commit()],
    ['select', (tsdb) => tsdb.select({ ...EVER, matchers: [] })],
    ['labelNames', (tsdb) => tsdb.labelNames(ALL)],
    ['labelValues', (tsdb) => tsdb.labelValues('job', ALL)],
    ['series', (tsdb) => tsdb.series(ALL)],
    ['exemplars', (tsdb) => tsdb.exemplars(ALL)],
    ['metadata', (tsdb) => tsdb.metadata(ALL_METADATA)],
    ['cardinality', (tsdb) => tsdb.cardinality({ topMax: 1 })],
    [
      'deleteSamples',
      (tsdb) => tsdb.deleteSamples({ ...EVER, matcherSets: [[new Matcher('=', '__name__', 'up')]] }),
    ],
    ['backup', (tsdb) => tsdb.backup(`${directory}-backup`)],
    ['flush', (tsdb) => tsdb.flush()],
    ['maintain', (tsdb) => tsdb.maintain()],
  ];

  it.each(uses)('refuses %s', async (_what, use) => {
    const tsdb = await openHere();
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS, 1);
    await appender.commit();
    await tsdb.close();
    await expect(Promise.resolve().then(() => use(tsdb, appender))).rejects.toEqual(closed);
  });

  it('was closed once, however often it was asked to', async () => {
    const tsdb = await openHere();
    expect(tsdb.close()).toBe(tsdb.close());
    await tsdb.close();
    const writer = new TsdbWriter({ directory, limits: { headBytesMax: 1 << 24 } });
    const reader = new TsdbReader({ directory, memory: writer.memory, ownerId: 1 });
    expect([reader.close() === reader.close(), writer.close() === writer.close()]).toEqual([true, true]);
    await Promise.all([reader.close(), writer.close()]);
    expect(() => writer.commit()).toThrow(closed);
  });
});

describe('an open that fails', () => {
  const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

  it.skipIf(process.platform !== 'linux')('leaves nothing open', async () => {
    const tsdb = await openHere();
    const appender = tsdb.appender();
    for (let index = 0; index < 100_000; index++) appender.append(SERIES, NOW_MS - 200_000 + index, index);
    await appender.commit();
    await tsdb.close();
    const before = await descriptors();
    for (let round = 0; round < 3; round++) {
      await expect(openHere({ headBytesMax: 1 << 20 })).rejects.toMatchObject({ code: 'ERR_HEAD_FULL' });
    }
    expect(await descriptors()).toBe(before);
    const reopened = await openHere();
    expect(reopened.series(ALL).values).toHaveLength(1);
  });
});
