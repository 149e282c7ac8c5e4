/** The times of the samples, and the series that are made of them. */
import type { WireHistogram } from '@promontory/wire';
import type { Sample, SeriesToWrite } from '../../test/write-body.ts';
import type { Choice } from './choice.ts';

export const INTERVAL_MS = 15_000;
/** How long the data lasts: twelve times the default lookback. */
export const DATA_MS = 3_600_000;
/** What is written in one request. A series has floats or histograms in it, not both. */
export const SLICE_MS = 120_000;

export type Labels = Readonly<Record<string, string>>;

export interface SlotOptions {
  readonly startMs?: number;
  readonly endMsInclusive?: number;
  readonly intervalMs?: number;
  /** One sample in so many is missing; 0 for none. */
  readonly lossOneIn?: number;
  /** Samples are late by up to this. */
  readonly jitterMs?: number;
}

/** @returns times since the start of the data, ascending */
export function timeSlots(choice: Choice, options: SlotOptions = {}): number[] {
  const { startMs = 0, endMsInclusive = DATA_MS, intervalMs = INTERVAL_MS } = options;
  const { lossOneIn = 0, jitterMs = 0 } = options;
  const times: number[] = [];
  for (let timeMs = startMs; timeMs <= endMsInclusive; timeMs += intervalMs) {
    const lateMs = jitterMs === 0 ? 0 : choice.below(jitterMs);
    if (lossOneIn === 0 || !choice.oneIn(lossOneIn)) times.push(timeMs + lateMs);
  }
  return times;
}

/** @param value what the series has at a time, null for no sample */
export function floatSeries(
  labels: Labels,
  times: readonly number[],
  value: (timeMs: number, index: number) => number | 'stale' | null,
): SeriesToWrite {
  const samples = times.flatMap((timeMs, index): Sample[] => {
    const sample = value(timeMs, index);
    return sample === null ? [] : [[timeMs, sample]];
  });
  return { labels, samples };
}

export function histogramSeries(
  labels: Labels,
  times: readonly number[],
  value: (timeMs: number, index: number) => WireHistogram | null,
): SeriesToWrite {
  const histograms = times.flatMap((timeMs, index) => {
    const histogram = value(timeMs, index);
    return histogram === null ? [] : [histogram];
  });
  return { labels, histograms };
}
