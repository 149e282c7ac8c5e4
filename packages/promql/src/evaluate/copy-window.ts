/** The samples of one window as a result of their own: what `metric[5m]` gives as a whole query. */
import type { HistogramSample, Labels } from '@promontory/model';
import { SampleColumns } from '@promontory/model';
import type { CombineNotes } from '../histogram/combine-histograms.ts';
import { interpolateFloats, interpolateHistograms } from '../operators/functions/range/interpolate.ts';
import type { SampleWindow } from '../operators/functions/range/range-kernel.ts';
import { findEnds, type WindowEnds } from '../operators/functions/range/window-ends.ts';
import type { WindowShape } from '../operators/operator.ts';
import type { SeriesSamples } from '../operators/series-samples.ts';
import type { MatrixSeries } from '../query-result.ts';

/**
 * @param endMs of the window, inclusive
 * @param extension what becomes of samples around the window
 */
export function copyWindow(
  samples: SeriesSamples,
  labels: Labels,
  windows: WindowShape,
  endMs: number,
  extension: 'anchored' | 'smoothed' | null,
): MatrixSeries {
  const startMs = endMs - windows.rangeMs;
  const { floats, histograms } = samples;
  const { timestampMs } = floats;
  const fromMs = startMs - windows.beforeMs;
  const toMs = endMs + windows.afterMs;
  const floatBounds = boundsOf(floats.count, (index) => timestampMs[index]!, fromMs, toMs);
  const histogramBounds = boundsOf(
    histograms.length,
    (index) => histograms[index]!.timestampMs,
    fromMs,
    toMs,
  );
  if (extension === null) {
    const { low, high } = floatBounds;
    return {
      labels,
      timestampMs: timestampMs.slice(low, high),
      value: floats.value.slice(low, high),
      count: high - low,
      histograms: histograms.slice(histogramBounds.low, histogramBounds.high),
    };
  }
  const window = { ...NO_WINDOW, startMs, endMs };
  const isSmoothed = extension === 'smoothed';
  const extended = extendFloats(floats, floatBounds, window, isSmoothed);
  return {
    labels,
    timestampMs: extended.timestampMs.slice(0, extended.count),
    value: extended.value.slice(0, extended.count),
    count: extended.count,
    histograms: extendHistograms(histograms, histogramBounds, window, isSmoothed),
  };
}

const NO_WINDOW: SampleWindow = {
  low: 0,
  high: 0,
  histogramLow: 0,
  histogramHigh: 0,
  startMs: 0,
  endMs: 0,
  step: 0,
  stepTimeMs: 0,
};

interface Bounds {
  low: number;
  high: number;
}

function boundsOf(
  count: number,
  timestampAt: (index: number) => number,
  fromMs: number,
  toMs: number,
): Bounds {
  let low = 0;
  let high = count;
  while (low < high && timestampAt(low) <= fromMs) low++;
  while (high > low && timestampAt(high - 1) > toMs) high--;
  return { low, high };
}

/** The samples strictly between the window's ends: `[from, to)`. */
function insideOf(
  { first, last }: WindowEnds,
  timestampAt: (index: number) => number,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): { from: number; to: number } {
  return {
    from: timestampAt(first) <= startMs ? first + 1 : first,
    to: timestampAt(last) >= endMs ? last : last + 1,
  };
}

/** The window's ends become samples themselves. */
function extendFloats(
  floats: SampleColumns,
  bounds: Bounds,
  window: SampleWindow,
  isSmoothed: boolean,
): SampleColumns {
  const extended = new SampleColumns(bounds.high - bounds.low + 2);
  const ends: WindowEnds = { first: 0, last: 0 };
  const timestampAt = (index: number): number => floats.timestampMs[index]!;
  const isEmpty = bounds.low === bounds.high;
  if (isEmpty || !findEnds(timestampAt, bounds, window, isSmoothed, ends)) return extended;
  const { first, last } = ends;
  const isBefore = isSmoothed && timestampAt(first) < window.startMs;
  const isAfter = isSmoothed && timestampAt(last) > window.endMs;
  extended.push(
    window.startMs,
    isBefore ? interpolateFloats(floats, first, window.startMs, false) : floats.value[first]!,
  );
  const { from, to } = insideOf(ends, timestampAt, window);
  for (let index = from; index < to; index++) extended.push(timestampAt(index), floats.value[index]!);
  extended.push(
    window.endMs,
    isAfter ? interpolateFloats(floats, last - 1, window.endMs, false) : floats.value[last]!,
  );
  return extended;
}

function extendHistograms(
  histograms: readonly HistogramSample[],
  bounds: Bounds,
  { startMs, endMs, ...window }: SampleWindow,
  isSmoothed: boolean,
): HistogramSample[] {
  const ends: WindowEnds = { first: 0, last: 0 };
  const at = (index: number): HistogramSample => histograms[index]!;
  const timestampAt = (index: number): number => at(index).timestampMs;
  const isEmpty = bounds.low === bounds.high;
  if (isEmpty || !findEnds(timestampAt, bounds, { ...window, startMs, endMs }, isSmoothed, ends)) return [];
  const { first, last } = ends;
  const notes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  const start =
    isSmoothed && timestampAt(first) < startMs
      ? interpolateHistograms(at(first), at(first + 1), startMs, false, notes)
      : at(first).histogram;
  const end =
    isSmoothed && timestampAt(last) > endMs
      ? interpolateHistograms(at(last - 1), at(last), endMs, false, notes)
      : at(last).histogram;
  const { from, to } = insideOf(ends, timestampAt, { startMs, endMs });
  const inside = histograms.slice(from, to);
  return [
    ...(start === null ? [] : [{ timestampMs: startMs, histogram: start }]),
    ...inside,
    ...(end === null ? [] : [{ timestampMs: endMs, histogram: end }]),
  ];
}
