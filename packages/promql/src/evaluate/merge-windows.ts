/** Windows that ended up with the same labels become one, as long as they never have a sample at the same time. */
import type { HistogramSample } from '@promontory/model';
import type { MatrixSeries } from '../query-result.ts';
import { duplicateLabelsError } from './execution-error.ts';

/** @throws ERR_QUERY_EXECUTION when two series with the same labels have samples at the same time */
export function mergeWindows(windows: readonly MatrixSeries[]): MatrixSeries[] {
  const merged = new Map<string, MatrixSeries>();
  for (const window of windows) {
    const { key } = window.labels;
    const other = merged.get(key);
    merged.set(key, other === undefined ? window : mergePair(other, window));
  }
  return [...merged.values()];
}

function mergePair(left: MatrixSeries, right: MatrixSeries): MatrixSeries {
  const taken = timesOf(left);
  if ([...timesOf(right)].some((timeMs) => taken.has(timeMs))) throw duplicateLabelsError();
  return {
    labels: left.labels,
    ...mergeFloats(left, right),
    histograms: mergeHistograms(left.histograms, right.histograms),
  };
}

function timesOf({ timestampMs, count, histograms }: MatrixSeries): Set<number> {
  return new Set([...timestampMs.subarray(0, count), ...histograms.map((sample) => sample.timestampMs)]);
}

function mergeFloats(
  left: MatrixSeries,
  right: MatrixSeries,
): Pick<MatrixSeries, 'timestampMs' | 'value' | 'count'> {
  const count = left.count + right.count;
  const timestampMs = new Float64Array(count);
  const value = new Float64Array(count);
  let leftIndex = 0;
  let rightIndex = 0;
  for (let index = 0; index < count; index++) {
    const isLeft =
      rightIndex === right.count ||
      (leftIndex < left.count && left.timestampMs[leftIndex]! < right.timestampMs[rightIndex]!);
    const from = isLeft ? left : right;
    const fromIndex = isLeft ? leftIndex++ : rightIndex++;
    timestampMs[index] = from.timestampMs[fromIndex]!;
    value[index] = from.value[fromIndex]!;
  }
  return { timestampMs, value, count };
}

function mergeHistograms(
  left: readonly HistogramSample[],
  right: readonly HistogramSample[],
): HistogramSample[] {
  return [...left, ...right].sort((one, other) => one.timestampMs - other.timestampMs);
}
