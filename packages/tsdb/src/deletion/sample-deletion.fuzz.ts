/**
 * A database against a plain model under writes, deletions, the same samples again, flushes, maintenance, reopening
 * and crashes (the files as they are between two calls) in any order.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, SeededRandom } from '@promontory/base';
import { Labels, Matcher, SampleColumns } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTsdb, type Tsdb, verifyTsdb } from '../index.ts';

const SEEDS = [1, 2, 3];
const STEPS = 90;
const SERIES = 12;
const TIMES = 200;
const STEP_MS = 1000;
const NOW_MS = 1_763_700_000_000;
const START_MS = NOW_MS - TIMES * STEP_MS;

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'deletion-fuzz-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const labelsOf = (series: number): Labels =>
  Labels.fromObject({ __name__: 'm', series: `${series}`, group: `g${series % 3}` });

/** Series → time → value. */
type Contents = Map<number, Map<number, number>>;

class Run {
  readonly random: SeededRandom;
  readonly #clock = new ManualClock(NOW_MS);
  readonly contents: Contents = new Map();
  #tsdb: Tsdb | null = null;
  #folder = 0;
  deleted = 0;
  refused = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  get tsdb(): Tsdb {
    if (this.#tsdb === null) throw new Error('the database is closed');
    return this.#tsdb;
  }

  async open(): Promise<void> {
    this.#tsdb = await openTsdb({
      directory: join(directory, `${this.#folder}`),
      clock: this.#clock,
      limits: { headBytesMax: 1 << 24, outOfOrderWindowMs: 1e9, seriesIdleMs: 0, waitingSeriesMax: 4 },
    });
  }

  async maintain(): Promise<void> {
    this.#clock.advance(61_000);
    for (let step = this.random.nextInt(8); step >= 0; step--) await this.tsdb.maintain();
  }

  async reopen(): Promise<void> {
    await this.tsdb.close();
    await this.#mustBeSound();
    await this.open();
  }

  /** Goes on with the files as they are now. */
  async crash(): Promise<void> {
    const path = join(directory, `${this.#folder}`);
    cpSync(path, join(directory, `${++this.#folder}`), { recursive: true });
    await this.tsdb.close();
    rmSync(path, { recursive: true });
    rmSync(join(directory, `${this.#folder}`, 'lock.sock'), { force: true });
    await this.#mustBeSound();
    await this.open();
  }

  async #mustBeSound(): Promise<void> {
    const { findings } = await verifyTsdb({ directory: join(directory, `${this.#folder}`) });
    if (findings.length > 0) throw new Error(`verification: ${JSON.stringify(findings[0])}`);
  }

  async close(): Promise<void> {
    await this.#tsdb?.close();
  }
}

async function takeStep(run: Run): Promise<void> {
  const kind = run.random.nextInt(16);
  if (kind < 6) await writeSome(run);
  else if (kind < 9) await deleteSome(run);
  else if (kind < 11) await run.tsdb.flush();
  else if (kind < 14) await run.maintain();
  else if (kind === 14) await run.reopen();
  else await run.crash();
}

/** Some samples that are there already, with the same value or another one. */
async function writeSome(run: Run): Promise<void> {
  const appender = run.tsdb.appender();
  const series = run.random.nextInt(SERIES);
  const first = run.random.nextInt(TIMES);
  const value = run.random.nextInt(3);
  const samples = run.contents.get(series) ?? new Map<number, number>();
  let refused = 0;
  for (let time = first; time < Math.min(TIMES, first + 40); time++) {
    appender.append(labelsOf(series), START_MS + time * STEP_MS, value);
    const known = samples.get(time);
    if (known === undefined) samples.set(time, value);
    else if (known !== value) refused++;
  }
  run.contents.set(series, samples);
  const { rejections } = await appender.commit();
  expect(rejections.reduce((sum, { count }) => sum + count, 0)).toBe(refused);
  run.refused += refused;
}

async function deleteSome(run: Run): Promise<void> {
  const random = run.random;
  const sets = Array.from({ length: 1 + random.nextInt(2) }, () => [
    random.nextInt(3) === 0
      ? new Matcher('=', 'group', `g${random.nextInt(3)}`)
      : new Matcher('=~', 'series', `${random.nextInt(SERIES)}|${random.nextInt(SERIES)}`),
  ]);
  const first = random.nextInt(TIMES);
  const last = Math.min(TIMES, first + random.nextInt(80));
  const expected = { seriesCount: 0, floatCount: 0, histogramCount: 0, exemplarCount: 0 };
  for (const [series, samples] of run.contents) {
    if (!sets.some((matchers) => matchers.every((matcher) => matcher.matches(labelsOf(series))))) continue;
    const times = [...samples.keys()].filter((time) => time >= first && time <= last);
    for (const time of times) samples.delete(time);
    if (times.length > 0) expected.seriesCount++;
    expected.floatCount += times.length;
  }
  const options = {
    matcherSets: sets,
    rangeStartMsInclusive: START_MS + first * STEP_MS,
    rangeEndMsInclusive: START_MS + last * STEP_MS,
  };
  expect(await run.tsdb.deleteSamples({ ...options, dryRun: true })).toEqual(expected);
  expect(await run.tsdb.deleteSamples(options)).toEqual(expected);
  run.deleted += expected.floatCount;
}

function check(run: Run): void {
  const ever = { rangeStartMsInclusive: 0, rangeEndMsInclusive: Number.POSITIVE_INFINITY };
  const set = run.tsdb.select({ ...ever, matchers: [] });
  const columns = new SampleColumns();
  const found = new Map<number, [number, number][]>();
  for (let index = 0; index < set.seriesCount; index++) {
    set.read(index, columns);
    const samples: [number, number][] = [];
    for (let at = 0; at < columns.count; at++)
      samples.push([(columns.timestampMs[at]! - START_MS) / STEP_MS, columns.value[at]!]);
    if (samples.length > 0) found.set(Number(set.labels(index).get('series')), samples);
  }
  set.close();
  const bySeries = (left: readonly [number, unknown], right: readonly [number, unknown]): number =>
    left[0] - right[0];
  const wanted = [...run.contents]
    .filter(([, samples]) => samples.size > 0)
    .map(([series, samples]) => [series, [...samples].sort(bySeries)] as const);
  expect([...found].sort(bySeries)).toEqual(wanted.sort(bySeries));
}

it.each(SEEDS)(
  'a database holds what the model does, seed %i',
  async (seed) => {
    const run = new Run(seed);
    await run.open();
    try {
      for (let step = 0; step < STEPS; step++) {
        await takeStep(run);
        check(run);
      }
      await run.reopen();
      check(run);
      expect(run.deleted).toBeGreaterThan(100);
      expect(run.refused).toBeGreaterThan(10);
      expect(run.tsdb.damages).toEqual([]);
    } finally {
      await run.close();
    }
  },
  60_000,
);
