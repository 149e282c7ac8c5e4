/** Compares a database with what must be in it, sample by sample. */
import { SampleColumns } from '@promontory/model';
import type { Tsdb } from '../src/index.ts';
import { addWrites, type Contents, type Workload } from './workload.ts';

export function readContents(tsdb: Tsdb): Contents {
  const contents: Contents = new Map();
  const set = tsdb.select({
    matchers: [],
    rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
    rangeEndMsInclusive: Number.POSITIVE_INFINITY,
  });
  const columns = new SampleColumns();
  try {
    for (let index = 0; index < set.seriesCount; index++) {
      set.read(index, columns);
      const samples = new Map<number, number>();
      for (let at = 0; at < columns.count; at++) samples.set(columns.timestampMs[at]!, columns.value[at]!);
      if (samples.size > 0) contents.set(set.labels(index).toString(), samples);
    }
  } finally {
    set.close();
  }
  return contents;
}

/** @returns the differences, at most a few; empty when the contents are equal */
export function differences(actual: Contents, wanted: Contents): string[] {
  const found: string[] = [];
  for (const [series, samples] of wanted) {
    for (const [timestampMs, value] of samples) {
      const stored = actual.get(series)?.get(timestampMs);
      if (stored === undefined) found.push(`lost: ${series} ${timestampMs} = ${value}`);
      else if (!Object.is(stored, value))
        found.push(`changed: ${series} ${timestampMs} = ${stored}, want ${value}`);
    }
  }
  for (const [series, samples] of actual) {
    for (const timestampMs of samples.keys()) {
      if (wanted.get(series)?.has(timestampMs) !== true) found.push(`invented: ${series} ${timestampMs}`);
    }
  }
  return found.slice(0, 5);
}

/**
 * The writes below `acknowledged` must be there, and of those after it either none or the next one, whole: one
 * commit is one transaction.
 *
 * @returns how many writes are there
 * @throws Error naming the first differences
 */
export function mustHoldWrites(tsdb: Tsdb, workload: Workload, acknowledged: number): number {
  const actual = readContents(tsdb);
  const wanted = addWrites(new Map(), workload, 0, acknowledged);
  const found = differences(actual, wanted);
  if (found.length === 0) return acknowledged;
  const withNext = differences(actual, addWrites(wanted, workload, acknowledged, acknowledged + 1));
  if (withNext.length === 0) return acknowledged + 1;
  throw new Error(`after ${acknowledged} acknowledged writes:\n${found.join('\n')}`);
}
