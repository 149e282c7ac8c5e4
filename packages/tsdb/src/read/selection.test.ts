import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher, SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTsdb, type SelectHints, type Tsdb } from '../index.ts';
import { Store } from '../store/store.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 * NOW_MS };
const SERIES = 50;
const SAMPLES = 200;

let directory = '';
let tsdb: Tsdb;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-selection-'));
  tsdb = await open();
});

afterEach(async () => {
  await tsdb.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): Promise<Tsdb> {
  return openTsdb({ directory, clock: new ManualClock(NOW_MS) });
}

const labelsOf = (series: number): Labels => Labels.fromObject({ __name__: 'm', series: `${series}` });

async function append(): Promise<void> {
  const appender = tsdb.appender();
  for (let series = 0; series < SERIES; series++)
    for (let sample = 0; sample < SAMPLES; sample++)
      appender.append(labelsOf(series), NOW_MS - 1000 * sample, Math.sin(series * sample));
  await appender.commit();
}

function flipByte(bytesBeforeEnd: number): void {
  const path = join(directory, 'blocks', '0000000001', 'data.mdb');
  const bytes = readFileSync(path);
  bytes[bytes.length - bytesBeforeEnd]! ^= 1;
  writeFileSync(path, bytes);
}

describe('damages of a selection', () => {
  it('are those that it met, each once, whatever is read before, between and after', async () => {
    await append();
    await tsdb.flush();
    flipByte(20_000);
    const columns = new SampleColumns();
    const select = (): ReturnType<Tsdb['select']> => tsdb.select({ ...EVER, matchers: [] });
    const one = select();
    const other = select();
    for (let round = 0; round < 3; round++)
      for (let index = 0; index < SERIES; index++) one.read(index, columns);
    expect(one.damages).toHaveLength(1);
    expect(other.damages).toEqual([]);
    tsdb.series({ ...EVER, matcherSets: [], countMax: 0 });
    const later = select();
    expect(later.damages).toEqual([]);
    for (let index = 0; index < SERIES; index++) other.read(index, columns);
    expect(other.damages).toEqual(one.damages);
    expect(later.damages).toEqual([]);
    expect(tsdb.damages).toEqual(one.damages);
    for (const set of [one, other, later]) set.close();
  });

  it('are there in every selection that lacks series whose labels are damaged', async () => {
    await append();
    await tsdb.close();
    const store = new Store(directory);
    store.environment.writeDurably(() => {
      for (const { key, value } of store.waiting.range(Buffer.alloc(0), Buffer.alloc(9, 0xff))) {
        value[value.length - 1]! ^= 1;
        store.waiting.put(key, value);
      }
    });
    await store.close();
    tsdb = await open();
    for (let round = 0; round < 3; round++) {
      const set = tsdb.select({ ...EVER, matchers: [] });
      expect([set.seriesCount, set.damages.map(({ what }) => what)]).toEqual([0, ['waiting batch']]);
      expect(set.warnings).toEqual([
        expect.stringMatching(/^stored data is damaged in one place and missing here: waiting batch /),
      ]);
      set.close();
    }
  });
});

describe('the same selection again', () => {
  const count = (...matchers: Matcher[]): number => {
    const set = tsdb.select({ ...EVER, matchers });
    set.close();
    return set.seriesCount;
  };
  const named = new Matcher('=', '__name__', 'm');
  const first = new Matcher('=~', 'series', '0|1.*');

  it('has the series that came meanwhile, and those that the index took in', async () => {
    await append();
    expect([count(named), count(named), count(named, first)]).toEqual([SERIES, SERIES, 12]);
    const appender = tsdb.appender();
    appender.append(labelsOf(100), NOW_MS, 1);
    await appender.commit();
    expect([count(named), count(named, first), count()]).toEqual([SERIES + 1, 13, SERIES + 1]);
    await tsdb.flush();
    expect([count(named), count(named, first), count()]).toEqual([SERIES + 1, 13, SERIES + 1]);
  });
});

describe('hints of a selection', () => {
  const select = (hints: SelectHints): ReturnType<Tsdb['select']> =>
    tsdb.select({ ...EVER, matchers: [new Matcher('=', '__name__', 'm')], hints });

  it.each([
    [0, true],
    [7, true],
    [SERIES, false],
    [SERIES + 1, false],
  ])('seriesMax %i bounds the series', async (seriesMax, isTruncated) => {
    await append();
    const set = select({ seriesMax });
    expect(set).toMatchObject({ seriesCount: Math.min(SERIES, seriesMax), isTruncated });
    const columns = new SampleColumns();
    for (let index = 0; index < set.seriesCount; index++) {
      set.read(index, columns);
      expect([set.labels(index).get('series'), columns.count]).toEqual([`${index}`, SAMPLES]);
    }
    set.close();
  });

  it('labelsOnly opens no block, and refuses to read samples', async () => {
    await append();
    await tsdb.flush();
    rmSync(join(directory, 'blocks', '0000000001'), { recursive: true });
    const set = select({ labelsOnly: true });
    expect(set.seriesCount).toBe(SERIES);
    expect(set.labels(3)).toEqual(labelsOf(3));
    expect(set.damages).toEqual([]);
    const refusal = expect.objectContaining({ code: 'ERR_INVARIANT' }) as Error;
    expect(() => set.read(0, new SampleColumns())).toThrow(refusal);
    expect(() => set.readHistograms(0)).toThrow(refusal);
    set.close();
    const withSamples = select({});
    withSamples.read(0, new SampleColumns());
    expect(withSamples.damages.map(({ what }) => what)).toEqual(['block']);
    withSamples.close();
  });
});
