/** What start timestamps say about counters. 0 stands for one that is not known. */
import type { SampleColumns } from '@promontory/model';

/**
 * Whether a counter began anew between two samples. A start at the very time of the sample before it means that in
 * series of deltas; in cumulative ones it is how an unknown start is written, and then the sample before has no
 * other.
 */
export function isStartReset(
  previousStartMs: number,
  previousMs: number,
  currentStartMs: number,
  currentMs: number,
): boolean {
  if (currentStartMs === 0 || currentStartMs >= currentMs || currentStartMs < previousMs) return false;
  if (currentStartMs > previousMs) return true;
  return previousStartMs !== 0 && previousStartMs < previousMs;
}

/** Whether a sample claims to have begun before the one before it was taken, and not where that one began. */
export function startsOverlap(previousStartMs: number, previousMs: number, currentStartMs: number): boolean {
  return currentStartMs !== 0 && currentStartMs < previousMs && currentStartMs !== previousStartMs;
}

/**
 * Start timestamps by the index of the sample.
 *
 * @param starts by the samples' timestamps
 * @param timestampAt the samples' timestamps, ascending
 * @returns null when none of them is known
 */
export function alignStarts(
  starts: SampleColumns,
  count: number,
  timestampAt: (index: number) => number,
): Float64Array | null {
  let aligned: Float64Array | null = null;
  let next = 0;
  for (let index = 0; index < count && next < starts.count; index++) {
    const timestampMs = timestampAt(index);
    while (next < starts.count && starts.timestampMs[next]! < timestampMs) next++;
    if (next === starts.count || starts.timestampMs[next] !== timestampMs) continue;
    aligned ??= new Float64Array(count);
    aligned[index] = starts.value[next]!;
  }
  return aligned;
}
