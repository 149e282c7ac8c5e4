// HOT PATH: 1 ns a sample, no allocation once grown.
import type { SampleColumns } from '@promontory/model';

/**
 * The timestamps of the series before. The series of one scrape have the same, and with them everything that follows
 * from timestamps alone.
 */
export class KnownTimestamps {
  #timestampMs = new Float64Array(0);
  #count = -1;

  /** @returns whether they are those of the call before; from now on they are known */
  isRepeated({ timestampMs, count }: SampleColumns): boolean {
    if (this.#isKnown(timestampMs, count)) return true;
    if (this.#timestampMs.length < count) this.#timestampMs = new Float64Array(2 * count);
    const known = this.#timestampMs;
    for (let index = 0; index < count; index++) known[index] = timestampMs[index]!;
    this.#count = count;
    return false;
  }

  #isKnown(timestampMs: Float64Array, count: number): boolean {
    if (count !== this.#count) return false;
    const known = this.#timestampMs;
    for (let index = 0; index < count; index++) if (known[index] !== timestampMs[index]) return false;
    return true;
  }
}
