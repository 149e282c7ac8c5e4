// HOT PATH: 2 ns a sample to collect, a sort per group and step, no allocation.
/**
 * quantile: the only aggregation that has to keep all its input. A group's values stand step by step, room for
 * all members at every step; steps keep their own counts.
 */
import { quantileOf } from '../../evaluate/quantile.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, type StepColumn } from '../../evaluate/step-column.ts';
import type { ScalarOperator } from '../operator.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';

/** A group can have enough values for seconds of sorting: this many take a few milliseconds. */
const SORTED_BETWEEN_CHECKPOINTS = 100_000;

export class QuantileAccumulator implements Accumulator {
  readonly #context: QueryContext;
  readonly #stepCount: number;
  readonly #quantile: ScalarOperator;
  readonly #memberCounts: Int32Array;
  /** Start of each group in `#values`. */
  readonly #groupStarts: Float64Array;
  readonly #values: Float64Array;
  readonly #counts: Int32Array;

  /** @param groupOfSeries input series → group */
  constructor(
    context: QueryContext,
    { groupCount, stepCount }: AccumulatorSize,
    groupOfSeries: Int32Array,
    quantile: ScalarOperator,
  ) {
    context.budget.hold(groupOfSeries.length * stepCount);
    this.#context = context;
    this.#stepCount = stepCount;
    this.#quantile = quantile;
    this.#memberCounts = new Int32Array(groupCount);
    for (const group of groupOfSeries) this.#memberCounts[group]!++;
    this.#groupStarts = new Float64Array(groupCount);
    for (let group = 1; group < groupCount; group++) {
      this.#groupStarts[group] = this.#groupStarts[group - 1]! + this.#memberCounts[group - 1]! * stepCount;
    }
    this.#values = new Float64Array(groupOfSeries.length * stepCount);
    this.#counts = new Int32Array(groupCount * stepCount);
  }

  add(groupIndex: number, column: StepColumn): void {
    const { values, kinds } = column;
    const members = this.#memberCounts[groupIndex]!;
    const start = this.#groupStarts[groupIndex]!;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < kinds.length;) {
      const end = column.blocks.endOf(step, kinds.length);
      for (; step < end; step++) {
        if (kinds[step] !== FLOAT) continue;
        this.#values[start + step * members + this.#counts[base + step]!++] = values[step]!;
      }
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    const members = this.#memberCounts[groupIndex]!;
    const start = this.#groupStarts[groupIndex]!;
    const base = groupIndex * this.#stepCount;
    const quantiles = this.#quantile.values();
    let sorted = 0;
    target.clear();
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const count = this.#counts[base + step]!;
        if (count === 0) continue;
        sorted += count;
        if (sorted > SORTED_BETWEEN_CHECKPOINTS) {
          sorted = 0;
          this.#context.checkpoint();
        }
        const first = start + step * members;
        const values = this.#values.subarray(first, first + count);
        target.set(step, quantileOf(quantiles[step]!, values, count, target.blocks));
      }
    }
  }
}
