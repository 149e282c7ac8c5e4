/** Whether a remote read that is under way may go on; looked at between series. */
import type { Clock } from '@promontory/base';
import { ERR_READ_CANCELLED, ERR_READ_TIMEOUT } from '../error-codes.ts';
import { readError } from './read-error.ts';

export interface ReadRunOptions {
  readonly isCancelled: () => boolean;
  readonly clock: Clock;
  readonly durationMsMax: number;
}

export class ReadRun {
  readonly #options: ReadRunOptions;
  readonly #startMs: number;

  constructor(options: ReadRunOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
  }

  /** @throws PromontoryError ERR_READ_CANCELLED */
  requireClient(): void {
    if (this.#options.isCancelled()) {
      throw readError(ERR_READ_CANCELLED, 'cannot answer remote read: it was cancelled');
    }
  }

  /** @throws PromontoryError ERR_READ_TIMEOUT */
  requireTime(): void {
    const { clock, durationMsMax } = this.#options;
    if (clock.monotonicMs() - this.#startMs <= durationMsMax) return;
    throw readError(
      ERR_READ_TIMEOUT,
      `cannot answer remote read: collecting its samples took too long; want at most ${durationMsMax} ms`,
    );
  }
}
