/** What a server has stored, asked back and compared with what was sent. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PromontoryError, systemClock } from '@promontory/base';
import { ERR_BENCH_RESULT } from '../error-codes.ts';
import { labelsOf, METRICS_PER_TARGET, metricNameOf } from '../load/series-set.ts';
import type { SyntheticLoad } from '../load/synthetic-load.ts';
import type { RecordedLoad } from '../record/recorded-load.ts';
import type { QueryRow, RunningSubject, Subject } from '../subjects/subject.ts';

const SYNTHETIC_SERIES = '{__name__=~"bench_.+"}';
const VISIBLE_TIMEOUT_MS = 10_000;
const VISIBLE_POLL_MS = 200;
/** Sums are added up in another order by each server, and not every server keeps all digits. */
const DIGITS = 10;
/** One of each kind is compared series by series. */
const METRICS_COMPARED = [0, 1, 2];

/** Counts, a total and whole rows at one time, as one text. */
export interface StoredSamples {
  readonly seriesCount: number;
  readonly total: string;
  /** Sorted `labels value` lines of the compared series. */
  readonly rows: readonly string[];
}

/** What is asked to find out. */
export interface StoredQuestion {
  readonly timeMs: number;
  /** As many series are waited for, but not longer than a few seconds. */
  readonly seriesCount: number;
  /** Selects all series that were sent. */
  readonly selector: string;
  /** A number each; their sum is about all samples. */
  readonly totalQueries: readonly string[];
  /** Select the series that are compared one by one. */
  readonly rowSelectors: readonly string[];
}

/** Peers may show samples a moment after they answered, so the count is asked until it is complete. */
async function askStored(subject: RunningSubject, question: StoredQuestion): Promise<StoredSamples> {
  const { timeMs, selector } = question;
  const scalar = async (expression: string): Promise<number> =>
    (await subject.query(expression, timeMs))[0]?.value ?? Number.NaN;
  const deadlineMs = systemClock.monotonicMs() + VISIBLE_TIMEOUT_MS;
  let seriesCount = await scalar(`count(${selector})`);
  while (seriesCount !== question.seriesCount && systemClock.monotonicMs() < deadlineMs) {
    await sleep(VISIBLE_POLL_MS);
    seriesCount = await scalar(`count(${selector})`);
  }
  const rows: QueryRow[] = [];
  for (const rowSelector of question.rowSelectors) rows.push(...(await subject.query(rowSelector, timeMs)));
  let total = 0;
  for (const query of question.totalQueries) total += await scalar(query);
  return { seriesCount, total: total.toPrecision(DIGITS), rows: rowTexts(rows) };
}

/** About the synthetic series, after the last round. */
export function syntheticQuestion(load: SyntheticLoad): StoredQuestion {
  return {
    timeMs: load.lastTimestampMs,
    seriesCount: load.lastValues.length,
    selector: SYNTHETIC_SERIES,
    totalQueries: [`sum(${SYNTHETIC_SERIES})`],
    rowSelectors: METRICS_COMPARED.map(metricNameOf),
  };
}

export function expectSynthetic(load: SyntheticLoad): StoredSamples {
  const values = load.lastValues;
  const rows: QueryRow[] = [];
  for (let series = 0; series < values.length; series++) {
    if (!METRICS_COMPARED.includes(series % METRICS_PER_TARGET)) continue;
    const labels = Object.fromEntries(labelsOf(series).map(({ name, value }) => [name, value]));
    rows.push({ labels, value: values[series]! });
  }
  return expectRows(values, rows);
}

/** @param values of all series; @param rows of those that are compared one by one */
export function expectRows(values: ArrayLike<number>, rows: readonly QueryRow[]): StoredSamples {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index]!;
  return { seriesCount: values.length, total: total.toPrecision(DIGITS), rows: rowTexts(rows) };
}

/** About a recording: every series at its end, and how many samples there are from its beginning. */
export function recordedQuestion(load: RecordedLoad): StoredQuestion {
  const selector = '{job=~".+"}';
  // One by one: functions drop the name, and what is left may belong to two metrics.
  const metricNames = new Set(load.seriesLabels.map((labels) => labels['__name__'] ?? ''));
  // A range leaves out its very beginning.
  const rangeMs = load.lastTimestampMs - load.firstTimestampMs + 1000;
  return {
    timeMs: load.lastTimestampMs,
    seriesCount: load.lastRows.length,
    selector,
    totalQueries: [...metricNames].map(
      (name) => `sum(count_over_time(${name}[${rangeMs / 1000}s])) or vector(0)`,
    ),
    rowSelectors: [selector],
  };
}

export function expectRecorded(load: RecordedLoad): StoredSamples {
  return {
    seriesCount: load.lastRows.length,
    total: load.sampleCount.toPrecision(DIGITS),
    rows: rowTexts(load.lastRows),
  };
}

/** @throws PromontoryError ERR_BENCH_RESULT @returns the hash of what is stored, which is what is expected */
export async function mustHaveStored(
  subject: Subject,
  server: RunningSubject,
  question: StoredQuestion,
  expected: StoredSamples,
): Promise<string> {
  const stored = await askStored(server, question);
  checkStored(subject.name, stored, expected);
  return hashOf(stored);
}

function hashOf(stored: StoredSamples): string {
  return createHash('sha256').update(JSON.stringify(stored)).digest('hex').slice(0, 16);
}

/** @throws PromontoryError ERR_BENCH_RESULT naming the first difference */
function checkStored(name: string, actual: StoredSamples, expected: StoredSamples): void {
  if (hashOf(actual) === hashOf(expected)) return;
  const row = expected.rows.findIndex((text, index) => text !== actual.rows[index]);
  const difference =
    row < 0
      ? `${actual.seriesCount} series with total ${actual.total}, want ${expected.seriesCount} with ${expected.total}`
      : `${actual.rows[row] ?? 'nothing'}, want ${expected.rows[row]}`;
  throw new PromontoryError(
    `cannot accept the result of ${name}: it stored other samples; got ${difference}`,
    {
      code: ERR_BENCH_RESULT,
      kind: 'execution',
    },
  );
}

function rowTexts(rows: readonly QueryRow[]): string[] {
  return rows.map(rowText).sort();
}

/** An empty label is no label. */
function rowText(row: QueryRow): string {
  const labels = Object.entries(row.labels).filter(([, value]) => value !== '');
  const texts = labels.map(([name, value]) => `${name}=${value}`);
  return `${texts.sort().join(',')} ${row.value.toPrecision(DIGITS)}`;
}
