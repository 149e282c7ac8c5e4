// HOT PATH: sum() and avg() over native histograms; adding one of the same layout allocates nothing.
/** A compensated sum of native histograms: Prometheus's FloatHistogram.KahanAdd. */
import { type CounterResetHint, type NativeHistogram } from '@promontory/model';
import { CompensatedSum } from '../evaluate/compensated-sum.ts';
import { BucketSum } from './bucket-sum.ts';
import { alignAddend, combineHints, type CombineNotes } from './combine-histograms.ts';
import { type CountsMemory, separateCounts } from './counts-slab.ts';
import {
  addMapped,
  bucketsOfDense,
  intersectBounds,
  mapBounds,
  sameBounds,
  usesCustomBuckets,
} from './custom-bounds.ts';
import { commonZeroThreshold, countWithin, outside } from './zero-bucket.ts';

export class HistogramSum {
  readonly #memory: CountsMemory;
  readonly #isCustom: boolean;
  readonly #count = new CompensatedSum();
  readonly #sum = new CompensatedSum();
  readonly #zeroCount = new CompensatedSum();
  #hint: CounterResetHint;
  #schema: number;
  #zeroThreshold: number;
  #customValues: Float64Array;
  #positive: BucketSum;
  #negative: BucketSum;

  /**
   * @param first is copied; never a staleness marker, here as in {@link add}
   * @param memory where the arrays of the sum and of its totals come from
   */
  constructor(first: NativeHistogram, memory: CountsMemory = separateCounts) {
    this.#memory = memory;
    this.#isCustom = usesCustomBuckets(first);
    this.#count.reset(first.count);
    this.#sum.reset(first.sum);
    this.#zeroCount.reset(first.zeroCount);
    this.#hint = first.counterResetHint;
    this.#schema = first.schema;
    this.#zeroThreshold = first.zeroThreshold;
    this.#customValues = first.customValues;
    this.#positive = new BucketSum(first.positive, memory);
    this.#negative = new BucketSum(first.negative, memory);
  }

  copy(): HistogramSum {
    const copy = new HistogramSum(this.#uncompensated(), this.#memory);
    copy.#count.reset(this.#count.sum, this.#count.compensation);
    copy.#sum.reset(this.#sum.sum, this.#sum.compensation);
    copy.#zeroCount.reset(this.#zeroCount.sum, this.#zeroCount.compensation);
    copy.#positive = this.#positive.copy();
    copy.#negative = this.#negative.copy();
    return copy;
  }

  /** Whether `other` can be added: exponential buckets go with exponential ones, custom with custom ones. */
  accepts(other: NativeHistogram): boolean {
    return usesCustomBuckets(other) === this.#isCustom;
  }

  /** @returns false, with nothing changed, when the sum does not accept the histogram */
  add(other: NativeHistogram, notes: CombineNotes): boolean {
    if (!this.accepts(other)) return false;
    this.#hint = combineHints(this.#hint, other.counterResetHint, notes);
    const scaled = this.#reconcile(other, notes);
    this.#count.add(scaled.count);
    this.#sum.add(scaled.sum);
    this.#zeroCount.add(scaled.zeroCount);
    this.#positive.add(outside(scaled.positive, this.#schema, this.#zeroThreshold));
    this.#negative.add(outside(scaled.negative, this.#schema, this.#zeroThreshold));
    return true;
  }

  /** Multiplies all that was added up so far. A negative factor makes a gauge of it. */
  scale(factor: number): void {
    for (const sum of [this.#count, this.#sum, this.#zeroCount]) {
      sum.reset(sum.sum * factor, sum.compensation * factor);
    }
    this.#positive.scale(factor);
    this.#negative.scale(factor);
    if (factor < 0) this.#hint = 'gauge';
  }

  /** Divides all that was added up so far; not the same to the last bit as scaling by the inverse. @param divisor not 0 */
  divide(divisor: number): void {
    for (const sum of [this.#count, this.#sum, this.#zeroCount]) {
      sum.reset(sum.sum / divisor, sum.compensation / divisor);
    }
    this.#positive.divide(divisor);
    this.#negative.divide(divisor);
    if (divisor < 0) this.#hint = 'gauge';
  }

  /** Two numbers are kept for each. */
  get bucketCount(): number {
    return this.#positive.bucketCount + this.#negative.bucketCount;
  }

  /** Whether anything is infinite. */
  get hasOverflow(): boolean {
    for (const { sum } of [this.#count, this.#sum, this.#zeroCount]) {
      if (sum === Infinity || sum === -Infinity) return true;
    }
    return this.#positive.hasOverflow || this.#negative.hasOverflow;
  }

  /** @returns a float histogram, compact; the sum can go on */
  result(): NativeHistogram {
    return this.mean(1);
  }

  /** The sum divided by the count of what was added, sums and compensations each; else as {@link result}. */
  mean(count: number): NativeHistogram {
    return {
      isInteger: false,
      counterResetHint: this.#hint,
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount.sum / count + this.#zeroCount.compensation / count,
      count: this.#count.sum / count + this.#count.compensation / count,
      sum: this.#sum.sum / count + this.#sum.compensation / count,
      isStale: false,
      positive: this.#positive.total(count),
      negative: this.#negative.total(count),
      customValues: this.#customValues,
    };
  }

  #uncompensated(): NativeHistogram {
    return {
      isInteger: false,
      counterResetHint: this.#hint,
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount.sum,
      count: this.#count.sum,
      sum: this.#sum.sum,
      isStale: false,
      positive: this.#positive.sums,
      negative: this.#negative.sums,
      customValues: this.#customValues,
    };
  }

  /** Brings the sum and what is added to the same schema, zero threshold and bounds; returns the latter. */
  #reconcile(other: NativeHistogram, notes: CombineNotes): NativeHistogram {
    if (this.#isCustom) {
      if (sameBounds(this.#customValues, other.customValues)) return other;
      notes.boundsReconciled = true;
      return this.#reconcileBounds(other);
    }
    if (other.zeroThreshold === this.#zeroThreshold && other.schema === this.#schema) return other;
    return this.#reconcileScale(other);
  }

  #reconcileBounds(other: NativeHistogram): NativeHistogram {
    const common = intersectBounds(this.#customValues, other.customValues);
    const targets = mapBounds(this.#customValues, common);
    this.#positive.join((index) => targets[index]!);
    this.#customValues = common;
    const counts = new Float64Array(common.length + 1);
    addMapped(counts, other.positive, mapBounds(other.customValues, common), 1);
    return { ...other, positive: bucketsOfDense(counts), customValues: common };
  }

  #reconcileScale(other: NativeHistogram): NativeHistogram {
    const threshold = commonZeroThreshold(this.#uncompensated(), other);
    if (threshold > this.#zeroThreshold) {
      for (const buckets of [this.#positive, this.#negative]) {
        buckets.moveFirst(countWithin(buckets.sums, this.#schema, threshold), this.#zeroCount);
      }
      this.#zeroThreshold = threshold;
    }
    const schema = Math.min(this.#schema, other.schema);
    if (schema < this.#schema) {
      const ratio = 2 ** (this.#schema - schema);
      for (const buckets of [this.#positive, this.#negative]) {
        buckets.join((index) => Math.ceil(index / ratio));
      }
      this.#schema = schema;
    }
    return alignAddend(other, threshold, schema);
  }
}
