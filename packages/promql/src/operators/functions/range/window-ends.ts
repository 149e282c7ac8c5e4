/**
 * Which samples stand for the ends of an extended window. An anchored window begins with the last sample at or
 * before its start and ends with its last sample; a smoothed one has a sample on either side of both ends, where
 * there is one.
 */
import type { SampleWindow } from './range-kernel.ts';

/** Indices of samples. One object per kernel, changed in place. */
export interface WindowEnds {
  first: number;
  last: number;
}

/**
 * @param low first sample of the extended window
 * @param high one after its last; more than `low`
 * @returns false when nothing is inside of the window, or a smoothed one has samples on one side only
 */
export function findEnds(
  timestampAt: (index: number) => number,
  { low, high }: { readonly low: number; readonly high: number },
  window: SampleWindow,
  isSmoothed: boolean,
  ends: WindowEnds,
): boolean {
  let first = low;
  while (first + 1 < high && timestampAt(first + 1) <= window.startMs) first++;
  let last = high - 1;
  if (isSmoothed) while (last > low && timestampAt(last - 1) >= window.endMs) last--;
  ends.first = first;
  ends.last = last;
  if (timestampAt(last) <= window.startMs) return false;
  return !isSmoothed || timestampAt(first) <= window.endMs;
}
