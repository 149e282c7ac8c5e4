/** The rules on times that hold for every series alike. */
import type { SampleBatch } from '@promontory/model';
import { TIMESTAMP_MS_MAX } from '../block/segment-builder.ts';
import { entryOfHistogram, entryStartMs, entryTimestampMs } from './batch-entries.ts';
import {
  ERR_SAMPLE_START_AFTER_TIME,
  ERR_SAMPLE_TOO_FAR_IN_FUTURE,
  ERR_SAMPLE_TOO_OLD,
  ERR_TIMESTAMP_INVALID,
} from '../error-codes.ts';
import type { TsdbLimits } from '../options.ts';
import type { Refusal } from '../refusal.ts';

/** What a timestamp is. */
export const TIMESTAMPS = `whole milliseconds from ${-TIMESTAMP_MS_MAX} to ${TIMESTAMP_MS_MAX}`;

export function isTimestamp(timestampMs: number): boolean {
  return Number.isInteger(timestampMs) && Math.abs(timestampMs) <= TIMESTAMP_MS_MAX;
}

/** A time for people; times that no calendar has are printed as numbers. */
export function isoTime(timestampMs: number): string {
  return Math.abs(timestampMs) <= 8.64e15 ? new Date(timestampMs).toISOString() : `${timestampMs} ms`;
}

export type TimeLimits = Pick<TsdbLimits, 'retentionMs' | 'futureWindowMs'>;

/** Called for each refused entry of a batch: sets its ref to 0, counts it, and asks why when it is the first. */
export type Refuse = (entry: number, code: string, why: () => string) => void;

/** Refuses samples that are too old or too far ahead, or have no timestamp at all. One pass over the times of floats when none is. */
export function refuseOutside(batch: SampleBatch, nowMs: number, limits: TimeLimits, refuse: Refuse): void {
  const { timestampMs, sampleCount, histogramCount } = batch;
  const oldestMs = nowMs - limits.retentionMs;
  const newestMs = nowMs + limits.futureWindowMs;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let areWhole = true;
  for (let index = 0; index < sampleCount; index++) {
    const time = timestampMs[index]!;
    if (time < least) least = time;
    if (time > most) most = time;
    if (Math.floor(time) !== time) areWhole = false;
  }
  const check = (entry: number): void => {
    const refusal = refusalOutside(entryTimestampMs(batch, entry), nowMs, limits);
    if (refusal !== null) refuse(entry, refusal.code, refusal.why);
  };
  if (!areWhole || least < Math.max(oldestMs, -TIMESTAMP_MS_MAX) || most > newestMs) {
    for (let index = 0; index < sampleCount; index++) check(index);
  }
  for (let index = 0; index < histogramCount; index++) check(entryOfHistogram(index));
}

/** @returns null for a time that is neither too old nor too far ahead */
export function refusalOutside(timestampMs: number, nowMs: number, limits: TimeLimits): Refusal | null {
  if (timestampMs > nowMs + limits.futureWindowMs)
    return { code: ERR_SAMPLE_TOO_FAR_IN_FUTURE, why: () => aheadOfClock(timestampMs, nowMs, limits) };
  if (timestampMs < nowMs - limits.retentionMs)
    return { code: ERR_SAMPLE_TOO_OLD, why: () => pastRetention(timestampMs, nowMs, limits) };
  if (isTimestamp(timestampMs)) return null;
  return { code: ERR_TIMESTAMP_INVALID, why: () => `has no timestamp: want ${TIMESTAMPS}` };
}

function aheadOfClock(timestampMs: number, nowMs: number, { futureWindowMs }: TimeLimits): string {
  return `is ${timestampMs - nowMs} ms ahead of the clock, limit ${futureWindowMs} ms (futureWindowMs)`;
}

function pastRetention(timestampMs: number, nowMs: number, { retentionMs }: TimeLimits): string {
  return `is ${nowMs - timestampMs} ms old, limit ${retentionMs} ms (retentionMs)`;
}

/** Why a sample is out of order. */
export function behindNewest(timestampMs: number, newestMs: number, outOfOrderWindowMs: number): string {
  return `is ${newestMs - timestampMs} ms behind its series' newest sample, at ${isoTime(newestMs)}, limit ${outOfOrderWindowMs} ms (outOfOrderWindowMs)`;
}

/** Refuses samples that were taken before what they count had started. */
export function refuseStartsAfterTime(batch: SampleBatch, refuse: Refuse): void {
  for (let index = 0; index < batch.startCount; index++) refuseStartAfterTime(batch, index, refuse);
  for (let index = 0; index < batch.histogramCount; index++) {
    refuseStartAfterTime(batch, entryOfHistogram(index), refuse);
  }
}

function refuseStartAfterTime(batch: SampleBatch, entry: number, refuse: Refuse): void {
  const startMs = entryStartMs(batch, entry);
  if (startMs === 0) return;
  if (!isTimestamp(startMs)) {
    refuse(entry, ERR_TIMESTAMP_INVALID, () => `has start timestamp ${startMs}: want ${TIMESTAMPS}`);
    return;
  }
  if (startMs <= entryTimestampMs(batch, entry)) return;
  refuse(entry, ERR_SAMPLE_START_AFTER_TIME, () => `starts at ${isoTime(startMs)}, after its own time`);
}
