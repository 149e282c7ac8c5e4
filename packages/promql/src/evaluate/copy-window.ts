/** The samples of one window as a result of their own: what `metric[5m]` gives as a whole query. */
import { SampleColumns, type HistogramSample, type Labels } from '@promontory/model';
import type { CombineNotes } from '../histogram/combine-histograms.ts';
import { HistogramTimes } from '../operators/functions/range/histogram-times.ts';
import { interpolateFloats, interpolateHistograms } from '../operators/functions/range/interpolate.ts';
import { WindowEnds, type WindowTimes } from '../operators/functions/range/window-ends.ts';
import type { WindowShape } from '../operators/operator.ts';
import type { SeriesSamples } from '../operators/series-samples.ts';
import type { MatrixSeries } from '../query-result.ts';
import type { WorkBlocks } from './work-blocks.ts';

export interface CopiedWindow {
  readonly windows: WindowShape;
  /** Inclusive. */
  readonly endMs: number;
  /** What becomes of samples around the window. */
  readonly extension: 'anchored' | 'smoothed' | null;
  /** Those of the query. */
  readonly blocks: WorkBlocks;
}

export function copyWindow(
  samples: SeriesSamples,
  labels: Labels,
  { windows, endMs, extension, blocks }: CopiedWindow,
): MatrixSeries {
  const startMs = endMs - windows.rangeMs;
  const { floats, histograms } = samples;
  const { timestampMs } = floats;
  const times = new HistogramTimes();
  times.fill(histograms);
  const outer = { startMs: startMs - windows.beforeMs, endMs: endMs + windows.afterMs };
  const floatBounds = boundsOf(timestampMs, floats.count, outer);
  const histogramBounds = boundsOf(times.timestampMs, histograms.length, outer);
  if (extension === null) {
    const { low, high } = floatBounds;
    return {
      labels,
      timestampMs: copyOf(timestampMs, low, high, blocks),
      value: copyOf(floats.value, low, high, blocks),
      count: high - low,
      histograms: histograms.slice(histogramBounds.low, histogramBounds.high),
    };
  }
  const window = { startMs, endMs };
  const isSmoothed = extension === 'smoothed';
  const extended = extendFloats(floats, floatBounds, window, isSmoothed);
  return {
    labels,
    timestampMs: extended.timestampMs.slice(0, extended.count),
    value: extended.value.slice(0, extended.count),
    count: extended.count,
    histograms: extendHistograms(histograms, times.timestampMs, histogramBounds, window, isSmoothed),
  };
}

function copyOf(values: Float64Array, low: number, high: number, blocks: WorkBlocks): Float64Array {
  const copy = new Float64Array(high - low);
  for (let index = low; index < high;) {
    const end = blocks.endOf(index, high);
    copy.set(values.subarray(index, end), index - low);
    index = end;
  }
  return copy;
}

interface Bounds {
  low: number;
  high: number;
}

function boundsOf(timestampMs: Float64Array, count: number, { startMs, endMs }: WindowTimes): Bounds {
  let low = 0;
  let high = count;
  while (low < high && timestampMs[low]! <= startMs) low++;
  while (high > low && timestampMs[high - 1]! > endMs) high--;
  return { low, high };
}

/** The samples strictly between the window's ends: `[from, to)`. */
function insideOf(
  { first, last }: WindowEnds,
  timestampMs: Float64Array,
  { startMs, endMs }: WindowTimes,
): { from: number; to: number } {
  return {
    from: timestampMs[first]! <= startMs ? first + 1 : first,
    to: timestampMs[last]! >= endMs ? last : last + 1,
  };
}

/** The window's ends become samples themselves. */
function extendFloats(
  floats: SampleColumns,
  { low, high }: Bounds,
  window: WindowTimes,
  isSmoothed: boolean,
): SampleColumns {
  const extended = new SampleColumns(high - low + 2);
  const ends = new WindowEnds(isSmoothed);
  const { timestampMs, value } = floats;
  const { startMs, endMs } = window;
  if (low === high || !ends.find(timestampMs, low, high, window)) return extended;
  const { first, last } = ends;
  const isBefore = isSmoothed && timestampMs[first]! < startMs;
  const isAfter = isSmoothed && timestampMs[last]! > endMs;
  extended.push(startMs, isBefore ? interpolateFloats(floats, first, startMs, false) : value[first]!);
  const { from, to } = insideOf(ends, timestampMs, window);
  for (let index = from; index < to; index++) extended.push(timestampMs[index]!, value[index]!);
  extended.push(endMs, isAfter ? interpolateFloats(floats, last - 1, endMs, false) : value[last]!);
  return extended;
}

function extendHistograms(
  histograms: readonly HistogramSample[],
  timestampMs: Float64Array,
  { low, high }: Bounds,
  window: WindowTimes,
  isSmoothed: boolean,
): HistogramSample[] {
  const ends = new WindowEnds(isSmoothed);
  const { startMs, endMs } = window;
  if (low === high || !ends.find(timestampMs, low, high, window)) return [];
  const at = (index: number): HistogramSample => histograms[index]!;
  const { first, last } = ends;
  const notes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  const start =
    isSmoothed && timestampMs[first]! < startMs
      ? interpolateHistograms(at(first), at(first + 1), startMs, false, notes)
      : at(first).histogram;
  const end =
    isSmoothed && timestampMs[last]! > endMs
      ? interpolateHistograms(at(last - 1), at(last), endMs, false, notes)
      : at(last).histogram;
  const { from, to } = insideOf(ends, timestampMs, window);
  const inside = histograms.slice(from, to);
  return [
    ...(start === null ? [] : [{ timestampMs: startMs, histogram: start }]),
    ...inside,
    ...(end === null ? [] : [{ timestampMs: endMs, histogram: end }]),
  ];
}
