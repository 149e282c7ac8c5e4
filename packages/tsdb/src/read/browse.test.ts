import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { compareLabels, compareUtf8, Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { postingKey, valuePart } from '../index/posting-keys.ts';
import { openTsdb, type Tsdb } from '../index.ts';
import { keyAfterPrefix } from '../store/keys.ts';
import { Store } from '../store/store.ts';
import { DatabaseView } from './database-view.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 * NOW_MS };
/** Ways to mean every series, and one to mean all that there are. */
const ALL_OF_THEM: readonly (readonly [string, readonly (readonly Matcher[])[]])[] = [
  ['no set', []],
  ['an empty set', [[]]],
  ['an empty set among others', [[new Matcher('=', 'zone', 'none')], []]],
  ['a matcher that all meet', [[new Matcher('!=', '__name__', '')]]],
];
const SERIES = 60;
const LONG = 'v'.repeat(300);

let directory = '';
let tsdb: Tsdb;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-browse-'));
  tsdb = await open();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await tsdb.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): Promise<Tsdb> {
  const limits = { outOfOrderWindowMs: 2 * NOW_MS, retentionMs: 2 * NOW_MS, headBytesMax: 1 << 24 };
  return openTsdb({ directory, clock: new ManualClock(NOW_MS), limits });
}

/** Values in no order, some too long for a key, and of those some with the same start. */
function labelsOf(series: number): Labels {
  const lengths = ['', LONG, LONG.repeat(3), `${LONG}${'w'.repeat(600)}`];
  const value = `${lengths[series % 4]}${(series * 37) % SERIES}`;
  return Labels.fromObject({ __name__: `m${series % 3}`, value, [`name${series % 5}`]: 'x', zone: 'here' });
}

async function append(start: number, end: number, timestampMs: number): Promise<void> {
  const appender = tsdb.appender();
  for (let series = start; series < end; series++) appender.append(labelsOf(series), timestampMs, series);
  await appender.commit();
}

/** Two blocks, one of series that the range of the tests does not reach, and series that wait. */
async function fill(): Promise<void> {
  await append(0, 20, NOW_MS - 9000);
  await tsdb.flush();
  await append(10, 40, NOW_MS - 5000);
  await tsdb.flush();
  await append(30, SERIES, NOW_MS);
}

function expected(series: readonly number[]): { names: string[]; values: string[]; sets: string[] } {
  const labels = series.map(labelsOf).sort(compareLabels);
  const names = new Set(labels.flatMap((set) => Array.from(set.entries(), ([name]) => name)));
  return {
    names: [...names].sort(compareUtf8),
    values: labels.map((set) => set.get('value')).sort(compareUtf8),
    sets: labels.map(String),
  };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe('browsing', () => {
  it.each(ALL_OF_THEM)('finds what has samples in the range, by %s', async (_what, matcherSets) => {
    await fill();
    const cases = [
      [EVER, range(0, SERIES)],
      [{ rangeStartMsInclusive: 0, rangeEndMsInclusive: 1 }, []],
      [{ rangeStartMsInclusive: NOW_MS - 6000, rangeEndMsInclusive: NOW_MS - 4000 }, range(10, 40)],
      [{ rangeStartMsInclusive: NOW_MS - 4999, rangeEndMsInclusive: NOW_MS }, range(30, SERIES)],
    ] as const;
    for (const [bounds, series] of cases) {
      const { names, values, sets } = expected(series);
      for (const countMax of [0, 1, 2, 7, SERIES - 1, SERIES]) {
        const browse = { ...bounds, matcherSets, countMax };
        const cut = (all: readonly string[]): object => ({
          values: countMax === 0 ? all : all.slice(0, countMax),
          truncated: countMax > 0 && all.length > countMax,
        });
        expect(tsdb.labelNames(browse)).toEqual(cut(names));
        expect(tsdb.labelValues('value', browse)).toEqual(cut(values));
        const { values: found, truncated } = tsdb.series(browse);
        expect({ values: found.map(String), truncated }).toEqual(cut(sets));
        expect(tsdb.labelValues('nothing', browse)).toEqual(cut([]));
      }
    }
  });

  it.each(ALL_OF_THEM)('looks no further than countMax, by %s', async (_what, matcherSets) => {
    await fill();
    const looks = vi.spyOn(DatabaseView.prototype, 'hasSamples');
    const browse = { ...EVER, matcherSets, countMax: 2 };
    expect(tsdb.labelNames(browse).truncated).toBe(true);
    expect(looks.mock.calls.length).toBeLessThan(10);
    looks.mockClear();
    expect(tsdb.labelValues('value', browse).truncated).toBe(true);
    expect(looks.mock.calls.length).toBeLessThan(10);
    looks.mockClear();
    expect(tsdb.series(browse).truncated).toBe(true);
    expect(looks.mock.calls.length).toBeLessThan(SERIES / 2);
  });

  it('goes by the labels of all series from a damaged run on', async () => {
    await append(0, SERIES, NOW_MS - 5000);
    await tsdb.flush();
    const { names, values } = expected(range(0, SERIES));
    await tsdb.close();
    const store = new Store(directory);
    store.environment.writeDurably(() => {
      for (const [name, value] of [['value', values[SERIES / 2]!] as const, ['zone', 'here'] as const]) {
        const part = postingKey(name, valuePart(value), 0).subarray(0, -4);
        const [entry] = store.postings.range(part, keyAfterPrefix(part));
        const { key, value: record } = entry!;
        record[record.length - 1]! ^= 1;
        store.postings.put(key, record);
      }
    });
    await store.close();
    tsdb = await open();
    const browse = { ...EVER, matcherSets: [], countMax: 0 };
    expect(tsdb.labelValues('value', browse).values).toEqual(values);
    expect(tsdb.labelNames(browse).values).toEqual(names);
    expect(tsdb.damages.map(({ what }) => what)).toContain('postings run');
  });
});
