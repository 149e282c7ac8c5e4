/**
 * Buffers that hold the samples of one series at a time, used by one query after the other: growing new ones would cost
 * a query of few series more than its work.
 */
import { SampleColumns } from '@promontory/model';

/** More than the selectors of usual queries. */
const FREE_MAX = 16;
/** 1 MiB a buffer; a longer one goes with its query. */
const FREE_CAPACITY_MAX = 65_536;

export class SampleBuffers {
  readonly #free: SampleColumns[] = [];

  /** @returns an empty buffer, the caller's until it is given back */
  take(): SampleColumns {
    return this.#free.pop() ?? new SampleColumns();
  }

  giveBack(buffer: SampleColumns): void {
    if (this.#free.length === FREE_MAX || buffer.timestampMs.length > FREE_CAPACITY_MAX) return;
    buffer.clear();
    this.#free.push(buffer);
  }
}
