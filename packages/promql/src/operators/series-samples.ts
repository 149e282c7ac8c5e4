import type { HistogramSample, SampleColumns } from '@promontory/model';

/** The samples of one series. Both lists ascend by time, and no time is in both. */
export interface SeriesSamples {
  readonly floats: SampleColumns;
  readonly histograms: readonly HistogramSample[];
}
