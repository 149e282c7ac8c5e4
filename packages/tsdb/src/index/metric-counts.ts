/**
 * How many series a metric has, for the limit on it. A count is taken from the index when the metric is first
 * asked for, and kept in step from then on; a metric whose series were dropped is counted anew.
 */
import { METRIC_NAME } from '@promontory/model';
import type { OnDamage } from '../store/damage.ts';
import type { Store } from '../store/store.ts';
import { PairRuns } from './pair-runs.ts';

const METRICS_KEPT_MAX = 100_000;

export class MetricCounts {
  readonly #store: Store;
  readonly #onDamage: OnDamage;
  readonly #indexed = new Map<string, number>();
  /** Of the series that wait for the index, all of them. */
  readonly #waiting = new Map<string, number>();

  constructor(store: Store, onDamage: OnDamage) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /** Exact, but for series in damaged records. */
  count(metric: string): number {
    let indexed = this.#indexed.get(metric);
    if (indexed === undefined) {
      if (this.#indexed.size >= METRICS_KEPT_MAX) this.#indexed.clear();
      indexed = new PairRuns(this.#store, undefined, this.#onDamage, METRIC_NAME, metric).count();
      this.#indexed.set(metric, indexed);
    }
    return indexed + (this.#waiting.get(metric) ?? 0);
  }

  /** A series waits for the index. */
  add(metric: string): void {
    this.#waiting.set(metric, (this.#waiting.get(metric) ?? 0) + 1);
  }

  /** The waiting series are in the index. */
  markIndexed(): void {
    for (const [metric, count] of this.#waiting) {
      const known = this.#indexed.get(metric);
      if (known !== undefined) this.#indexed.set(metric, known + count);
    }
    this.#waiting.clear();
  }

  /** Series of the metric were dropped from the index. */
  forget(metric: string): void {
    this.#indexed.delete(metric);
  }
}
