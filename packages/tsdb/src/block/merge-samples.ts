import type { HistogramSample, SampleColumns } from '@promontory/model';

/**
 * Brings columns that were gathered from several places into order: ascending, and of equal timestamps only
 * the first that was gathered. Returns at once when they are in order already.
 */
export function mergeSamples(columns: SampleColumns): void {
  const { timestampMs, valueWords, count } = columns;
  let inOrder = 1;
  while (inOrder < count && timestampMs[inOrder]! > timestampMs[inOrder - 1]!) inOrder++;
  if (inOrder >= count) return;
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  order.sort((left, right) => timestampMs[left]! - timestampMs[right]! || left - right);
  const times = timestampMs.slice(0, count);
  const words = valueWords.slice(0, 2 * count);
  let written = 0;
  for (const index of order) {
    if (written > 0 && timestampMs[written - 1] === times[index]) continue;
    timestampMs[written] = times[index]!;
    valueWords[2 * written] = words[2 * index]!;
    valueWords[2 * written + 1] = words[2 * index + 1]!;
    written++;
  }
  columns.count = written;
}

/** The histograms, gathered from several places, ascending, and of equal timestamps only the first gathered. */
export function mergeHistograms(gathered: readonly HistogramSample[]): HistogramSample[] {
  const sorted = gathered.toSorted((left, right) => left.timestampMs - right.timestampMs);
  return sorted.filter((sample, index) => sample.timestampMs !== sorted[index - 1]?.timestampMs);
}

/** The first index in [0, count) whose timestamp is at or after `fromMs`; `count` when there is none. */
export function firstIndexFrom(columns: SampleColumns, fromMs: number): number {
  let low = 0;
  let high = columns.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (columns.timestampMs[middle]! < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
