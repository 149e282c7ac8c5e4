/**
 * The newest timestamp of each series, by ref; the writer's own. A sample above it needs no further look.
 *
 * For a series that was there before this process and has not been written to since, it is an upper bound:
 * the newest timestamp of all blocks. The first sample below that bound makes the writer look, and set it.
 */
export class NewestTimes {
  #timestampMs: Float64Array;

  /**
   * @param refEnd refs below it are known series
   * @param boundMs no stored sample of theirs is newer
   */
  constructor(refEnd: number, boundMs: number) {
    this.#timestampMs = new Float64Array(Math.max(1024, refEnd * 2)).fill(Number.NEGATIVE_INFINITY);
    this.#timestampMs.fill(boundMs, 0, refEnd);
  }

  /** Makes room for refs below `refEnd`; new ones have no samples. */
  reserve(refEnd: number): void {
    const { length } = this.#timestampMs;
    if (refEnd <= length) return;
    const grown = new Float64Array(Math.max(refEnd, length * 2)).fill(Number.NEGATIVE_INFINITY, length);
    grown.set(this.#timestampMs);
    this.#timestampMs = grown;
  }

  /** Indexed by ref. Valid until the next `reserve`. */
  unsafeView(): Float64Array {
    return this.#timestampMs;
  }

  raise(ref: number, timestampMs: number): void {
    if (timestampMs > this.#timestampMs[ref]!) this.#timestampMs[ref] = timestampMs;
  }
}
