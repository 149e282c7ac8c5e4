/**
 * What a query holds in memory at once, against its limits. Samples are counted one by one (a native histogram as
 * the samples that would fill its bytes); bytes take in the samples, and lists of series with their labels.
 */
import { PromontoryError } from '@promontory/base';
import type { Labels } from '@promontory/model';
import { ERR_QUERY_MEMORY_MAX, ERR_QUERY_SAMPLES_MAX } from '../error-codes.ts';

/** A timestamp and a value. */
const SAMPLE_BYTES = 16;
/** An entry of a list of series: the object and its place. */
const SERIES_BYTES = 64;
/** A name or a value of a label set, as text of usual length. */
const LABEL_TEXT_BYTES = 40;

export class QueryBudget {
  readonly #samplesMax: number;
  readonly #bytesMax: number;
  #heldSamples = 0;
  #heldBytes = 0;
  #peakSamples = 0;
  #peakBytes = 0;

  constructor({ samplesMax, memoryBytesMax }: { samplesMax: number; memoryBytesMax: number }) {
    this.#samplesMax = samplesMax;
    this.#bytesMax = memoryBytesMax;
  }

  get peakSamples(): number {
    return this.#peakSamples;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** @throws PromontoryError ERR_QUERY_SAMPLES_MAX, ERR_QUERY_MEMORY_MAX */
  hold(samples: number): void {
    this.#heldSamples += samples;
    if (this.#heldSamples > this.#samplesMax) throw this.#tooManySamples();
    if (this.#heldSamples > this.#peakSamples) this.#peakSamples = this.#heldSamples;
    this.holdBytes(samples * SAMPLE_BYTES);
  }

  release(samples: number): void {
    this.#heldSamples -= samples;
    this.#heldBytes -= samples * SAMPLE_BYTES;
  }

  /** @throws PromontoryError ERR_QUERY_MEMORY_MAX */
  holdBytes(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > this.#bytesMax) throw this.#tooManyBytes();
    if (this.#heldBytes > this.#peakBytes) this.#peakBytes = this.#heldBytes;
  }

  /**
   * One more series in a list that stays until the query ends, with labels of its own.
   *
   * @throws PromontoryError ERR_QUERY_MEMORY_MAX
   */
  holdSeries({ pairs }: Labels): void {
    this.holdBytes(SERIES_BYTES + pairs.length * LABEL_TEXT_BYTES);
  }

  /** @throws PromontoryError ERR_QUERY_SAMPLES_MAX when so many samples could not be held even alone */
  requireFits(samples: number): void {
    if (samples > this.#samplesMax) throw this.#tooManySamples();
  }

  #tooManySamples(): PromontoryError {
    return new PromontoryError(
      'query processing would load too many samples into memory in query execution',
      { code: ERR_QUERY_SAMPLES_MAX, kind: 'execution', context: { samplesMax: this.#samplesMax } },
    );
  }

  #tooManyBytes(): PromontoryError {
    return new PromontoryError(
      `query processing would need too much memory in query execution; the limit is ${this.#bytesMax} bytes`,
      { code: ERR_QUERY_MEMORY_MAX, kind: 'execution', context: { memoryBytesMax: this.#bytesMax } },
    );
  }
}
