import { PromontoryError } from '@promontory/base';
import { ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT } from '@promontory/promql';
import type { DataCall } from './endpoint.ts';

/** Ends work that the engine does not bound: when nobody waits for it any more, or after the time of a query. */
export class RequestDeadline {
  readonly #call: DataCall;
  readonly #what: string;
  readonly #deadlineMs: number;

  /** @param what is done, for messages */
  constructor(call: DataCall, what: string) {
    const { clock, limits } = call.services;
    this.#call = call;
    this.#what = what;
    this.#deadlineMs = clock.monotonicMs() + limits.queryDurationMsMax - (call.request.queuedMs ?? 0);
  }

  /** Bound: a source has it for its checkpoint. @throws PromontoryError ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT */
  readonly check = (): void => {
    this.requireClient();
    if (this.#call.services.clock.monotonicMs() > this.#deadlineMs) {
      const { queryDurationMsMax } = this.#call.services.limits;
      throw new PromontoryError(`${this.#what} timed out; want at most ${queryDurationMsMax} ms`, {
        code: ERR_QUERY_TIMEOUT,
        kind: 'timeout',
        context: { queryDurationMsMax },
      });
    }
  };

  /** For an answer that is sent while it is made, whose time is its client's. @throws PromontoryError ERR_QUERY_CANCELLED */
  requireClient(): void {
    if (!this.#call.isCancelled()) return;
    const message = `${this.#what} was canceled`;
    throw new PromontoryError(message, { code: ERR_QUERY_CANCELLED, kind: 'cancelled' });
  }
}
