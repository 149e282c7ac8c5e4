/** Native histograms and start timestamps through the whole database, as far as its head. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import {
  bucketsOf,
  emptyBuckets,
  Labels,
  type NativeHistogram,
  SampleColumns,
  staleHistogram,
} from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Damage, openTsdb, type Tsdb, type TsdbLimits, type TsdbSeriesSet } from './index.ts';
import { sealRecord } from './store/checksum.ts';
import { LmdbEnvironment } from './store/lmdb-environment.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = {
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
};
const SERIES = Labels.fromObject({ __name__: 'requests', job: 'a' });

let directory = '';
let open: Tsdb[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-histograms-'));
});

afterEach(async () => {
  for (const tsdb of open) await tsdb.close();
  open = [];
  await rm(directory, { recursive: true });
});

async function openHere(
  limits: Partial<TsdbLimits> = {},
  onDamage?: (damage: Damage) => void,
): Promise<Tsdb> {
  const tsdb = await openTsdb({
    directory,
    clock: new ManualClock(NOW_MS),
    limits: { headBytesMax: 1 << 24, ...limits },
    ...(onDamage && { onDamage }),
  });
  open.push(tsdb);
  return tsdb;
}

function histogramOf(count: number, change: Partial<NativeHistogram> = {}): NativeHistogram {
  return {
    isInteger: true,
    counterResetHint: 'unknown',
    schema: 2,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count,
    sum: count * 1.5,
    isStale: false,
    positive: bucketsOf([3], [count]),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
    ...change,
  };
}

type Value = number | NativeHistogram;
type Write = readonly [timeMs: number, value: Value, startMs?: number];

/** @returns samples written and the codes of what was refused */
async function write(tsdb: Tsdb, writes: readonly Write[]): Promise<[number, string[]]> {
  const appender = tsdb.appender();
  for (const [timeMs, value, startMs = 0] of writes) {
    if (typeof value === 'number') appender.append(SERIES, NOW_MS + timeMs, value, startMs);
    else appender.appendHistogram(SERIES, NOW_MS + timeMs, value, startMs);
  }
  const { samplesWritten, rejections } = await appender.commit();
  return [samplesWritten, rejections.flatMap(({ code, count }) => Array<string>(count).fill(code))];
}

function reading<T>(tsdb: Tsdb, read: (set: TsdbSeriesSet) => T): T {
  const set = tsdb.select({ ...EVER, matchers: [] });
  try {
    return read(set);
  } finally {
    set.close();
  }
}

function readFloats(tsdb: Tsdb): [number, number][] {
  const columns = new SampleColumns();
  reading(tsdb, (set) => set.read(0, columns));
  return pairs(columns);
}

function readStarts(tsdb: Tsdb): [number, number][] {
  const columns = new SampleColumns();
  reading(tsdb, (set) => set.readStartTimestamps(0, columns));
  return pairs(columns);
}

function readHistograms(tsdb: Tsdb): [number, NativeHistogram][] {
  const samples = reading(tsdb, (set) => set.readHistograms(0));
  return samples.map(({ timestampMs, histogram }) => [timestampMs - NOW_MS, histogram]);
}

function pairs(columns: SampleColumns): [number, number][] {
  return Array.from({ length: columns.count }, (_, index) => [
    columns.timestampMs[index]! - NOW_MS,
    columns.value[index]!,
  ]);
}

const DUPLICATE = 'ERR_SAMPLE_DUPLICATE';

/** What a series has, what comes then, and how many of that count as written. */
const DUPLICATES: readonly [
  what: string,
  first: Write[],
  second: Write[],
  written: number,
  codes: string[],
][] = [
  ['the same float', [[0, 1]], [[0, 1]], 1, []],
  ['another float', [[0, 1]], [[0, 2]], 0, [DUPLICATE]],
  ['the same histogram', [[0, histogramOf(4)]], [[0, histogramOf(4)]], 1, []],
  ['another histogram', [[0, histogramOf(4)]], [[0, histogramOf(5)]], 0, [DUPLICATE]],
  [
    'a histogram with another hint',
    [[0, histogramOf(4)]],
    [[0, histogramOf(4, { counterResetHint: 'gauge' })]],
    0,
    [DUPLICATE],
  ],
  ['a float where a histogram is', [[0, histogramOf(4)]], [[0, 4]], 0, [DUPLICATE]],
  ['a histogram where a float is', [[0, 4]], [[0, histogramOf(4)]], 0, [DUPLICATE]],
  ['a staleness marker again', [[0, staleHistogram(true)]], [[0, staleHistogram(true)]], 1, []],
  [
    'a staleness marker where a histogram is',
    [[0, histogramOf(1)]],
    [[0, staleHistogram(true)]],
    0,
    [DUPLICATE],
  ],
  [
    'late, the same histogram',
    [
      [-9, histogramOf(1)],
      [0, 1],
    ],
    [[-9, histogramOf(1)]],
    1,
    [],
  ],
  [
    'late, a float where a histogram is',
    [
      [-9, histogramOf(1)],
      [0, 1],
    ],
    [[-9, 1]],
    0,
    [DUPLICATE],
  ],
  [
    'late, a histogram where a float is',
    [
      [-9, 1],
      [0, histogramOf(1)],
    ],
    [[-9, histogramOf(1)]],
    0,
    [DUPLICATE],
  ],
  [
    'late, at a time without a sample',
    [[0, histogramOf(1)]],
    [
      [-5, 1],
      [-6, histogramOf(2)],
    ],
    2,
    [],
  ],
  [
    'twice in one batch',
    [],
    [
      [0, histogramOf(1)],
      [0, histogramOf(1)],
    ],
    2,
    [],
  ],
  [
    'two kinds in one batch',
    [],
    [
      [0, histogramOf(1)],
      [0, 1],
    ],
    1,
    [DUPLICATE],
  ],
  [
    'two kinds, late, in one batch',
    [[5, 1]],
    [
      [0, histogramOf(1)],
      [0, 1],
    ],
    1,
    [DUPLICATE],
  ],
  [
    'twice, late, and another, in one batch',
    [[5, 1]],
    [
      [0, histogramOf(1)],
      [0, histogramOf(1)],
      [0, histogramOf(2)],
    ],
    2,
    [DUPLICATE],
  ],
  ['too late', [[0, 1]], [[-60_001, histogramOf(1)]], 0, ['ERR_SAMPLE_OUT_OF_ORDER']],
  ['too late behind a histogram', [[0, histogramOf(1)]], [[-60_001, 1]], 0, ['ERR_SAMPLE_OUT_OF_ORDER']],
  ['too old', [], [[-3_600_001, histogramOf(1)]], 0, ['ERR_SAMPLE_TOO_OLD']],
  ['too far in the future', [], [[600_001, histogramOf(1)]], 0, ['ERR_SAMPLE_TOO_FAR_IN_FUTURE']],
  [
    'started after its time',
    [],
    [
      [0, 1, NOW_MS + 1],
      [1, histogramOf(1), NOW_MS + 2],
    ],
    0,
    Array<string>(2).fill('ERR_SAMPLE_START_AFTER_TIME'),
  ],
  [
    'started at its time',
    [],
    [
      [0, 1, NOW_MS],
      [1, histogramOf(1), NOW_MS + 1],
    ],
    2,
    [],
  ],
];

describe('one sample a timestamp, float or histogram', () => {
  const limits = { outOfOrderWindowMs: 60_000, retentionMs: 3_600_000 };

  it.each(DUPLICATES)('%s', async (_what, first, second, written, codes) => {
    const tsdb = await openHere(limits);
    expect(await write(tsdb, first)).toEqual([first.length, []]);
    expect(await write(tsdb, second)).toEqual([written, codes]);
  });

  it.each(DUPLICATES)('%s, after a restart', async (_what, first, second, written, codes) => {
    const tsdb = await openHere(limits);
    await write(tsdb, first);
    await tsdb.close();
    expect(await write(await openHere(limits), second)).toEqual([written, codes]);
  });

  it.each([
    ['the same float', [0, 4], 1, []],
    ['another float', [0, 5], 0, [DUPLICATE]],
    ['a histogram', [0, histogramOf(4)], 0, [DUPLICATE]],
    ['a late histogram at a free time', [-1, histogramOf(4)], 1, []],
  ] as const)('%s where a block has a float', async (_what, sample, written, codes) => {
    const tsdb = await openHere(limits);
    await write(tsdb, [[0, 4]]);
    await tsdb.flush();
    expect(await write(tsdb, [sample])).toEqual([written, codes]);
  });
});

describe('histograms and start timestamps', () => {
  const samples: Write[] = [
    [0, 1, 500],
    [10, histogramOf(3), 500],
    [20, histogramOf(5, { isInteger: false, count: 5.5 })],
    [30, 2],
    [40, staleHistogram(false)],
    [5, 7, 400],
    [15, histogramOf(9), 600],
  ];

  function check(tsdb: Tsdb): void {
    expect(readFloats(tsdb)).toEqual([
      [0, 1],
      [5, 7],
      [30, 2],
    ]);
    expect(readHistograms(tsdb)).toEqual([
      [10, histogramOf(3)],
      [15, histogramOf(9)],
      [20, histogramOf(5, { isInteger: false, count: 5.5 })],
      [40, staleHistogram(false)],
    ]);
    expect(readStarts(tsdb)).toEqual([
      [0, 500],
      [5, 400],
      [10, 500],
      [15, 600],
    ]);
  }

  it('are there after the commit and after a restart', async () => {
    const tsdb = await openHere();
    expect(await write(tsdb, samples)).toEqual([7, []]);
    expect(tsdb.statistics).toMatchObject({ samplesAppended: 7, histogramsAppended: 4 });
    check(tsdb);
    await tsdb.close();
    check(await openHere());
  });

  it('make their series one with samples in the range', async () => {
    const tsdb = await openHere();
    await write(tsdb, [[0, histogramOf(1)]]);
    const browse = (start: number, end: number): unknown =>
      tsdb.series({
        matcherSets: [],
        rangeStartMsInclusive: NOW_MS + start,
        rangeEndMsInclusive: NOW_MS + end,
        countMax: 0,
      }).values;
    expect(browse(0, 0)).toEqual([SERIES]);
    expect(browse(1, 9)).toEqual([]);
  });

  it('are stored at the finest stored schema', async () => {
    const tsdb = await openHere();
    await write(tsdb, [[0, histogramOf(2, { schema: 10, positive: bucketsOf([5, 6], [1, 1]) })]]);
    expect(readHistograms(tsdb)).toEqual([[0, histogramOf(2, { schema: 8, positive: bucketsOf([2], [2]) })]]);
  });

  it('are refused by the appender when they break a rule', async () => {
    const appender = (await openHere()).appender();
    expect(() => appender.appendHistogram(SERIES, NOW_MS, histogramOf(2, { count: 3 }))).toThrow(
      expect.objectContaining({ code: 'ERR_HISTOGRAM_INVALID', context: { reason: 'count-mismatch' } }),
    );
    expect(() => appender.appendHistogram(SERIES, NOW_MS, histogramOf(2), 0.5)).toThrow(
      expect.objectContaining({ code: 'ERR_TIMESTAMP_INVALID' }),
    );
    expect(await appender.commit()).toEqual({ samplesWritten: 0, rejections: [] });
  });

  it('are refused above the limit on series with a code of its own', async () => {
    const tsdb = await openHere({ seriesMax: 1 });
    const appender = tsdb.appender();
    appender.appendHistogram(SERIES, NOW_MS, histogramOf(1));
    appender.appendHistogram(Labels.fromObject({ __name__: 'other' }), NOW_MS, histogramOf(1));
    const { samplesWritten, rejections } = await appender.commit();
    expect([samplesWritten, rejections.map(({ code }) => code)]).toEqual([1, ['ERR_SERIES_MAX']]);
  });
});

describe('the rate of samples', () => {
  it('refuses whole batches above it', async () => {
    const tsdb = await openHere({ samplesPerSecondMax: 2 });
    expect(
      await write(tsdb, [
        [0, 1],
        [1, histogramOf(1)],
      ]),
    ).toEqual([2, []]);
    await expect(write(tsdb, [[2, 1]])).rejects.toMatchObject({ code: 'ERR_SAMPLE_RATE', kind: 'overload' });
    expect(readFloats(tsdb)).toEqual([[0, 1]]);
  });
});

describe('a damaged log record', () => {
  async function changeRecord(sequence: number, change: (record: Buffer) => Buffer): Promise<void> {
    const environment = new LmdbEnvironment(join(directory, 'log', '0000000001'));
    const records = environment.table('records');
    const found = [...records.range(Buffer.alloc(0), Buffer.alloc(8, 0xff))][sequence];
    expect(found).toBeDefined();
    if (found !== undefined) {
      const { key, value } = found;
      const record = change(Buffer.from(value));
      environment.writeDurably(() => records.put(Buffer.from(key), record));
    }
    await environment.close();
  }

  async function writeThree(): Promise<void> {
    const tsdb = await openHere();
    for (const time of [0, 1, 2]) await write(tsdb, [[time, time]]);
    await tsdb.close();
  }

  it('is left out and reported, and all others are there', async () => {
    await writeThree();
    await changeRecord(1, (record) => {
      record[30] = record[30]! ^ 1;
      return record;
    });
    const damages: Damage[] = [];
    const tsdb = await openHere({}, (damage) => damages.push(damage));
    expect(readFloats(tsdb)).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect(damages).toEqual([
      {
        what: 'log record',
        where: 'log 1 record 1',
        reason: expect.stringContaining('log 1 record 1: its 36 bytes are damaged') as string,
      },
    ]);
    expect(tsdb.damages).toEqual(damages);
    expect(await write(tsdb, [[1, 1]])).toEqual([1, []]);
    expect(readFloats(tsdb)).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('of an unknown version stops the open by code', async () => {
    await writeThree();
    await changeRecord(2, (record) => {
      record.writeUInt8(9, 4);
      return sealRecord(record);
    });
    await expect(openHere()).rejects.toMatchObject({ code: 'ERR_STORE_FORMAT_VERSION' });
  });

  it('that names a series nobody registered is left out and reported', async () => {
    await writeThree();
    await changeRecord(0, (record) => {
      record.writeInt32LE(2 ** 31 - 1, 24);
      return sealRecord(record);
    });
    const damages: Damage[] = [];
    const tsdb = await openHere({}, (damage) => damages.push(damage));
    expect(readFloats(tsdb)).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(damages).toMatchObject([
      { where: 'log 1 record 0', reason: expect.stringContaining('names series 2147483647') as string },
    ]);
  });
});
