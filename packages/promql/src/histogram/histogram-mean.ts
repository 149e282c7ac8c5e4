/**
 * The mean of native histograms, as avg() and avg_over_time() have it: the sum divided by the count, as long as
 * the sum does not overflow, which is the more accurate way; from then on the mean itself is updated.
 */
import type { NativeHistogram } from '@promontory/model';
import type { CombineNotes } from './combine-histograms.ts';
import { type CountsMemory, separateCounts } from './counts-slab.ts';
import { HistogramSum } from './histogram-sum.ts';
import { divideHistogram } from './scale-histogram.ts';

/** Sums of magnitudes up to this are far enough from overflow to be added without looking. */
const SAFE_MAGNITUDE = Number.MAX_VALUE / 4;

export class HistogramMean {
  /** Of all histograms, or their mean once `#isIncremental`. */
  #sum: HistogramSum;
  #count = 1;
  #isIncremental = false;
  /** At least the largest magnitude of any number in the sum. */
  #magnitude: number;

  /**
   * @param first is copied
   * @param memory where the arrays of the sum and of its results come from
   */
  constructor(first: NativeHistogram, memory: CountsMemory = separateCounts) {
    this.#sum = new HistogramSum(first, memory);
    this.#magnitude = magnitudeOf(first);
  }

  get bucketCount(): number {
    return this.#sum.bucketCount;
  }

  /** @returns false, with nothing changed, when exponential and custom buckets would meet */
  add(histogram: NativeHistogram, notes: CombineNotes): boolean {
    if (!this.#sum.accepts(histogram)) return false;
    this.#count++;
    if (!this.#isIncremental && this.#tryAddToSum(histogram, notes)) return true;
    this.#sum.scale((this.#count - 1) / this.#count);
    return this.#sum.add(divideHistogram(histogram, this.#count), notes);
  }

  /** @returns a float histogram, compact; more can be added */
  result(): NativeHistogram {
    return this.#isIncremental ? this.#sum.result() : this.#sum.mean(this.#count);
  }

  /** When the sum would overflow, turns it into the mean of what it had and returns false. */
  #tryAddToSum(histogram: NativeHistogram, notes: CombineNotes): boolean {
    this.#magnitude += magnitudeOf(histogram);
    if (this.#magnitude <= SAFE_MAGNITUDE) return this.#sum.add(histogram, notes);
    const attempt = this.#sum.copy();
    attempt.add(histogram, notes);
    if (!attempt.hasOverflow) {
      this.#sum = attempt;
      return true;
    }
    this.#sum.divide(this.#count - 1);
    this.#isIncremental = true;
    return false;
  }
}

/** The sum of all magnitudes; without that of a sum of NaN, which cannot overflow. */
function magnitudeOf({ count, sum, zeroCount, positive, negative }: NativeHistogram): number {
  let magnitude = Math.abs(count) + Math.abs(zeroCount) + (Number.isNaN(sum) ? 0 : Math.abs(sum));
  for (let at = 0; at < positive.counts.length; at++) magnitude += Math.abs(positive.counts[at]!);
  for (let at = 0; at < negative.counts.length; at++) magnitude += Math.abs(negative.counts[at]!);
  return magnitude;
}
