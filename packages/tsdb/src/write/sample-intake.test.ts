/** What becomes of batches: decisions in their order, and batches and commits that fail. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import {
  allocateSampleBatch,
  bucketsOf,
  emptyBuckets,
  encodeHistogram,
  encodeLabelBytes,
  Labels,
  Matcher,
  type NativeHistogram,
  RejectionTally,
  SampleBatch,
  SampleColumns,
} from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BlockReader } from '../block/block-reader.ts';
import { BlockStore } from '../block/block-store.ts';
import { PendingSamples } from '../head/pending-samples.ts';
import { openTsdb, type Tsdb, type TsdbLimits } from '../index.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';
import { TsdbWriter } from '../tsdb-writer.ts';

const NOW_MS = 1_763_700_000_000;
const MINUTE_MS = 60_000;
const EVER = {
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
};
const SERIES = Labels.fromObject({ __name__: 'up' });
const OTHER = Labels.fromObject({ __name__: 'other' });
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 1,
  sum: 1,
  isStale: false,
  positive: bucketsOf([0], [1]),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

let directory = '';
let clock = new ManualClock(NOW_MS);
let closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-intake-'));
  clock = new ManualClock(NOW_MS);
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers) await close();
  closers = [];
  await rm(directory, { recursive: true });
});

async function openHere(limits: Partial<TsdbLimits> = {}, path = directory): Promise<Tsdb> {
  const tsdb = await openTsdb({ directory: path, clock, limits: { headBytesMax: 1 << 24, ...limits } });
  closers.push(() => tsdb.close());
  return tsdb;
}

async function reopened(tsdb: Tsdb, limits: Partial<TsdbLimits> = {}): Promise<Tsdb> {
  await tsdb.close();
  return openHere(limits);
}

function storeRead(): PromontoryError {
  return new PromontoryError('cannot open: too many open files', {
    code: 'ERR_STORE_READ',
    kind: 'unavailable',
  });
}

/** Times of the floats of the first series, less `NOW_MS`. */
function timesOf(tsdb: Tsdb): number[] {
  const set = tsdb.select({ ...EVER, matchers: [] });
  const columns = new SampleColumns();
  if (set.seriesCount > 0) set.read(0, columns);
  set.close();
  return Array.from(columns.timestampMs.subarray(0, columns.count), (time) => time - NOW_MS);
}

async function append(tsdb: Tsdb, ...writes: [timeMs: number, value: number][]) {
  const appender = tsdb.appender();
  for (const [time, value] of writes) appender.append(SERIES, NOW_MS + time, value);
  const { samplesWritten, rejections } = await appender.commit();
  return [samplesWritten, ...rejections.map(({ code, count }) => `${code} ${count}`)];
}

const OUT_OF_ORDER = 'ERR_SAMPLE_OUT_OF_ORDER 1';

describe('samples of one batch are decided about as if each were committed alone', () => {
  /** Minutes; the window is an hour. */
  const cases: [what: string, minutes: number[], answer: unknown[]][] = [
    ['a late one before a jump of time', [-600, -610, -480], [3]],
    ['a late one after a jump of time', [-600, -480, -610], [2, OUT_OF_ORDER]],
    ['of an old one only the first', [-600, -480, -570], [2, OUT_OF_ORDER]],
    ['the same twice around a jump', [-600, -480, -600], [2, OUT_OF_ORDER]],
    ['the same twice before a jump', [-600, -590, -600, -480], [4]],
  ];

  it.each(cases)('%s', async (_what, minutes, answer) => {
    const tsdb = await openHere();
    expect(await append(tsdb, ...minutes.map((minute): [number, number] => [minute * MINUTE_MS, 1]))).toEqual(
      answer,
    );
    const alone = await openHere({}, join(directory, 'alone'));
    for (const minute of minutes) await append(alone, [minute * MINUTE_MS, 1]);
    expect(timesOf(tsdb)).toEqual(timesOf(alone));
  });

  it.each(cases)(
    '%s, of a series that was there before the database was opened',
    async (_what, minutes, answer) => {
      const first = await openHere();
      await append(first, [-700 * MINUTE_MS, 1]);
      const appender = first.appender();
      appender.append(OTHER, NOW_MS, 1);
      await appender.commit();
      await first.flush();
      const tsdb = await reopened(first);
      expect(
        await append(tsdb, ...minutes.map((minute): [number, number] => [minute * MINUTE_MS, 1])),
      ).toEqual(answer);
    },
  );

  it('floats and histograms take turns', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 0 });
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS - 4, 1);
    appender.appendHistogram(SERIES, NOW_MS - 3, HISTOGRAM);
    appender.append(SERIES, NOW_MS - 2, 1);
    appender.appendHistogram(SERIES, NOW_MS - 3, HISTOGRAM);
    appender.append(SERIES, NOW_MS - 1, 1);
    const { samplesWritten, rejections } = await appender.commit();
    expect([samplesWritten, rejections.map(({ code }) => code)]).toEqual([4, ['ERR_SAMPLE_OUT_OF_ORDER']]);
  });
});

describe('what is too far behind', () => {
  it('is refused without a look at what is stored, and named with limit, value and option', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 1000 });
    await append(tsdb, [0, 1]);
    await tsdb.flush();
    const read = vi.spyOn(BlockStore.prototype, 'readFrom');
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS - 1500, 1);
    const { rejections } = await appender.commit();
    expect(rejections[0]?.example).toBe(
      "sample of up at 2025-11-21T04:39:58.500Z is 1500 ms behind its series' newest sample, at 2025-11-21T04:40:00.000Z, limit 1000 ms (outOfOrderWindowMs)",
    );
    expect(read).not.toHaveBeenCalled();
  });

  it('counts from the newest sample that is there, not from one that was deleted', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 1000 });
    await append(tsdb, [-5000, 1], [0, 1]);
    await tsdb.deleteSamples({
      rangeStartMsInclusive: NOW_MS - 1000,
      rangeEndMsInclusive: NOW_MS,
      matcherSets: [[new Matcher('=', '__name__', 'up')]],
    });
    expect(await append(tsdb, [-5500, 1])).toEqual([1]);
    expect(timesOf(tsdb)).toEqual([-5500, -5000]);
  });

  it.each([
    [-7_200_001, 'is 7200001 ms old, limit 7200000 ms (retentionMs)'],
    [5001, 'is 5001 ms ahead of the clock, limit 5000 ms (futureWindowMs)'],
  ])('or outside the times of the database: %i ms', async (time, text) => {
    const tsdb = await openHere({ retentionMs: 7_200_000, futureWindowMs: 5000 });
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS + time, 1);
    expect((await appender.commit()).rejections[0]?.example).toContain(text);
  });
});

describe('a batch whose series cannot be read', () => {
  it('fails alone, with nothing of it stored, and the writer lives on', async () => {
    const first = await openHere();
    await append(first, [-5000, 1], [0, 1]);
    await first.flush();
    const tsdb = await reopened(first);
    const appender = tsdb.appender();
    appender.append(OTHER, NOW_MS - 10, 7);
    appender.append(SERIES, NOW_MS + 10, 7);
    appender.append(SERIES, NOW_MS - 4000, 7);
    vi.spyOn(BlockStore.prototype, 'readFrom').mockImplementationOnce(() => {
      throw storeRead();
    });
    await expect(appender.commit()).rejects.toMatchObject({ code: 'ERR_STORE_READ' });
    expect(timesOf(tsdb)).toEqual([-5000, 0]);
    expect(await append(tsdb, [5, 1])).toEqual([1]);
    expect(await appender.commit()).toEqual({ samplesWritten: 3, rejections: [] });
    expect(timesOf(tsdb)).toEqual([-5000, -4000, 0, 5, 10]);
  });

  it('does not make later samples too late', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 1000 });
    await append(tsdb, [0, 1]);
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS + 5000, 7);
    appender.append(SERIES, NOW_MS + 4500, 7);
    vi.spyOn(BlockStore.prototype, 'readFrom').mockImplementationOnce(() => {
      throw storeRead();
    });
    await expect(appender.commit()).rejects.toMatchObject({ code: 'ERR_STORE_READ' });
    appender.discard();
    expect(await append(tsdb, [-500, 1])).toEqual([1]);
    expect(timesOf(tsdb)).toEqual([-500, 0]);
  });

  it('does not depend on how many histograms a series has', async () => {
    const tsdb = await openHere();
    const appender = tsdb.appender();
    appender.appendHistogram(SERIES, NOW_MS, HISTOGRAM);
    await appender.commit();
    await tsdb.flush();
    const many = Array.from({ length: 300_000 }, (_, index) => ({
      timestampMs: NOW_MS - index,
      histogram: HISTOGRAM,
    }));
    vi.spyOn(BlockReader.prototype, 'readHistograms').mockReturnValue(many);
    appender.appendHistogram(SERIES, NOW_MS - 10, HISTOGRAM);
    expect(await appender.commit()).toEqual({ samplesWritten: 1, rejections: [] });
  });
});

describe('a commit', () => {
  it('that fails shows nothing of its samples; the next one that succeeds shows them', async () => {
    const tsdb = await openHere();
    await append(tsdb, [-3, 1]);
    const open = tsdb.select({ ...EVER, matchers: [] });
    vi.spyOn(LmdbEnvironment.prototype, 'writeDurably').mockImplementationOnce(() => {
      throw new PromontoryError('no', { code: 'ERR_STORE_WRITE', kind: 'unavailable' });
    });
    const appender = tsdb.appender();
    appender.append(SERIES, NOW_MS - 2, 1);
    await expect(appender.commit()).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' });
    const columns = new SampleColumns();
    open.read(0, columns);
    open.close();
    expect([columns.count, timesOf(tsdb)]).toEqual([1, [-3]]);
    expect(await append(tsdb, [-1, 1])).toEqual([1]);
    expect(timesOf(tsdb)).toEqual([-3, -2, -1]);
  });
});

function failCommits(): void {
  vi.spyOn(LmdbEnvironment.prototype, 'writeDurably').mockImplementation(() => {
    throw new PromontoryError('no', { code: 'ERR_STORE_WRITE', kind: 'unavailable' });
  });
}

/** A batch with samples of the series with ref 1, which it makes. */
function batchOf(...entries: [timeMs: number, value: number | NativeHistogram][]): SampleBatch {
  const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 100, labelBytesMax: 1000 }));
  const ref = batch.addNewSeries(1, 2, 3, encodeLabelBytes(SERIES));
  for (const [timeMs, value] of entries) {
    if (typeof value !== 'number') {
      batch.tryAddHistogram(ref, NOW_MS + timeMs, 0, encodeHistogram(value));
      continue;
    }
    const index = batch.sampleCount++;
    batch.ref[index] = ref;
    batch.timestampMs[index] = NOW_MS + timeMs;
    batch.valueWords.set(new Int32Array(Float64Array.of(value).buffer), 2 * index);
  }
  return batch;
}

describe('a batch that the log could not give back', () => {
  it.each([
    ['sampleCount', 2 ** 24],
    ['histogramCount', 2 ** 24],
    ['histogramBytesLength', 2 ** 30],
  ] as const)('is refused, with limit and value: %s', (count, limit) => {
    const writer = new TsdbWriter({ directory, clock, limits: { headBytesMax: 1 << 24 } });
    closers.push(() => writer.close());
    const batch = batchOf();
    batch[count] = limit + 1;
    expect(() => writer.append(batch, new RejectionTally())).toThrow(
      expect.objectContaining({
        code: 'ERR_BATCH_TOO_LARGE',
        kind: 'too-large',
        context: { limit, value: limit + 1 },
      }),
    );
    expect(writer.seriesCount).toBe(0);
    expect(writer.append(batchOf([0, 1]), new RejectionTally()).samples).toBe(1);
  });
});

describe('timestamps of a batch', () => {
  it('that are none are refused one by one', () => {
    const limits = { headBytesMax: 1 << 24, retentionMs: Number.POSITIVE_INFINITY };
    const writer = new TsdbWriter({ directory, clock, limits });
    closers.push(() => writer.close());
    const tally = new RejectionTally();
    const batch = batchOf(
      [0, 1],
      [0.5, 1],
      [Number.NaN, 1],
      [-(2 ** 53), 1],
      [2, HISTOGRAM],
      [Number.NaN, HISTOGRAM],
    );
    expect(writer.append(batch, tally).samples).toBe(2);
    expect(tally.toArray().map(({ code, count }) => [code, count])).toEqual([['ERR_TIMESTAMP_INVALID', 4]]);
    const starts = batchOf([10, 1], [11, 1], [12, 1]);
    for (const [index, start] of [Number.NaN, 0.5, -(2 ** 53)].entries()) starts.setStart(index, start);
    expect(writer.append(starts, tally).samples).toBe(0);
    expect(tally.toArray()[0]?.count).toBe(7);
  });
});

describe('batches before their commit', () => {
  it('are known to those that come after them', () => {
    const writer = new TsdbWriter({ directory, clock, limits: { headBytesMax: 1 << 24 } });
    closers.push(() => writer.close());
    const tally = new RejectionTally();
    const take = (...entries: Parameters<typeof batchOf>): number =>
      writer.append(batchOf(...entries), tally).samples;
    expect(take([-20, 1], [-10, HISTOGRAM])).toBe(2);
    expect(take([0, 1], [-20, 1], [-10, HISTOGRAM])).toBe(3);
    expect(take([-20, 2], [-10, 1], [-20, HISTOGRAM])).toBe(0);
    expect(take([-15, 1])).toBe(1);
    expect(take([-15, 1], [-15, 2])).toBe(1);
    expect(tally.toArray().map(({ code, count }) => [code, count])).toEqual([['ERR_SAMPLE_DUPLICATE', 4]]);
    expect([writer.statistics.samplesAppended, writer.statistics.samplesLate]).toEqual([4, 1]);
    writer.commit();
    expect(take([-15, 1], [-20, 1], [-10, HISTOGRAM], [0, 1])).toBe(4);
  });

  it('are decoded once for all late samples, and not for any other', () => {
    const decode = vi.spyOn(PendingSamples.prototype, 'add');
    const writer = new TsdbWriter({ directory, clock, limits: { headBytesMax: 1 << 24 } });
    closers.push(() => writer.close());
    const tally = new RejectionTally();
    for (let time = -1000; time < -500; time += 10) writer.append(batchOf([time, 1]), tally);
    expect(decode).not.toHaveBeenCalled();
    for (let time = -995; time < -510; time += 10) writer.append(batchOf([time, 1]), tally);
    expect([decode.mock.calls.length, writer.statistics.samplesLate]).toEqual([98, 49]);
    writer.commit();
    expect(writer.append(batchOf([0, 1]), tally).samples).toBe(1);
    expect(decode).toHaveBeenCalledTimes(98);
  });

  it('fit into memory together, or some are committed and the generation freezes', async () => {
    const writer = new TsdbWriter({ directory, clock, limits: { headBytesMax: 1 << 20 } });
    closers.push(() => writer.close());
    const tally = new RejectionTally();
    let written = 0;
    for (let time = -100_000; time < 0; time += 100) {
      const entries = Array.from({ length: 100 }, (_, index): [number, number] => [time + index, index]);
      written += writer.append(batchOf(...entries), tally).samples;
    }
    writer.commit();
    expect([written, tally.toArray(), writer.statistics.commits > 1]).toEqual([100_000, [], true]);
    await writer.close();
    expect(timesOf(await openHere())).toHaveLength(100_000);
  });

  it('are not followed by others while they cannot be committed', () => {
    const writer = new TsdbWriter({ directory, clock, limits: { headBytesMax: 1 << 24 } });
    closers.push(() => writer.close());
    const tally = new RejectionTally();
    const failed: object = expect.objectContaining({ code: 'ERR_STORE_WRITE' });
    expect(writer.append(batchOf([-2, 1]), tally).samples).toBe(1);
    failCommits();
    expect(() => writer.commit()).toThrow(failed);
    expect(() => writer.append(batchOf([-1, 1]), tally)).toThrow(failed);
    vi.restoreAllMocks();
    expect(writer.append(batchOf([0, 1]), tally).samples).toBe(1);
    expect([writer.statistics.commits, writer.statistics.samplesAppended]).toEqual([1, 2]);
  });
});
