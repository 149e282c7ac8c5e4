/**
 * Samples of a batch of either kind by one number, an entry: the index of a float sample, or -(k + 1) for
 * histogram k. For the paths that treat both alike.
 */
import type { SampleBatch } from '@promontory/model';

export function entryOfHistogram(histogramIndex: number): number {
  return -(histogramIndex + 1);
}

/** @returns the index of the histogram, negative for a float sample */
export function histogramOfEntry(entry: number): number {
  return -entry - 1;
}

export function entryRef(batch: SampleBatch, entry: number): number {
  return entry >= 0 ? batch.ref[entry]! : batch.histogramRef(histogramOfEntry(entry));
}

export function entryTimestampMs(batch: SampleBatch, entry: number): number {
  return entry >= 0 ? batch.timestampMs[entry]! : batch.histogramTimestampMs(histogramOfEntry(entry));
}

/** @returns 0 when it is not known */
export function entryStartMs(batch: SampleBatch, entry: number): number {
  return entry >= 0 ? batch.startOf(entry) : batch.histogramStartMs(histogramOfEntry(entry));
}

/** The entry is not to be stored or logged. */
export function clearEntry(batch: SampleBatch, entry: number): void {
  if (entry >= 0) batch.ref[entry] = 0;
  else batch.setHistogramRef(histogramOfEntry(entry), 0);
}

/** Orders entries by series, time and place in the batch, floats first. */
export function compareEntries(batch: SampleBatch, left: number, right: number): number {
  return (
    entryRef(batch, left) - entryRef(batch, right) ||
    entryTimestampMs(batch, left) - entryTimestampMs(batch, right) ||
    placeOf(batch, left) - placeOf(batch, right)
  );
}

function placeOf(batch: SampleBatch, entry: number): number {
  return entry >= 0 ? entry : batch.sampleCount + histogramOfEntry(entry);
}
