/** Doubles as the two words of a `fixed64` field, so that NaN bits survive. */
import { isStaleAt, setStaleAt } from '@promontory/model';
import type { Words } from './message.ts';

/** One value, reached as a number and as words. */
export class FloatBits {
  readonly #value = new Float64Array(1);
  readonly #words = new Int32Array(this.#value.buffer);

  toWords(value: number): Words {
    this.#value[0] = value;
    return this.#read();
  }

  staleWords(): Words {
    setStaleAt(this.#words, 0);
    return this.#read();
  }

  /** @param words absent means the default, zero */
  toNumber(words: Words | undefined): number {
    this.#write(words);
    return this.#value[0]!;
  }

  isStale(words: Words | undefined): boolean {
    this.#write(words);
    return isStaleAt(this.#words, 0);
  }

  #read(): Words {
    return { low: this.#words[0]!, high: this.#words[1]!, unsigned: true };
  }

  #write(words: Words | undefined): void {
    this.#words[0] = words?.low ?? 0;
    this.#words[1] = words?.high ?? 0;
  }
}
