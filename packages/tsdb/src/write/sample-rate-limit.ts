/**
 * A bound on samples a second: a token bucket that holds one second's worth. A batch larger than that passes
 * when the bucket is full, and what it takes too much has to be made up for before the next: so the rate holds
 * over time and no batch is refused for ever.
 */
import { type Clock, PromontoryError } from '@promontory/base';
import { ERR_SAMPLE_RATE } from '../error-codes.ts';

const WINDOW_MS = 1000;

export class SampleRateLimit {
  readonly #samplesPerSecondMax: number;
  readonly #clock: Clock;
  /** Below zero after a batch larger than the bucket. */
  #tokens: number;
  #filledMs: number;
  /** What was offered since `#windowStartMs`, and the rate of the window before. */
  #offered = 0;
  #windowStartMs: number;
  #offeredPerSecond = 0;

  /** @param samplesPerSecondMax 0 for no bound */
  constructor(samplesPerSecondMax: number, clock: Clock) {
    this.#samplesPerSecondMax = samplesPerSecondMax;
    this.#clock = clock;
    this.#tokens = samplesPerSecondMax;
    this.#filledMs = clock.monotonicMs();
    this.#windowStartMs = this.#filledMs;
  }

  /** @throws PromontoryError ERR_SAMPLE_RATE (overload) when so many samples are too many now */
  mustHave(samples: number): void {
    const limit = this.#samplesPerSecondMax;
    if (limit === 0) return;
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(limit, this.#tokens + ((nowMs - this.#filledMs) / 1000) * limit);
    this.#filledMs = nowMs;
    this.#observe(samples, nowMs);
    const wanted = Math.min(samples, limit);
    if (this.#tokens < wanted) throw this.#tooFast(samples, wanted);
  }

  /** So many samples, which `mustHave` allowed, were taken. */
  take(samples: number): void {
    if (this.#samplesPerSecondMax > 0) this.#tokens -= samples;
  }

  #observe(samples: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs >= WINDOW_MS) {
      this.#offeredPerSecond = (this.#offered * 1000) / elapsedMs;
      this.#offered = 0;
      this.#windowStartMs = nowMs;
    }
    this.#offered += samples;
  }

  #tooFast(samples: number, wanted: number): PromontoryError {
    const samplesPerSecondMax = this.#samplesPerSecondMax;
    const rate = Math.round(Math.max(this.#offeredPerSecond, this.#offered));
    const retryAfterMs = Math.ceil(((wanted - this.#tokens) * 1000) / samplesPerSecondMax);
    return new PromontoryError(
      `cannot append ${samples} samples: about ${rate} a second are sent, limit ${samplesPerSecondMax} (samplesPerSecondMax); retry in ${retryAfterMs} ms or raise the limit`,
      {
        code: ERR_SAMPLE_RATE,
        kind: 'overload',
        context: { scope: 'instance', samplesPerSecondMax, samplesPerSecond: rate, retryAfterMs },
      },
    );
  }
}
