import { PromontoryError } from '@promontory/base';
import { ERR_QUERY_SAMPLES_MAX } from '../error-codes.ts';

/** Counts the samples that a query holds at once against its limit. */
export class SampleBudget {
  readonly #samplesMax: number;
  #held = 0;
  #peak = 0;

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
  }

  get peak(): number {
    return this.#peak;
  }

  /** @throws PromontoryError ERR_QUERY_SAMPLES_MAX */
  hold(count: number): void {
    this.#held += count;
    if (this.#held > this.#samplesMax) throw this.#exceeded();
    if (this.#held > this.#peak) this.#peak = this.#held;
  }

  release(count: number): void {
    this.#held -= count;
  }

  /** @throws PromontoryError ERR_QUERY_SAMPLES_MAX when `count` could not be held even alone */
  requireFits(count: number): void {
    if (count > this.#samplesMax) throw this.#exceeded();
  }

  #exceeded(): PromontoryError {
    return new PromontoryError(
      'query processing would load too many samples into memory in query execution',
      {
        code: ERR_QUERY_SAMPLES_MAX,
        kind: 'execution',
        context: { samplesMax: this.#samplesMax },
      },
    );
  }
}
