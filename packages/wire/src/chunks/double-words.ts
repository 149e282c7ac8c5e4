/** A double and its two words. */
import { isStaleAt, NORMAL_NAN_HIGH_WORD, NORMAL_NAN_LOW_WORD, setStaleAt } from '@promontory/model';

export class DoubleWords {
  readonly #value = new Float64Array(1);
  /** Low word first. */
  readonly #words = new Int32Array(this.#value.buffer);

  get value(): number {
    return this.#value[0]!;
  }

  /** Every NaN becomes the one that Prometheus writes for "not a number": a number keeps no payload for certain. */
  set value(value: number) {
    if (Number.isNaN(value)) this.setWords(NORMAL_NAN_HIGH_WORD, NORMAL_NAN_LOW_WORD);
    else this.#value[0] = value;
  }

  get high(): number {
    return this.#words[1]!;
  }

  get low(): number {
    return this.#words[0]!;
  }

  get isStale(): boolean {
    return isStaleAt(this.#words, 0);
  }

  setWords(high: number, low: number): this {
    this.#words[0] = low;
    this.#words[1] = high;
    return this;
  }

  setStale(): void {
    setStaleAt(this.#words, 0);
  }
}
