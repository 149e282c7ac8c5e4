/** Deletion through the whole database. */
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import {
  bucketsOf,
  emptyBuckets,
  Labels,
  Matcher,
  type NativeHistogram,
  SampleColumns,
} from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeletionOptions, openTsdb, type Tsdb, type TsdbLimits } from '../index.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = {
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
};
const NOTHING = { seriesCount: 0, floatCount: 0, histogramCount: 0, exemplarCount: 0 };

let directory = '';
let clock = new ManualClock(NOW_MS);
let open: Tsdb[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'deletion-'));
  clock = new ManualClock(NOW_MS);
});

afterEach(async () => {
  for (const tsdb of open) await tsdb.close();
  open = [];
  rmSync(directory, { recursive: true });
});

async function openHere(limits: Partial<TsdbLimits> = {}, folder = 'db'): Promise<Tsdb> {
  const tsdb = await openTsdb({
    directory: join(directory, folder),
    clock,
    limits: { headBytesMax: 1 << 24, outOfOrderWindowMs: 10_000, seriesIdleMs: 0, ...limits },
  });
  open.push(tsdb);
  return tsdb;
}

const series = (instance: string): Labels => Labels.fromObject({ __name__: 'up', instance });

function histogramOf(count: number): NativeHistogram {
  return {
    isInteger: true,
    counterResetHint: 'unknown',
    schema: 0,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count,
    sum: count,
    isStale: false,
    positive: bucketsOf([1], [count]),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
  };
}

type Sample = readonly [labels: Labels, timeMs: number, value: number | NativeHistogram];

/** @returns the codes of what was refused */
async function write(tsdb: Tsdb, samples: readonly Sample[]): Promise<string[]> {
  const appender = tsdb.appender();
  for (const [labels, timeMs, value] of samples) {
    if (typeof value === 'number') appender.append(labels, NOW_MS + timeMs, value);
    else appender.appendHistogram(labels, NOW_MS + timeMs, value);
  }
  const { rejections } = await appender.commit();
  return rejections.map(({ code }) => code);
}

/** Series without samples are left out. Histograms appear as their counts. */
function readAll(tsdb: Tsdb): Record<string, [number, number][]> {
  const set = tsdb.select({ ...EVER, matchers: [] });
  const columns = new SampleColumns();
  const result: Record<string, [number, number][]> = {};
  for (let index = 0; index < set.seriesCount; index++) {
    set.read(index, columns);
    const samples: [number, number][] = [];
    for (let at = 0; at < columns.count; at++)
      samples.push([columns.timestampMs[at]! - NOW_MS, columns.value[at]!]);
    for (const { timestampMs, histogram } of set.readHistograms(index))
      samples.push([timestampMs - NOW_MS, histogram.count]);
    if (samples.length > 0) result[set.labels(index).get('instance')] = samples;
  }
  set.close();
  return result;
}

function deletion(
  selected: readonly (readonly Matcher[])[],
  startMs = Number.NEGATIVE_INFINITY,
  endMs = Number.POSITIVE_INFINITY,
): DeletionOptions {
  return {
    matcherSets: selected,
    rangeStartMsInclusive: NOW_MS + startMs,
    rangeEndMsInclusive: NOW_MS + endMs,
  };
}

const ofInstance = (instance: string): Matcher[] => [new Matcher('=', 'instance', instance)];

async function maintainAll(tsdb: Tsdb): Promise<void> {
  clock.advance(120_000);
  while (await tsdb.maintain());
}

function folderBytes(path: string): number {
  let bytes = 0;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  return bytes;
}

describe('deleting samples', () => {
  it('hides what is in the range, in head and blocks, at once and after the rewrite', async () => {
    const tsdb = await openHere();
    await write(tsdb, [
      [series('a'), -5000, 1],
      [series('a'), -4000, 2],
      [series('b'), -4000, 3],
      [series('c'), -4000, histogramOf(4)],
      [series('c'), -3000, histogramOf(5)],
    ]);
    await tsdb.flush();
    await write(tsdb, [
      [series('a'), -3000, 6],
      [series('a'), -2000, 7],
    ]);
    const options = deletion([ofInstance('a'), ofInstance('c'), ofInstance('a')], -4000, -3000);
    const counted = { seriesCount: 2, floatCount: 2, histogramCount: 2, exemplarCount: 0 };
    expect(await tsdb.deleteSamples({ ...options, dryRun: true })).toEqual(counted);
    expect(readAll(tsdb)['c']).toHaveLength(2);
    expect(await tsdb.deleteSamples(options)).toEqual(counted);
    const left = {
      a: [
        [-5000, 1],
        [-2000, 7],
      ],
      b: [[-4000, 3]],
    };
    expect(readAll(tsdb)).toEqual(left);
    expect(await tsdb.deleteSamples(options)).toEqual(NOTHING);
    await maintainAll(tsdb);
    expect(readAll(tsdb)).toEqual(left);
    expect(await tsdb.deleteSamples(options)).toEqual(NOTHING);
    await tsdb.close();
    expect(readAll(await openHere())).toEqual(left);
  });

  it('takes the same samples again, and keeps them through rewrite and reopen', async () => {
    let tsdb = await openHere();
    const samples: Sample[] = [
      [series('a'), -2000, 1],
      [series('a'), -1000, 2],
      [series('h'), -1000, histogramOf(3)],
    ];
    const all = { a: [[-2000, 1], [-1000, 2]], h: [[-1000, 3]] }; // prettier-ignore
    await write(tsdb, samples);
    await tsdb.deleteSamples(deletion([[new Matcher('=', '__name__', 'up')]]));
    expect(readAll(tsdb)).toEqual({});
    expect(await write(tsdb, samples)).toEqual([]);
    expect(readAll(tsdb)).toEqual(all);
    await tsdb.close();
    tsdb = await openHere();
    await tsdb.flush();
    expect(readAll(tsdb)).toEqual(all);
    await maintainAll(tsdb);
    expect(readAll(tsdb)).toEqual(all);
  });

  it('lets what is stored decide what is too late, not what was deleted', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 1000 });
    await write(tsdb, [
      [series('a'), -60_000, 1],
      [series('a'), 0, 2],
    ]);
    expect(await write(tsdb, [[series('a'), -50_000, 3]])).toEqual(['ERR_SAMPLE_OUT_OF_ORDER']);
    await tsdb.deleteSamples(deletion([ofInstance('a')], -1000));
    expect(await write(tsdb, [[series('a'), -50_000, 3]])).toEqual([]);
    expect(await write(tsdb, [[series('a'), -55_000, 4]])).toEqual(['ERR_SAMPLE_OUT_OF_ORDER']);
    expect(await write(tsdb, [[series('a'), -50_500, 5]])).toEqual([]);
    expect(readAll(tsdb)['a']).toEqual([
      [-60_000, 1],
      [-50_500, 5],
      [-50_000, 3],
    ]);
  });

  it('removes exemplars of the range, of series without samples too', async () => {
    const tsdb = await openHere();
    const appender = tsdb.appender();
    for (const instance of ['a', 'b']) {
      for (const timeMs of [-3000, -2000, -1000])
        appender.appendExemplar(series(instance), {
          labels: Labels.empty,
          value: 1,
          timestampMs: NOW_MS + timeMs,
        });
    }
    await appender.commit();
    const options = deletion([ofInstance('b')], -2500, -1000);
    const counted = { ...NOTHING, exemplarCount: 2 };
    expect(await tsdb.deleteSamples({ ...options, dryRun: true })).toEqual(counted);
    expect(await tsdb.deleteSamples(options)).toEqual(counted);
    const left = tsdb.exemplars({ ...EVER, matcherSets: [], countMax: 0 }).values;
    expect(left.map(({ exemplars }) => exemplars.length)).toEqual([3, 1]);
  });

  it('gives back space, and forgets series without samples', async () => {
    const tsdb = await openHere();
    for (let batch = 0; batch < 5; batch++) {
      const samples: Sample[] = [];
      for (let index = 0; index < 20; index++) {
        for (let at = 0; at < 500; at++)
          samples.push([
            series(`i${index}`),
            -900_000 + (batch * 500 + at) * 100,
            Math.sin(at * index + batch),
          ]);
      }
      await write(tsdb, samples);
    }
    await tsdb.flush();
    const before = folderBytes(join(directory, 'db', 'blocks'));
    const options = deletion([[new Matcher('=~', 'instance', 'i1.*')]]);
    expect(await tsdb.deleteSamples(options)).toMatchObject({ seriesCount: 11, floatCount: 11 * 2500 });
    await maintainAll(tsdb);
    expect(folderBytes(join(directory, 'db', 'blocks'))).toBeLessThan(before * 0.6);
    expect(tsdb.cardinality({ topMax: 10 }).seriesCount).toBe(9);
    await tsdb.deleteSamples(deletion([[new Matcher('=', '__name__', 'up')]]));
    await maintainAll(tsdb);
    expect(readdirSync(join(directory, 'db', 'blocks'))).toEqual([]);
    expect(tsdb.cardinality({ topMax: 10 }).seriesCount).toBe(0);
  });

  it('holds after a crash at each step of the rewrite', async () => {
    const tsdb = await openHere();
    await write(tsdb, [
      [series('a'), -3000, 1],
      [series('a'), -2000, 2],
      [series('b'), -2000, 3],
    ]);
    await tsdb.deleteSamples(deletion([ofInstance('a')], -2000, -2000));
    const left = { a: [[-3000, 1]], b: [[-2000, 3]] };
    let copies = 0;
    clock.advance(120_000);
    do cpSync(join(directory, 'db'), join(directory, `copy-${copies++}`), { recursive: true });
    while (await tsdb.maintain());
    expect(copies).toBeGreaterThan(3);
    for (let copy = 0; copy < copies; copy++) {
      rmSync(join(directory, `copy-${copy}`, 'lock.sock'), { force: true });
      const copied = await openHere({}, `copy-${copy}`);
      expect(readAll(copied)).toEqual(left);
      await maintainAll(copied);
      expect(readAll(copied)).toEqual(left);
    }
  });

  it('is not held up by a rewrite that is under way, and does not undo it', async () => {
    const tsdb = await openHere();
    const samples: Sample[] = [];
    for (let at = 0; at < 60_000; at++)
      samples.push([series(`${at % 10}`), -800_000 + Math.floor(at / 10), at]);
    await write(tsdb, samples);
    await tsdb.deleteSamples(deletion([ofInstance('1')]));
    clock.advance(120_000);
    expect(await tsdb.maintain()).toBe(true);
    expect(await tsdb.deleteSamples(deletion([ofInstance('2')]))).toMatchObject({ floatCount: 6000 });
    await maintainAll(tsdb);
    expect(Object.keys(readAll(tsdb)).sort()).toEqual(['0', '3', '4', '5', '6', '7', '8', '9']);
  });

  it.each<[what: string, DeletionOptions]>([
    ['no matchers', deletion([])],
    ['an empty set', deletion([ofInstance('a'), []])],
    ['only matchers that accept the empty value', deletion([[new Matcher('!=', 'instance', 'a')]])],
    ['a range that ends before it starts', deletion([ofInstance('a')], 2, 1)],
    ['no number', deletion([ofInstance('a')], Number.NaN)],
  ])('refuses %s', async (_what, options) => {
    const tsdb = await openHere();
    await expect(tsdb.deleteSamples(options)).rejects.toMatchObject({
      code: 'ERR_DELETION_INVALID',
      kind: 'bad-data',
    });
  });

  it('ends with an error when the database is closed meanwhile', async () => {
    const tsdb = await openHere();
    await write(tsdb, [[series('a'), 0, 1]]);
    const deletions = [1, 2].map(() => tsdb.deleteSamples(deletion([ofInstance('a')])));
    const outcomes = Promise.allSettled(deletions);
    await tsdb.close();
    expect((await outcomes)[1]).toMatchObject({ reason: { code: 'ERR_STORE_CLOSED', kind: 'unavailable' } });
  });
});
