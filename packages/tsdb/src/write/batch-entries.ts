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

/**
 * Walks through a batch in the order in which it was filled: runs of floats, and the histograms between them.
 *
 * @param onFloats called with [start, end) of each run
 */
export function walkInOrder(
  batch: SampleBatch,
  onFloats: (start: number, end: number) => void,
  onHistogram: (histogramIndex: number) => void,
): void {
  let start = 0;
  for (let index = 0; index < batch.histogramCount; index++) {
    const end = batch.histogramPlace(index);
    if (end > start) onFloats(start, end);
    start = end;
    onHistogram(index);
  }
  if (batch.sampleCount > start) onFloats(start, batch.sampleCount);
}
