import type { NativeHistogram } from '@promontory/model';
import type { CombineNotes } from '../histogram/combine-histograms.ts';

/** Histograms that become one: a HistogramSum or a HistogramMean. */
export interface HistogramCombination {
  /** Grows with buckets that were not there before; two numbers are kept for each. */
  readonly bucketCount: number;

  /** @returns false, with nothing changed, when exponential and custom buckets meet */
  add(histogram: NativeHistogram, notes: CombineNotes): boolean;

  result(): NativeHistogram;
}
