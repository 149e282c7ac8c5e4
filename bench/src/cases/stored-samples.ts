/** What a server has stored, asked back and compared with what was sent. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PromontoryError, systemClock } from '@promontory/base';
import { ERR_BENCH_RESULT } from '../error-codes.ts';
import { labelsOf, METRICS_PER_TARGET, metricNameOf } from '../load/series-set.ts';
import type { QueryRow, RunningSubject } from '../subjects/subject.ts';

const ALL_SERIES = '{__name__=~"bench_.+"}';
const COUNT = `count(${ALL_SERIES})`;
const VISIBLE_TIMEOUT_MS = 10_000;
const VISIBLE_POLL_MS = 200;
/** Sums are added up in another order by each server: only so many digits agree. */
const SUM_DIGITS = 10;
/** One of each kind is compared series by series. */
const METRICS_COMPARED = [0, 1, 2];

/** Counts, sums and whole rows at one time, as one text. */
export interface StoredSamples {
  readonly seriesCount: number;
  readonly sum: string;
  /** Sorted `labels value` lines of the compared metrics. */
  readonly rows: readonly string[];
}

/**
 * Peers may show samples a moment after they answered, so the count is asked until it is complete.
 *
 * @param seriesCount as many are waited for, but not longer than a few seconds
 */
export async function askStored(
  subject: RunningSubject,
  timeMs: number,
  seriesCount: number,
): Promise<StoredSamples> {
  const scalar = async (expression: string): Promise<number> =>
    (await subject.query(expression, timeMs))[0]?.value ?? Number.NaN;
  const deadlineMs = systemClock.monotonicMs() + VISIBLE_TIMEOUT_MS;
  while ((await scalar(COUNT)) !== seriesCount && systemClock.monotonicMs() < deadlineMs) {
    await sleep(VISIBLE_POLL_MS);
  }
  const rows: string[] = [];
  for (const metric of METRICS_COMPARED) {
    const answer = await subject.query(metricNameOf(metric), timeMs);
    rows.push(...answer.map(rowText));
  }
  return {
    seriesCount: await scalar(COUNT),
    sum: (await scalar(`sum(${ALL_SERIES})`)).toPrecision(SUM_DIGITS),
    rows: rows.sort(),
  };
}

/** The same from the values that were sent last. */
export function expectStored(values: Float64Array): StoredSamples {
  const rows: string[] = [];
  for (let series = 0; series < values.length; series++) {
    if (!METRICS_COMPARED.includes(series % METRICS_PER_TARGET)) continue;
    const labels = Object.fromEntries(labelsOf(series).map(({ name, value }) => [name, value]));
    rows.push(rowText({ labels, value: values[series]! }));
  }
  return {
    seriesCount: values.length,
    sum: values.reduce((sum, value) => sum + value, 0).toPrecision(SUM_DIGITS),
    rows: rows.sort(),
  };
}

export function hashOf(stored: StoredSamples): string {
  return createHash('sha256').update(JSON.stringify(stored)).digest('hex').slice(0, 16);
}

/** @throws PromontoryError ERR_BENCH_RESULT naming the first difference */
export function checkStored(name: string, actual: StoredSamples, expected: StoredSamples): void {
  if (hashOf(actual) === hashOf(expected)) return;
  const row = expected.rows.findIndex((text, index) => text !== actual.rows[index]);
  const difference =
    row < 0
      ? `${actual.seriesCount} series with sum ${actual.sum}, want ${expected.seriesCount} with ${expected.sum}`
      : `${actual.rows[row] ?? 'nothing'}, want ${expected.rows[row]}`;
  throw new PromontoryError(
    `cannot accept the result of ${name}: it stored other samples; got ${difference}`,
    {
      code: ERR_BENCH_RESULT,
      kind: 'execution',
    },
  );
}

function rowText(row: QueryRow): string {
  const labels = Object.entries(row.labels).map(([name, value]) => `${name}=${value}`);
  return `${labels.sort().join(',')} ${row.value}`;
}
