// HOT PATH: a few comparisons a window, no allocation.
/**
 * Which samples stand for the ends of an extended window. An anchored window begins with the last sample at or
 * before its start and ends with its last sample; a smoothed one has a sample on either side of both ends, where
 * there is one.
 */

/** Of the window before it was extended. */
export interface WindowTimes {
  /** Exclusive. */
  readonly startMs: number;
  /** Inclusive. */
  readonly endMs: number;
}

export class WindowEnds {
  /** Indices of samples; mean something after a `find` that was true. */
  first = 0;
  last = 0;
  readonly #isSmoothed: boolean;

  constructor(isSmoothed: boolean) {
    this.#isSmoothed = isSmoothed;
  }

  /**
   * @param timestampMs of the samples
   * @param low first sample of the extended window
   * @param high one after its last; more than `low`
   * @returns false when nothing is inside of the window, or a smoothed one has samples on one side only
   */
  find(timestampMs: Float64Array, low: number, high: number, { startMs, endMs }: WindowTimes): boolean {
    let first = low;
    while (first + 1 < high && timestampMs[first + 1]! <= startMs) first++;
    let last = high - 1;
    if (this.#isSmoothed) while (last > low && timestampMs[last - 1]! >= endMs) last--;
    this.first = first;
    this.last = last;
    if (timestampMs[last]! <= startMs) return false;
    return !this.#isSmoothed || timestampMs[first]! <= endMs;
  }
}
