// HOT PATH: 1 ns a sample, no allocation once grown.
import type { SampleColumns } from '@promontory/model';
import type { QueryBudget } from './query-budget.ts';

/**
 * The timestamps of the series before. The series of one scrape have the same, and with them everything that follows
 * from timestamps alone.
 */
export class KnownTimestamps {
  readonly #budget: QueryBudget;
  #timestampMs = new Float64Array(0);
  #count = -1;

  constructor(budget: QueryBudget) {
    this.#budget = budget;
  }

  /**
   * @returns whether they are those of the call before; from now on they are known
   * @throws PromontoryError ERR_QUERY_MEMORY_MAX
   */
  isRepeated({ timestampMs, count }: SampleColumns): boolean {
    if (this.#isKnown(timestampMs, count)) return true;
    if (this.#timestampMs.length < count) {
      this.#budget.holdBytes((count - this.#timestampMs.length) * Float64Array.BYTES_PER_ELEMENT);
      this.#timestampMs = new Float64Array(count);
    }
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
