/** How many requests a second an instance answers. Owned by the HTTP thread. */
import { type Clock, PromontoryError } from '@promontory/base';
import { ERR_REQUEST_RATE } from '../error-codes.ts';

/** A bucket of as many requests as a second has: a burst after a pause passes. */
export class RequestRate {
  readonly #perSecondMax: number;
  readonly #clock: Clock;
  #left: number;
  #filledMs: number;

  /** @param perSecondMax 0 for no bound */
  constructor(perSecondMax: number, clock: Clock) {
    this.#perSecondMax = perSecondMax;
    this.#clock = clock;
    this.#left = perSecondMax;
    this.#filledMs = clock.monotonicMs();
  }

  /** Takes one. @throws PromontoryError ERR_REQUEST_RATE (overload) when there is none */
  mustTake(): void {
    const perSecondMax = this.#perSecondMax;
    if (perSecondMax === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const gained = ((nowMs - this.#filledMs) / 1000) * perSecondMax;
    this.#left = Math.min(perSecondMax, this.#left + gained);
    this.#filledMs = nowMs;
    if (this.#left >= 1) {
      this.#left -= 1;
      return;
    }
    throw new PromontoryError(
      `cannot take request: more than ${perSecondMax} a second; ask less often or raise --requests-per-second-max`,
      {
        code: ERR_REQUEST_RATE,
        kind: 'overload',
        context: { scope: 'instance', retryAfterMs: Math.ceil((1 - this.#left) * (1000 / perSecondMax)) },
      },
    );
  }
}
