import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprintKey } from './index/fingerprint-index.ts';
import { sealUnderKey } from './store/checksum.ts';
import type { LmdbTable } from './store/lmdb-environment.ts';
import { RegistryHarness, seriesLabels } from './series-registry-test-harness.ts';
import type { SeriesLimits } from './series-registry.ts';

const KEY_START = Buffer.alloc(0);
const KEY_END = Buffer.alloc(8, 0xff);

let directory = '';
let harness: RegistryHarness;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-'));
});

afterEach(async () => {
  await harness.close();
  await rm(directory, { recursive: true });
});

function open(limits: Partial<SeriesLimits> = {}): RegistryHarness {
  harness = new RegistryHarness(directory, limits);
  return harness;
}

function registerAll(count: number): void {
  for (let series = 0; series < count; series++)
    expect(harness.register(seriesLabels(series))).toBe(series + 1);
}

function refsOf(...matchers: Matcher[]): number[] {
  return harness.read((reader) => [...reader.select(matchers)]);
}

/** Changes each record of a table, or those that the filter accepts. */
function change(
  table: LmdbTable,
  edit: (value: Buffer, key: Buffer) => void,
  isWanted: (key: Buffer) => boolean = () => true,
): number {
  const entries = Array.from(table.range(KEY_START, KEY_END)).filter(({ key }) => isWanted(key));
  harness.store.environment.writeDurably(() => {
    for (const { key, value } of entries) {
      edit(value, key);
      table.put(key, value);
    }
  });
  return entries.length;
}

const flipLast = (value: Buffer): void => {
  value[value.length - 1]! ^= 1;
};
const kinds = (): string[] => [...new Set(harness.damages.map(({ what }) => what))];

describe('limits', () => {
  it('refuses the series above seriesMax, and takes it when another was dropped', () => {
    open({ seriesMax: 3 });
    registerAll(3);
    expect(harness.register(seriesLabels(3))).toBe(0);
    expect(harness.refusal(seriesLabels(3))).toEqual({
      code: 'ERR_SERIES_MAX',
      text: expect.stringContaining('the database has 3, its limit (seriesMax)') as string,
    });
    expect(harness.register(seriesLabels(2))).toBe(3);
    harness.commit(true);
    harness.registry.dropFromMemory(Int32Array.of(2));
    expect([...harness.registry.dropFromIndex(Int32Array.of(2))]).toEqual([2]);
    expect(harness.register(seriesLabels(3))).toBe(4);
  });

  it('refuses the ref that is above all refs', () => {
    open({ refEndMax: 3 });
    registerAll(2);
    expect(harness.register(seriesLabels(2))).toBe(0);
    expect(harness.refusal(seriesLabels(2)).code).toBe('ERR_SERIES_MAX');
  });

  it('counts the series of a metric exactly: waiting, indexed, dropped, after reopening', async () => {
    open({ seriesPerMetricMax: 3 });
    const metric = (name: string, index: number): Labels =>
      Labels.fromObject({ __name__: name, index: String(index) });
    for (const [index, expected] of [1, 2, 3, 0].entries())
      expect(harness.register(metric('a', index))).toBe(expected);
    expect(harness.refusal(metric('a', 3))).toEqual({
      code: 'ERR_SERIES_PER_METRIC_MAX',
      text: expect.stringContaining('metric "a" has 3 series, its limit (seriesPerMetricMax)') as string,
    });
    expect(harness.register(metric('b', 0))).toBe(4);
    harness.commit(false);
    await harness.reopen();
    expect(harness.register(metric('a', 3))).toBe(0);
    harness.commit(true);
    expect(harness.register(metric('a', 3))).toBe(0);
    await harness.reopen();
    expect(harness.register(metric('a', 3))).toBe(0);
    expect([...harness.registry.dropFromIndex(Int32Array.of(1))]).toEqual([1]);
    expect(harness.register(metric('a', 3))).toBe(5);
    expect(harness.register(metric('a', 4))).toBe(0);
  });
});

describe('dropping from the index', () => {
  it('waits for users of lookups that began before the last drop from memory', () => {
    open();
    registerAll(3);
    harness.commit(true);
    const { registry } = harness;
    const slot = registry.epochs.tryClaim();
    registry.epochs.enter(slot);
    registry.dropFromMemory(Int32Array.of(1, 2));
    expect([...registry.dropFromIndex(Int32Array.of(1))]).toEqual([]);
    registry.epochs.enter(slot);
    expect([...registry.dropFromIndex(Int32Array.of(1))]).toEqual([1]);
    registry.epochs.leave(slot);
    expect([...registry.dropFromIndex(Int32Array.of(1, 2))]).toEqual([2]);
  });

  it('leaves series that are in use, or wait', () => {
    open();
    registerAll(2);
    harness.commit(true);
    expect(harness.register(seriesLabels(2))).toBe(3);
    harness.commit(false);
    harness.registry.dropFromMemory(Int32Array.of(1, 2, 3));
    expect(harness.register(seriesLabels(0))).toBe(1);
    expect([...harness.registry.dropFromIndex(Int32Array.of(1, 2, 3))]).toEqual([2]);
    expect(refsOf()).toEqual([1, 3]);
  });

  it('leaves nothing behind of series that are all gone', () => {
    open({ unwrittenFingerprintsMax: 100 });
    registerAll(300);
    harness.commit(true);
    const refs = Int32Array.from({ length: 300 }, (_unused, index) => index + 1);
    harness.registry.dropFromMemory(refs);
    expect(harness.registry.dropFromIndex(refs)).toHaveLength(300);
    const { series, postings, fingerprints, waiting } = harness.store;
    for (const table of [series, postings, fingerprints, waiting])
      expect(Array.from(table.keys(KEY_START, KEY_END))).toEqual([]);
  });

  it('joins small runs of a pair', () => {
    open();
    for (let series = 0; series < 40; series++) {
      harness.register(Labels.fromObject({ __name__: 'm', index: String(series) }));
      harness.commit(true);
    }
    harness.registry.dropFromMemory(Int32Array.of(2));
    harness.registry.dropFromIndex(Int32Array.of(2));
    const runs = Array.from(harness.store.postings.keys(Buffer.from('__name__'), Buffer.from('__name_`')));
    expect(runs).toHaveLength(2);
    expect(refsOf(new Matcher('=', '__name__', 'm'))).toHaveLength(39);
  });
});

it('puts everything again after a commit that failed', () => {
  open({ unwrittenFingerprintsMax: 10 });
  registerAll(20);
  for (const indexesWaiting of [false, true, true]) {
    const fail = (): void => {
      harness.registry.put(indexesWaiting);
      throw new Error('disk full');
    };
    expect(() => harness.store.environment.writeDurably(fail)).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_WRITE' }) as Error,
    );
    expect(refsOf()).toEqual([]);
    expect(harness.registry.hasUnrecorded).toBe(true);
  }
  expect(harness.register(seriesLabels(20))).toBe(21);
  harness.commit(true);
  harness.registry.dropFromMemory(Int32Array.of(4));
  expect(harness.register(seriesLabels(3))).toBe(4);
  expect(refsOf()).toHaveLength(21);
});

describe('damage', () => {
  const everything = [new Matcher('=', 'zone', 'z1')];
  const expected = Array.from({ length: 300 }, (_unused, index) => index + 1).filter(
    (ref) => (ref - 1) % 6 === 1,
  );

  it('in postings: matchers look at the labels instead', () => {
    open();
    registerAll(300);
    harness.commit(true);
    expect(change(harness.store.postings, flipLast)).toBeGreaterThan(300);
    for (const matcher of [
      new Matcher('=', 'zone', 'z1'),
      new Matcher('=~', 'zone', 'z1|none'),
      new Matcher('=~', 'zone', 'z1.*'),
      new Matcher('!~', 'zone', '|[^1]+'),
      new Matcher('!~', 'zone', 'z[^1]|none'),
    ])
      expect(refsOf(matcher)).toEqual(expected);
    expect(refsOf(new Matcher('!=', 'zone', 'z1'))).toHaveLength(250);
    expect(harness.read((reader) => [...reader.labelValues('zone')].map(({ value }) => value))).toEqual([
      'z0',
      'z1',
      'z2',
      'z3',
      'z4',
      'z5',
    ]);
    expect(kinds()).toEqual(['postings run']);
  });

  it('in a series page: its series are left out', () => {
    open();
    registerAll(300);
    harness.commit(true);
    change(harness.store.series, flipLast, (key) => key.readUInt32BE(0) === 1);
    expect(refsOf(...everything)).toEqual(expected.filter((ref) => ref < 128 || ref >= 256));
    expect(refsOf()).toHaveLength(300 - 128);
    expect(harness.read((reader) => reader.labels(130))).toBe(null);
    expect(kinds()).toEqual(['series page']);
  });

  it('in a series page: its series get new refs when they are sent again', async () => {
    open({ unwrittenFingerprintsMax: 100 });
    registerAll(300);
    harness.commit(true);
    change(harness.store.series, flipLast, (key) => key.readUInt32BE(0) === 1);
    await harness.reopen();
    expect([126, 127, 254, 255].map((series) => harness.register(seriesLabels(series)))).toEqual([
      127, 301, 302, 256,
    ]);
    harness.commit(true);
    expect(refsOf(new Matcher('=', 'path', '/p127'))).toEqual([301]);
  });

  it('in a fingerprint: the series keeps its ref', () => {
    open({ unwrittenFingerprintsMax: 100 });
    registerAll(300);
    harness.commit(true);
    harness.registry.dropFromMemory(Int32Array.of(1, 7, 98));
    const key = fingerprintKey(...harness.lanes(seriesLabels(6)));
    expect(change(harness.store.fingerprints, flipLast, (other) => other.equals(key))).toBe(1);
    for (const series of [0, 6, 97]) expect(harness.register(seriesLabels(series))).toBe(series + 1);
    expect(kinds()).toEqual(['fingerprint record']);
  });

  it('in a waiting batch: its series are left out, the others stay', async () => {
    open();
    for (let series = 0; series < 30; series++) {
      harness.register(seriesLabels(series));
      if (series % 10 === 9) harness.commit(false);
    }
    change(harness.store.waiting, flipLast, (key) => key.readUInt32BE(0) === 11);
    await harness.reopen();
    const left = [...Array(10).keys(), ...Array.from(Array(10).keys(), (index) => index + 20)].map(
      (series) => series + 1,
    );
    expect(refsOf()).toEqual(left);
    expect(harness.register(seriesLabels(12))).toBe(31);
    expect(harness.register(seriesLabels(25))).toBe(26);
    harness.commit(true);
    expect(refsOf()).toEqual([...left, 31]);
    expect(kinds()).toEqual(['waiting batch']);
  });

  it.each(['postings', 'series', 'fingerprints', 'waiting'] as const)(
    'is any flipped byte in %s; another version is not damage',
    (name) => {
      open({ unwrittenFingerprintsMax: 10 });
      registerAll(20);
      harness.commit(name !== 'waiting');
      const [entry] = Array.from(harness.store[name].range(KEY_START, KEY_END, undefined, 1));
      const { key, value } = entry ?? { key: KEY_START, value: KEY_START };
      const readAll = (): void => {
        harness.registry.dropFromMemory(Int32Array.from({ length: 20 }, (_unused, index) => index + 1));
        if (name === 'fingerprints')
          for (let series = 0; series < 20; series++) harness.register(seriesLabels(series));
        harness.read((reader) => {
          for (const { runs } of reader.labelValues('__name__')) for (const run of runs) run.refs();
          reader.select([]);
        });
      };
      const random = new SeededRandom(7);
      for (let round = 0; round < Math.min(20, value.length); round++) {
        const broken = Buffer.from(value);
        broken[random.nextInt(value.length)]! ^= 1 << random.nextInt(8);
        harness.store.environment.writeDurably(() => harness.store[name].put(key, broken));
        harness.damages.length = 0;
        harness.freshReaders();
        readAll();
        expect(harness.damages.map(({ where }) => where)).toContain(key.toString('hex'));
      }
      const other = Buffer.from(value);
      other[4] = 99;
      harness.store.environment.writeDurably(() => harness.store[name].put(key, sealUnderKey(key, other)));
      harness.freshReaders();
      expect(readAll).toThrow(expect.objectContaining({ code: 'ERR_STORE_FORMAT_VERSION' }) as Error);
    },
  );
});

describe('matchers over many series', () => {
  const COUNT = 7500;
  /** More than fit into one run. */
  const INDEXED_AT_ONCE = 6000;
  const MATCHERS = [
    ...['z1', 'z5', 'none', ''].flatMap((value) => [
      new Matcher('=', 'zone', value),
      new Matcher('!=', 'zone', value),
    ]),
    ...['z1|z2', 'z.+', '.*', '', 'z[12]', '.+1', '|z3'].flatMap((value) => [
      new Matcher('=~', 'zone', value),
      new Matcher('!~', 'zone', value),
    ]),
    ...['', '200', '20[13]', '200|203|'].flatMap((value) => [
      new Matcher('=~', 'code', value),
      new Matcher('!~', 'code', value),
    ]),
    new Matcher('=', 'all', 'yes'),
    new Matcher('!=', 'all', 'yes'),
    new Matcher('=~', 'all', 'y.*'),
    new Matcher('=~', 'path', '/p1.*'),
    new Matcher('!~', 'path', '.*7'),
    new Matcher('=', 'path', '/p77'),
    new Matcher('=~', 'extra', 'x+97'),
    new Matcher('=~', 'extra', 'x{899}x.*'),
    new Matcher('!=', 'extra', 'x'.repeat(900) + '97'),
    new Matcher('=', 'extra', 'x'.repeat(900) + '97'),
    new Matcher('=', 'extra', 'x'.repeat(900) + '98'),
  ];

  it('find what brute force finds, in the index and waiting', () => {
    open();
    registerAll(INDEXED_AT_ONCE);
    harness.commit(true);
    for (let series = INDEXED_AT_ONCE; series < COUNT; series++) {
      harness.register(seriesLabels(series));
      if (series === 7000) harness.commit(true);
    }
    harness.commit(false);
    const all = Array.from({ length: COUNT }, (_unused, series) => seriesLabels(series));
    const random = new SeededRandom(5);
    for (let round = 0; round < 150; round++) {
      const matchers = Array.from(
        { length: 1 + random.nextInt(3) },
        () => MATCHERS[random.nextInt(MATCHERS.length)]!,
      );
      const wanted = all.flatMap((labels, series) =>
        matchers.every((matcher) => matcher.matches(labels)) ? [series + 1] : [],
      );
      expect([matchers.join(' '), refsOf(...matchers)]).toEqual([matchers.join(' '), wanted]);
    }
    expect(harness.damages).toEqual([]);
  });
});

it('counts where series come from, waiting and dropped ones right', () => {
  open();
  registerAll(500);
  harness.commit(true);
  harness.registry.dropFromMemory(Int32Array.of(1, 2, 3));
  harness.registry.dropFromIndex(Int32Array.of(1, 2, 3));
  for (let series = 500; series < 620; series++) harness.register(seriesLabels(series));
  harness.commit(false);
  const series = Array.from({ length: 617 }, (_unused, index) => seriesLabels(index + 3));
  const pairs = new Map<string, number>();
  for (const labels of series)
    for (const [name, value] of labels.entries())
      pairs.set(`${name}=${value}`, (pairs.get(`${name}=${value}`) ?? 0) + 1);
  const top = (prefix: string): { name: string; count: number }[] =>
    [...pairs]
      .filter(([pair]) => pair.startsWith(prefix))
      .map(([pair, count]) => ({ name: pair.slice(prefix.length), count }))
      .sort((left, right) => right.count - left.count || (left.name < right.name ? -1 : 1))
      .slice(0, 4);
  const found = harness.read((reader) => reader.cardinality({ topMax: 4 }));
  expect(found).toMatchObject({
    seriesCount: 617,
    createdSeriesCount: 620,
    droppedSeriesCount: 3,
    labelNameCount: 6,
    labelPairCount: pairs.size,
    seriesByMetric: top('__name__='),
    seriesByLabelPair: top(''),
    isComplete: true,
  });
  expect(found.valuesByLabelName[0]).toEqual({ name: 'path', count: 617 });
  expect(found.valueBytesByLabelName[0]).toEqual({ name: 'extra', count: 6 * 900 + 2 + 5 * 3 });
  expect(harness.read((reader) => reader.cardinality({ topMax: 4, runsVisitedMax: 9 })).isComplete).toBe(
    false,
  );
});
