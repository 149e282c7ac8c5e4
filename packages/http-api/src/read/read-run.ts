/** Whether a remote read that is under way may go on; looked at while series are selected, and between series. */
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

  /** Bound: for work before the answer begins. @throws PromontoryError ERR_READ_CANCELLED, ERR_READ_TIMEOUT */
  readonly checkpoint = (): void => {
    this.requireClient();
    this.requireTime();
  };

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
      `cannot answer remote read: selecting its series or collecting its samples took too long; want at most ${durationMsMax} ms`,
    );
  }
}
