/** Decreases of the counts of classic buckets that were removed to find a quantile, and what is told of all of them. */
import { formatGoG, formatGoGRounded } from './format-float.ts';

/** The decreases of one histogram at one step. */
export interface ForcedDecrease {
  readonly timeMs: number;
  /** Upper bounds of the first and the last bucket that counted less than a smaller one. */
  readonly lowestBound: number;
  readonly highestBound: number;
  readonly largestDecrease: number;
}

export class ForcedDecreases {
  #count = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;
  #lowestBound = Infinity;
  #highestBound = -Infinity;
  #largestDecrease = 0;

  /** Begins with a comma: it follows a sentence. At least one was added. */
  get text(): string {
    return (
      `, from buckets ${formatGoG(this.#lowestBound)} to ${formatGoG(this.#highestBound)}, ` +
      `with a max diff of ${formatGoGRounded(this.#largestDecrease)}, over ${this.#count} samples ` +
      `from ${formatSecond(this.#firstMs)} to ${formatSecond(this.#lastMs)}`
    );
  }

  add({ timeMs, lowestBound, highestBound, largestDecrease }: ForcedDecrease): void {
    this.#count++;
    this.#firstMs = Math.min(this.#firstMs, timeMs);
    this.#lastMs = Math.max(this.#lastMs, timeMs);
    this.#lowestBound = Math.min(this.#lowestBound, lowestBound);
    this.#highestBound = Math.max(this.#highestBound, highestBound);
    this.#largestDecrease = Math.max(this.#largestDecrease, largestDecrease);
  }
}

/** In UTC and whole seconds, cut off towards 1970. */
function formatSecond(timeMs: number): string {
  return new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
