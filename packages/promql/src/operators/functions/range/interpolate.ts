/** Values between two samples, on the line that joins them. */
import type { HistogramSample, NativeHistogram, SampleColumns } from '@promontory/model';
import {
  addHistograms,
  subtractHistograms,
  type CombineNotes,
} from '../../../histogram/combine-histograms.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { scaleHistogram } from '../../../histogram/scale-histogram.ts';

/**
 * Between a float and the one after it. A counter that was reset in between is taken to have begun at zero where
 * the first of them is.
 */
export function interpolateFloats(
  { timestampMs, value }: SampleColumns,
  index: number,
  atMs: number,
  isCounter: boolean,
): number {
  const next = value[index + 1]!;
  const previous = isCounter && next < value[index]! ? 0 : value[index]!;
  const elapsedMs = atMs - timestampMs[index]!;
  return previous + ((next - previous) * elapsedMs) / (timestampMs[index + 1]! - timestampMs[index]!);
}

/**
 * The same between two histograms.
 *
 * @returns null when one has exponential and the other custom buckets
 */
export function interpolateHistograms(
  previous: HistogramSample,
  next: HistogramSample,
  atMs: number,
  isCounter: boolean,
  notes: CombineNotes,
): NativeHistogram | null {
  if (atMs === previous.timestampMs) return previous.histogram;
  if (atMs === next.timestampMs) return next.histogram;
  const share = (atMs - previous.timestampMs) / (next.timestampMs - previous.timestampMs);
  if (isCounter && detectReset(next.histogram, previous.histogram)) {
    return scaleHistogram(next.histogram, share);
  }
  const difference = subtractHistograms(next.histogram, previous.histogram, notes);
  if (difference === null) return null;
  return addHistograms(scaleHistogram(difference, share), previous.histogram, notes);
}
