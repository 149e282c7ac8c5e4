import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher, SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TSDB_LIMITS, openTsdb, type Tsdb, type TsdbLimits, verifyTsdb } from './index.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = {
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
};
const ALL = { ...EVER, matcherSets: [], countMax: 0 };

let directory = '';
let clock = new ManualClock(NOW_MS);
let open: Tsdb[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-'));
  clock = new ManualClock(NOW_MS);
});

afterEach(async () => {
  for (const tsdb of open) await tsdb.close();
  open = [];
  await rm(directory, { recursive: true });
});

async function openHere(limits: Partial<TsdbLimits> = {}): Promise<Tsdb> {
  const tsdb = await openTsdb({
    directory,
    clock,
    limits: { headBytesMax: 1 << 26, seriesMax: 1 << 20, ...limits },
  });
  open.push(tsdb);
  return tsdb;
}

async function write(
  tsdb: Tsdb,
  samples: [labels: Record<string, string>, timestampMs: number, value: number][],
) {
  const appender = tsdb.appender();
  for (const [labels, timestampMs, value] of samples)
    appender.append(Labels.fromObject(labels), timestampMs, value);
  return appender.commit();
}

function readAll(tsdb: Tsdb, ...matchers: Matcher[]): Record<string, [number, number][]> {
  const set = tsdb.select({ ...EVER, matchers });
  const columns = new SampleColumns();
  const result: Record<string, [number, number][]> = {};
  for (let index = 0; index < set.seriesCount; index++) {
    set.read(index, columns);
    const samples: [number, number][] = [];
    for (let at = 0; at < columns.count; at++)
      samples.push([columns.timestampMs[at]! - NOW_MS, columns.value[at]!]);
    result[set.labels(index).toString()] = samples;
  }
  set.close();
  return result;
}

const up = (instance: string): Record<string, string> => ({ __name__: 'up', instance });

describe('a database', () => {
  it('gives back what was committed, before and after flush and reopen', async () => {
    const tsdb = await openHere();
    const result = await write(tsdb, [
      [up('a'), NOW_MS - 2000, 1],
      [up('b'), NOW_MS - 2000, 2.5],
      [up('a'), NOW_MS - 1000, 3],
    ]);
    expect(result).toEqual({ samplesWritten: 3, rejections: [] });
    const expected = {
      'up{instance="a"}': [
        [-2000, 1],
        [-1000, 3],
      ],
      'up{instance="b"}': [[-2000, 2.5]],
    };
    expect(readAll(tsdb)).toEqual(expected);
    await tsdb.close();
    const reopened = await openHere();
    expect(readAll(reopened)).toEqual(expected);
    await reopened.flush();
    expect(readAll(reopened)).toEqual(expected);
    await write(reopened, [[up('a'), NOW_MS, 4]]);
    expected['up{instance="a"}'].push([0, 4]);
    expect(readAll(reopened)).toEqual(expected);
    await reopened.close();
    expect(readAll(await openHere())).toEqual(expected);
    expect(await readdir(join(directory, 'log'))).toHaveLength(1);
  });

  it('takes late samples within the window and refuses the rest by code', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 60_000, retentionMs: 3_600_000, futureWindowMs: 5000 });
    await write(tsdb, [[up('a'), NOW_MS, 1]]);
    const { samplesWritten, rejections } = await write(tsdb, [
      [up('a'), NOW_MS - 30_000, 7],
      [up('a'), NOW_MS - 30_000, 7],
      [up('a'), NOW_MS - 30_000, 8],
      [up('a'), NOW_MS, 1],
      [up('a'), NOW_MS - 60_001, 1],
      [up('b'), NOW_MS - 60_001, 1],
      [up('a'), NOW_MS - 3_600_001, 1],
      [up('a'), NOW_MS + 5001, 1],
    ]);
    expect(samplesWritten).toBe(4);
    expect(Object.fromEntries(rejections.map(({ code, count }) => [code, count]))).toEqual({
      ERR_SAMPLE_TOO_OLD: 1,
      ERR_SAMPLE_TOO_FAR_IN_FUTURE: 1,
      ERR_SAMPLE_DUPLICATE: 1,
      ERR_SAMPLE_OUT_OF_ORDER: 1,
    });
    expect(rejections[0]?.example).toContain('up{instance="a"}');
    const expected = [
      [-30_000, 7],
      [0, 1],
    ];
    expect(readAll(tsdb)['up{instance="a"}']).toEqual(expected);
    await tsdb.flush();
    expect(readAll(tsdb)['up{instance="a"}']).toEqual(expected);
    const again = await write(tsdb, [
      [up('a'), NOW_MS - 30_000, 7],
      [up('a'), NOW_MS - 30_000, 9],
      [up('a'), NOW_MS - 20_000, 5],
    ]);
    expect([again.samplesWritten, again.rejections.map(({ code }) => code)]).toEqual([
      2,
      ['ERR_SAMPLE_DUPLICATE'],
    ]);
    expected.splice(1, 0, [-20_000, 5]);
    expect(readAll(tsdb)['up{instance="a"}']).toEqual(expected);
  });

  it('selects by every kind of matcher, in the index and waiting for it', async () => {
    const tsdb = await openHere();
    const series: Record<string, string>[] = [
      { __name__: 'a', job: 'api', zone: 'x' },
      { __name__: 'a', job: 'web' },
      { __name__: 'b', job: 'api', path: 'p'.repeat(3000) },
      { __name__: 'b', job: `nul\0in`, 名前: '値' },
    ];
    await write(
      tsdb,
      series.map((labels) => [labels, NOW_MS, 1]),
    );
    const cases: [Matcher[], number[]][] = [
      [[], [0, 1, 2, 3]],
      [[new Matcher('=', 'job', 'api')], [0, 2]],
      [[new Matcher('=', 'zone', '')], [1, 2, 3]],
      [[new Matcher('!=', 'zone', '')], [0]],
      [[new Matcher('!=', 'job', 'api')], [1, 3]],
      [[new Matcher('=~', 'job', 'api|web')], [0, 1, 2]],
      [[new Matcher('=~', 'job', 'w.*')], [1]],
      [[new Matcher('=~', 'job', '.*')], [0, 1, 2, 3]],
      [[new Matcher('=~', 'zone', 'x|')], [0, 1, 2, 3]],
      [[new Matcher('!~', 'zone', '.+')], [1, 2, 3]],
      [[new Matcher('!~', 'job', 'a.*|w[e]b')], [3]],
      [[new Matcher('=', 'path', 'p'.repeat(3000))], [2]],
      [[new Matcher('=', 'path', 'p'.repeat(2999))], []],
      [[new Matcher('=~', 'path', 'p{2}.+')], [2]],
      [[new Matcher('=', 'job', 'nul\0in')], [3]],
      [[new Matcher('=', '名前', '値'), new Matcher('=', '__name__', 'b')], [3]],
      [[new Matcher('=', 'job', 'api'), new Matcher('=', '__name__', 'nothing')], []],
    ];
    const check = (): void => {
      for (const [matchers, expected] of cases) {
        const names = Object.keys(readAll(tsdb, ...matchers)).sort();
        const wanted = expected.map((index) => Labels.fromObject(series[index] ?? {}).toString()).sort();
        expect([matchers.join(), names]).toEqual([matchers.join(), wanted]);
      }
      expect(tsdb.labelNames(ALL).values).toEqual(['__name__', 'job', 'path', 'zone', '名前']);
      expect(tsdb.labelValues('job', ALL).values).toEqual(['api', 'nul\0in', 'web']);
      expect(tsdb.labelValues('job', { ...ALL, countMax: 1 })).toEqual({ values: ['api'], truncated: true });
      const onlyA = { ...ALL, matcherSets: [[new Matcher('=', '__name__', 'a')]] };
      expect(tsdb.labelNames(onlyA).values).toEqual(['__name__', 'job', 'zone']);
      expect(tsdb.labelValues('job', onlyA).values).toEqual(['api', 'web']);
      expect(tsdb.series(onlyA).values.map(String)).toEqual(['a{job="api", zone="x"}', 'a{job="web"}']);
    };
    check();
    await tsdb.flush();
    check();
    await tsdb.close();
    await expect(async () => tsdb.select({ ...EVER, matchers: [] })).rejects.toMatchObject({
      code: 'ERR_STORE_CLOSED',
    });
  });

  it('drops blocks past the retention and gives their chunks back', async () => {
    const tsdb = await openHere({ retentionMs: 3_600_000 });
    await write(tsdb, [[up('old'), NOW_MS, 1]]);
    await tsdb.flush();
    clock.advance(3_600_001);
    await write(tsdb, [[up('new'), NOW_MS + 3_600_000, 2]]);
    await tsdb.flush();
    for (let step = 0; step < 3; step++) await tsdb.maintain();
    expect(tsdb.statistics.blocksDropped).toBe(1);
    expect(readAll(tsdb)['up{instance="old"}']).toEqual([]);
    expect(tsdb.series(ALL).values.map(String)).toEqual(['up{instance="new"}']);
    const before = { ...ALL, rangeEndMsInclusive: NOW_MS + 3_500_000 };
    expect(tsdb.series(before).values).toEqual([]);
    expect(readAll(tsdb)['up{instance="new"}']).toEqual([[3_600_000, 2]]);
  });

  it('keeps an open set stable while flushes move its samples', async () => {
    const tsdb = await openHere();
    await write(tsdb, [[up('a'), NOW_MS - 1000, 1]]);
    const set = tsdb.select({ ...EVER, matchers: [] });
    await tsdb.flush();
    await write(tsdb, [[up('a'), NOW_MS, 2]]);
    const columns = new SampleColumns();
    set.read(0, columns);
    expect(columns.value[0]).toBe(1);
    set.close();
    set.close();
    expect(readAll(tsdb)['up{instance="a"}']).toEqual([
      [-1000, 1],
      [0, 2],
    ]);
  });

  it('survives a crash in the middle of a flush: what it left is not mixed with the next block', async () => {
    const crashed = await openHere({ logBytesMax: 1000 });
    const samples = Array.from({ length: 3000 }, (_, index): [Record<string, string>, number, number] => [
      up(String(index)),
      NOW_MS,
      index,
    ]);
    await write(crashed, samples);
    await crashed.maintain();
    const copy = `${directory}-copy`;
    await cp(directory, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    const tsdb = await openTsdb({
      directory: copy,
      clock,
      limits: { headBytesMax: 1 << 26, seriesMax: 1 << 20 },
    });
    const countNow = (): number => Object.values(readAll(tsdb)).filter((each) => each.length === 1).length;
    const counts = [countNow()];
    await tsdb.flush();
    counts.push(countNow());
    for (let step = 0; step < 5; step++) await tsdb.maintain();
    counts.push(countNow());
    await tsdb.close();
    await rm(copy, { recursive: true });
    expect(counts).toEqual([3000, 3000, 3000]);
  });

  it('reopens with more in its logs than one generation holds', async () => {
    const limits = { headBytesMax: 1 << 20, retentionMs: 1e9, outOfOrderWindowMs: 1e9 };
    const tsdb = await openHere(limits);
    const error = await (async () => {
      for (let round = 0; ; round++) {
        const one = Array.from({ length: 500 }, (_, index): [Record<string, string>, number, number] => [
          up(String(index)),
          NOW_MS - 1e6 + round,
          round,
        ]);
        await write(tsdb, one);
      }
    })().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_HEAD_FULL', kind: 'overload' });
    const before = readAll(tsdb);
    await tsdb.close();
    const reopened = await openHere(limits);
    expect(readAll(reopened)).toEqual(before);
    await reopened.flush();
    expect(readAll(reopened)).toEqual(before);
  });

  it('refuses series above its limit one by one, takes the rest, and reopens', async () => {
    const limits = { seriesMax: 10 };
    const tsdb = await openHere(limits);
    const all = Array.from({ length: 13 }, (_, index): [Record<string, string>, number, number] => [
      up(String(index)),
      NOW_MS,
      index,
    ]);
    const first = await write(tsdb, all);
    expect([first.samplesWritten, first.rejections.map(({ code, count }) => [code, count])]).toEqual([
      10,
      [['ERR_SERIES_MAX', 3]],
    ]);
    expect((await write(tsdb, [[up('0'), NOW_MS + 1000, 1]])).samplesWritten).toBe(1);
    await tsdb.close();
    const reopened = await openHere(limits);
    expect(Object.keys(readAll(reopened))).toHaveLength(10);
    await reopened.flush();
    expect((await write(reopened, [[up('12'), NOW_MS, 1]])).samplesWritten).toBe(0);
  });

  it('takes a batch of one series in any order, in time that grows with its size', async () => {
    const tsdb = await openHere({ outOfOrderWindowMs: 1e9 });
    const times = Array.from({ length: 30_000 }, (_, index) => NOW_MS - ((index * 7919) % 30_000) * 10);
    const labels = Labels.fromObject(up('a'));
    const appender = tsdb.appender();
    for (const time of times) appender.append(labels, time, time - NOW_MS);
    for (const time of times.slice(0, 100)) appender.append(labels, time, time - NOW_MS);
    expect((await appender.commit()).samplesWritten).toBe(30_100);
    const samples = readAll(tsdb)['up{instance="a"}'] ?? [];
    expect(samples).toHaveLength(30_000);
    expect(samples.every(([time, value], index) => time === value && time === (index - 29_999) * 10)).toBe(
      true,
    );
  });

  it('does not let one series with a fast clock hold up the others', async () => {
    const tsdb = await openHere();
    await write(tsdb, [
      [up('fast'), NOW_MS + 500_000, 1],
      [up('a'), NOW_MS, 1],
    ]);
    await tsdb.flush();
    await write(tsdb, [[up('a'), NOW_MS + 1000, 2]]);
    expect(tsdb.statistics.samplesLate).toBe(0);
    const { rejections } = await write(tsdb, [[up('a'), NOW_MS, 5]]);
    expect(rejections.map(({ code }) => code)).toEqual(['ERR_SAMPLE_DUPLICATE']);
  });

  it('refuses labels and times that it could not keep, and names limit, value and option', async () => {
    const tsdb = await openHere({ labelsPerSeriesMax: 3, labelValueBytesMax: 65_535 });
    const appender = tsdb.appender();
    const cases: [Record<string, string>, number, string][] = [
      [{ job: 'x' }, NOW_MS, 'ERR_LABELS_INVALID'],
      [{ __name__: 'm', '': 'v' }, NOW_MS, 'ERR_LABELS_INVALID'],
      [{ __name__: 'm', ['n'.repeat(513)]: 'v' }, NOW_MS, 'ERR_LABELS_INVALID'],
      [{ __name__: 'm', n: 'v'.repeat(65_536) }, NOW_MS, 'ERR_LABELS_INVALID'],
      [{ __name__: 'm', a: '1', b: '2', c: '3' }, NOW_MS, 'ERR_LABELS_INVALID'],
      [up('a'), NOW_MS - 0.25, 'ERR_TIMESTAMP_INVALID'],
      [up('a'), Number.NaN, 'ERR_TIMESTAMP_INVALID'],
    ];
    for (const [labels, timestampMs, code] of cases) {
      expect(() => appender.append(Labels.fromObject(labels), timestampMs, 1)).toThrow(
        expect.objectContaining({ code }),
      );
    }
    expect(() => appender.append(Labels.fromObject({ __name__: 'm', ['n'.repeat(513)]: 'v' }), 1, 1)).toThrow(
      /513 bytes in a label name, limit 512 \(labelNameBytesMax\)/,
    );
    appender.append(Labels.fromObject({ __name__: 'm', ['n'.repeat(512)]: 'v'.repeat(65_535) }), NOW_MS, 1);
    expect((await appender.commit()).samplesWritten).toBe(1);
    await tsdb.flush();
    expect(Object.keys(readAll(tsdb))).toHaveLength(1);
  });

  it.each([
    ['labelValueBytesMax', 4096],
    ['labelNameBytesMax', 512],
    ['labelsPerSeriesMax', 64],
  ] as const)('has the default %s %i', async (option, value) => {
    expect(DEFAULT_TSDB_LIMITS[option]).toBe(value);
    const appender = (await openHere()).appender();
    const name = option === 'labelNameBytesMax' ? 'n'.repeat(value) : 'n';
    const labels: Record<string, string> = { __name__: 'm', [name]: 'v' };
    if (option === 'labelValueBytesMax') labels['n'] = 'v'.repeat(value);
    const moreLabels = option === 'labelsPerSeriesMax' ? value - 2 : 0;
    for (let more = 0; more < moreLabels; more++) labels[`l${more}`] = 'v';
    appender.append(Labels.fromObject(labels), NOW_MS, 1);
    const tooMuch = { ...labels, [option === 'labelNameBytesMax' ? `${name}n` : 'x']: `${labels['n']}v` };
    expect(() => appender.append(Labels.fromObject(tooMuch), NOW_MS, 1)).toThrow(
      expect.objectContaining({ context: { option, limit: value, value: value + 1 } }),
    );
  });

  it.each([
    { labelNameBytesMax: 513 },
    { labelValueBytesMax: 65_536 },
    { samplesPerSecondMax: -1 },
    { headBytesMax: Number.NaN },
  ])('is not opened with limits that cannot work: %o', async (limits) => {
    await expect(openHere(limits)).rejects.toMatchObject({ code: 'ERR_LIMIT_INVALID', kind: 'bad-data' });
  });

  it.each(['log', 'blocks'])('says with a code that its folder "%s" cannot be used', async (name) => {
    const tsdb = await openHere();
    await write(tsdb, [[up('a'), NOW_MS, 0]]);
    await tsdb.flush();
    await tsdb.close();
    await rm(join(directory, name), { recursive: true, force: true });
    await writeFile(join(directory, name), '');
    await expect(openHere()).rejects.toMatchObject({ name: 'PromontoryError', kind: 'unavailable' });
    await expect(verifyTsdb({ directory })).rejects.toMatchObject({ code: 'ERR_STORE_READ' });
  });

  it('does not answer questions that make no sense', async () => {
    const tsdb = await openHere();
    await write(tsdb, [[up('a'), NOW_MS, 0]]);
    for (const countMax of [Number.NaN, -1, 0.5])
      expect(() => tsdb.series({ ...EVER, matcherSets: [], countMax })).toThrow('countMax');
    expect(() => tsdb.select({ ...EVER, matchers: [], hints: { seriesMax: -1 } })).toThrow('seriesMax');
    const set = tsdb.select({ ...EVER, matchers: [] });
    for (const index of [-1, 0.5, 1, Number.NaN])
      expect(() => set.read(index, new SampleColumns())).toThrow('the index is one of the series');
    set.close();
  });

  it('says so when open sets hold the memory that a flush needs', async () => {
    const tsdb = await openHere();
    await write(tsdb, [[up('a'), NOW_MS, 0]]);
    const set = tsdb.select({ ...EVER, matchers: [] });
    const flushes = (async () => {
      for (let round = 1; round < 5; round++) {
        await write(tsdb, [[up('a'), NOW_MS + round, round]]);
        await tsdb.flush();
      }
    })();
    await expect(flushes).rejects.toMatchObject({ code: 'ERR_HEAD_FULL', kind: 'overload' });
    set.close();
    await tsdb.flush();
    expect(readAll(tsdb)['up{instance="a"}']?.length).toBeGreaterThan(2);
  });

  it('takes back the memory of open sets that are too old, without another read', async () => {
    const tsdb = await openHere({ retentionMs: 1e9 });
    await write(tsdb, [[up('a'), NOW_MS, 0]]);
    const set = tsdb.select({ ...EVER, matchers: [] });
    for (let round = 1; round < 6; round++) {
      if (round === 2) clock.advance(10 * 60_000 + 1);
      await write(tsdb, [[up('a'), NOW_MS + round, round]]);
      await tsdb.flush();
    }
    expect(() => set.read(0, new SampleColumns())).toThrow(
      expect.objectContaining({ code: 'ERR_READ_EXPIRED', kind: 'timeout' }),
    );
    set.close();
    expect(readAll(tsdb)['up{instance="a"}']).toHaveLength(6);
  });

  it('takes nothing more after an error in the middle of a batch, and opens again', async () => {
    await (await openHere()).close();
    let fails = false;
    const failing = {
      monotonicMs: () => 0,
      nowMs: () => {
        if (fails) throw new Error('no time');
        return NOW_MS;
      },
    };
    const tsdb = await openTsdb({
      directory,
      clock: failing,
      limits: { headBytesMax: 1 << 26, seriesMax: 1 << 20 },
    });
    await write(tsdb, [[up('a'), NOW_MS - 2000, 1]]);
    fails = true;
    await expect(write(tsdb, [[up('a'), NOW_MS - 1000, 2]])).rejects.toThrow('no time');
    fails = false;
    await expect(write(tsdb, [[up('a'), NOW_MS - 1000, 2]])).rejects.toMatchObject({
      code: 'ERR_STORE_FAILED',
    });
    await tsdb.close();
    const reopened = await openHere();
    expect((await write(reopened, [[up('a'), NOW_MS - 1000, 2]])).samplesWritten).toBe(1);
    expect(readAll(reopened)['up{instance="a"}']).toHaveLength(2);
  });

  it('is held by one opener at a time', async () => {
    await openHere();
    await expect(openHere()).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' });
  });
});
