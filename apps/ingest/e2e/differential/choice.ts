/** Random choices that a seed repeats. The methods can be called by themselves. */
import { assert, SeededRandom } from '@promontory/base';

export class Choice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** An integer in [0, endExclusive). */
  below = (endExclusive: number): number => this.#random.nextInt(endExclusive);

  /** A number in [low, high), with three decimals: short enough to read in a query. */
  between = (low: number, high: number): number =>
    Math.round((low + this.#random.nextFloat() * (high - low)) * 1000) / 1000;

  /** True once in so many times. */
  oneIn = (count: number): boolean => this.below(count) === 0;

  of = <T>(choices: readonly T[]): T => {
    const chosen = choices[this.below(choices.length)];
    assert(chosen !== undefined, 'there is something to choose from');
    return chosen;
  };
}
