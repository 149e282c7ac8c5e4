/** The bounds on sample times that hold for every series alike. */
import type { SampleBatch } from '@promontory/model';
import { ERR_SAMPLE_TOO_FAR_IN_FUTURE, ERR_SAMPLE_TOO_OLD } from './error-codes.ts';

/** A time for people; times that no calendar has are printed as numbers. */
export function isoTime(timestampMs: number): string {
  return Math.abs(timestampMs) <= 8.64e15 ? new Date(timestampMs).toISOString() : `${timestampMs} ms`;
}

/** Called for each refused sample: sets its ref to 0 and counts it. */
export type Refuse = (sampleIndex: number, code: string, why: string) => void;

/** Refuses samples outside [oldestMs, newestMs]. One pass over the times when all are inside. */
export function refuseOutside(batch: SampleBatch, oldestMs: number, newestMs: number, refuse: Refuse): void {
  const { timestampMs, sampleCount } = batch;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < sampleCount; index++) {
    const time = timestampMs[index]!;
    if (time < least) least = time;
    if (time > most) most = time;
  }
  if (least >= oldestMs && most <= newestMs) return;
  for (let index = 0; index < sampleCount; index++) {
    const time = timestampMs[index]!;
    if (time > newestMs) {
      refuse(
        index,
        ERR_SAMPLE_TOO_FAR_IN_FUTURE,
        `is after ${isoTime(newestMs)}, the newest time accepted now`,
      );
    } else if (time < oldestMs) {
      refuse(index, ERR_SAMPLE_TOO_OLD, `is before ${isoTime(oldestMs)}, the end of the retention`);
    }
  }
}
