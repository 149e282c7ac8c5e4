/** Samples of one series, and which of them a time range has. */
import type { HistogramSample, SampleColumns } from '@promontory/model';

/** Nothing of it changes while it is read. */
export interface SeriesSamples {
  /** Samples may lie outside the range. */
  readonly floats: SampleColumns;
  /** Ascending in time, none at the time of a float; also outside the range. */
  readonly histograms: readonly HistogramSample[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
}

/** Indexes of the samples in the range, each [start, end). */
export interface SampleBounds {
  readonly floatStart: number;
  readonly floatEnd: number;
  readonly histogramStart: number;
  readonly histogramEnd: number;
}

export function sampleBounds(samples: SeriesSamples): SampleBounds {
  const { floats, histograms, rangeStartMsInclusive, rangeEndMsInclusive } = samples;
  const floatMs = (index: number): number => floats.timestampMs[index]!;
  const histogramMs = (index: number): number => histograms[index]!.timestampMs;
  const floatStart = firstFrom(floats.count, floatMs, rangeStartMsInclusive);
  const histogramStart = firstFrom(histograms.length, histogramMs, rangeStartMsInclusive);
  return {
    floatStart,
    floatEnd: Math.max(floatStart, firstFrom(floats.count, floatMs, rangeEndMsInclusive + 1)),
    histogramStart,
    histogramEnd: Math.max(
      histogramStart,
      firstFrom(histograms.length, histogramMs, rangeEndMsInclusive + 1),
    ),
  };
}

export function countSamples({ floatStart, floatEnd, histogramStart, histogramEnd }: SampleBounds): number {
  return floatEnd - floatStart + histogramEnd - histogramStart;
}

/** @returns the first index in [0, count) whose time is not before `timestampMs`, or count */
function firstFrom(count: number, timeAt: (index: number) => number, timestampMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeAt(middle) < timestampMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
