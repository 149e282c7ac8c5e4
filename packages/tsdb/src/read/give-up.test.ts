/** Calls that look at many series, and end when their checkpoint throws. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GenerationsReader } from '../head/generations.ts';
import { openTsdb, type Tsdb, type WorkOptions } from '../index.ts';
import { LmdbEnvironment, LmdbTable } from '../store/lmdb-environment.ts';

const NOW_MS = 1_763_700_000_000;
const EVER = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 * NOW_MS };
/** Where no series has a sample, all are looked at. */
const BEFORE = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 1 };
const SERIES = 4000;
const MATCHER_SETS: readonly (readonly [string, readonly Matcher[]])[] = [
  ['nothing', []],
  ['a pair', [new Matcher('=', 'zone', 'here')]],
  ['a regex of values', [new Matcher('=~', 'value', 'v.*')]],
  ['a label that is missing', [new Matcher('!~', 'value', 'v1.*'), new Matcher('=', 'none', '')]],
];

type Call = (tsdb: Tsdb, work: WorkOptions, matchers: readonly Matcher[]) => unknown;
const browse = (
  matchers: readonly Matcher[],
): typeof EVER & { matcherSets: Matcher[][]; countMax: number } => ({
  ...EVER,
  matcherSets: matchers.length === 0 ? [] : [[...matchers]],
  countMax: 0,
});
const CALLS: readonly (readonly [string, Call])[] = [
  ['series', (tsdb, work, matchers) => tsdb.series({ ...browse(matchers), ...work })],
  ['labelNames', (tsdb, work, matchers) => tsdb.labelNames({ ...browse(matchers), ...BEFORE, ...work })],
  ['labelValues', (tsdb, work, matchers) => tsdb.labelValues('value', { ...browse(matchers), ...work })],
  ['exemplars', (tsdb, work, matchers) => tsdb.exemplars({ ...browse(matchers), ...work })],
  ['estimate', (tsdb, work, matchers) => tsdb.estimate({ ...browse(matchers), ...work })],
  // What was selected before is remembered: a matcher that accepts all makes it another selection.
  [
    'select',
    (tsdb, work, matchers) => {
      const every = new Matcher('!=', 'value', `x${selections++}`);
      tsdb.select({ ...EVER, matchers: [...matchers, every], ...work }).close();
    },
  ],
];
const CALLS_OF_ALL: readonly (readonly [string, Call])[] = [
  ['metadata', (tsdb, work) => tsdb.metadata({ metricsMax: 0, sayingsPerMetricMax: 0, ...work })],
  ['cardinality', (tsdb, work) => tsdb.cardinality({ topMax: 10, ...work })],
  ['timeExtent', (tsdb, work) => tsdb.timeExtent(work)],
];
let selections = 0;

let directory = '';
let tsdb: Tsdb;

/** Indexed series, and as many that wait for the index. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-give-up-'));
  const limits = { headBytesMax: 1 << 26 };
  tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS), limits });
  await append(0, SERIES / 2);
  await tsdb.flush();
  await append(SERIES / 2, SERIES);
});

afterAll(async () => {
  await tsdb.close();
  rmSync(directory, { recursive: true, force: true });
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function append(start: number, end: number): Promise<void> {
  const appender = tsdb.appender();
  for (let series = start; series < end; series++) {
    const labels = Labels.fromObject({
      __name__: `m${series}`,
      value: `v${(series * 37) % SERIES}`,
      zone: 'here',
    });
    appender.append(labels, NOW_MS, series);
    appender.appendExemplar(labels, {
      labels: Labels.fromObject({ trace: 'x' }),
      value: 1,
      timestampMs: NOW_MS,
    });
    appender.appendMetadata(`m${series}`, { type: 'gauge', unit: '', help: '' });
  }
  await appender.commit();
}

/** @returns how many pins, snapshots and cursors are open beyond those of before */
function watchOpen(): () => number {
  let open = 0;
  // oxlint-disable-next-line typescript/unbound-method -- called with its object below
  const { pin } = GenerationsReader.prototype;
  vi.spyOn(GenerationsReader.prototype, 'pin').mockImplementation(function counted(this: GenerationsReader) {
    const pinned = pin.call(this);
    open++;
    return { heads: pinned.heads, unpin: () => (pinned.unpin(), open--) };
  });
  // oxlint-disable-next-line typescript/unbound-method -- as above
  const { openSnapshot } = LmdbEnvironment.prototype;
  vi.spyOn(LmdbEnvironment.prototype, 'openSnapshot').mockImplementation(function counted(
    this: LmdbEnvironment,
  ) {
    const snapshot = openSnapshot.call(this);
    const close = snapshot.close.bind(snapshot);
    open++;
    vi.spyOn(snapshot, 'close').mockImplementationOnce(() => (close(), open--));
    return snapshot;
  });
  // oxlint-disable-next-line typescript/unbound-method -- as above
  const { range } = LmdbTable.prototype;
  vi.spyOn(LmdbTable.prototype, 'range').mockImplementation(function* counted(this: LmdbTable, ...options) {
    open++;
    try {
      yield* range.apply(this, options);
    } finally {
      open--;
    }
  });
  return () => open;
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
    return null;
  } catch (error) {
    return error;
  }
}

/**
 * Lets it go on until the checkpoint is called for the nth time, for more and more n until the call comes to its end.
 *
 * @returns the last n at which it was ended
 */
function giveUpEverywhere(call: (work: WorkOptions) => unknown): number {
  const openCount = watchOpen();
  let reached = 0;
  for (let lookMax = 1; ; lookMax += Math.ceil(lookMax / 3)) {
    const givenUp = new Error(`given up at ${lookMax}`);
    let looks = 0;
    let openAtLook = 0;
    const checkpoint = (): void => {
      openAtLook = openCount();
      if (++looks >= lookMax) throw givenUp;
    };
    const error = errorOf(() => call({ checkpoint }));
    expect(openCount()).toBe(0);
    if (error === null) return reached;
    // A pin and a snapshot at the least.
    expect([error, looks, openAtLook >= 2]).toEqual([givenUp, lookMax, true]);
    reached = lookMax;
  }
}

describe('a call whose checkpoint throws', () => {
  it.each(
    CALLS.flatMap(([what, call]) =>
      MATCHER_SETS.map(([by, matchers]) => [what, by, call, matchers] as const),
    ),
  )('ends at once with nothing open: %s by %s', (_what, _by, call, matchers) => {
    const lookCount = giveUpEverywhere((work) => call(tsdb, work, matchers));
    expect(lookCount).toBeGreaterThanOrEqual(SERIES / 2000);
  });

  it.each(CALLS_OF_ALL)('ends at once with nothing open: %s', (_what, call) => {
    const lookCount = giveUpEverywhere((work) => call(tsdb, work, []));
    expect(lookCount).toBeGreaterThanOrEqual(SERIES / 2000);
  });

  it('ends in the middle of a regex', async () => {
    const appender = tsdb.appender();
    appender.append(Labels.fromObject({ __name__: 'long', path: 'a'.repeat(2000) }), NOW_MS, 1);
    await appender.commit();
    const heavy = new Matcher('=~', 'path', '(a?){1000}(a?){1000}(a?){1000}b?.*');
    const matchers = [new Matcher('=', '__name__', 'long'), heavy];
    const lookCount = giveUpEverywhere((work) => tsdb.series({ ...browse(matchers), ...work }));
    expect(lookCount).toBeGreaterThan(9);
  });

  it('answers as ever afterwards', () => {
    const checkpoint = (): void => {
      throw new Error('given up');
    };
    const ask = { ...EVER, matcherSets: [], countMax: 0 };
    expect(() => tsdb.series({ ...ask, checkpoint })).toThrow('given up');
    expect(tsdb.series(ask).values.length).toBeGreaterThanOrEqual(SERIES);
  });
});
