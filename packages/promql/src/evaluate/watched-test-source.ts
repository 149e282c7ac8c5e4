/** For tests: a source that tells what is done with it. */
import type { SelectRequest, SeriesSet, SeriesSource } from '../series-source.ts';
import type { MemorySeriesSource } from '../source/memory-series-source.ts';

/** Counts the sets that are open. */
export class WatchedSource implements SeriesSource {
  openCount = 0;
  readonly #inner: MemorySeriesSource;
  readonly #failAt: string;
  readonly #onRead: () => void;

  constructor(inner: MemorySeriesSource, failAt = '', onRead = (): void => {}) {
    this.#inner = inner;
    this.#failAt = failAt;
    this.#onRead = onRead;
  }

  async select(request: SelectRequest): Promise<SeriesSet> {
    if (request.matchers[0]?.value === this.#failAt) throw new Error('no such place');
    const set = await this.#inner.select(request);
    this.openCount++;
    return {
      seriesCount: set.seriesCount,
      labels: (index) => set.labels(index),
      read: (index, target) => {
        this.#onRead();
        set.read(index, target);
      },
      readHistograms: (index) => set.readHistograms(index),
      readStartTimestamps: (index, target) => set.readStartTimestamps(index, target),
      close: () => {
        this.openCount--;
      },
    };
  }

  labelNames = (): never => {
    throw new Error('not asked for');
  };
  labelValues = this.labelNames;
  series = this.labelNames;
}
