// HOT PATH: 4 ns a sample, no allocation.
import { FLOAT, type StepColumn } from '../../evaluate/step-column.ts';
import type { AccumulatorSize, FloatAccumulator } from './accumulator.ts';

/**
 * sum, compensated as Neumaier does. What an addition lost is found as Knuth does (TwoSum, The Art of Computer
 * Programming 2, 4.2.2): the same number without asking which of the two is larger, which no processor can foresee.
 */
export class SumAccumulator implements FloatAccumulator {
  readonly #stepCount: number;
  readonly #sums: Float64Array;
  readonly #compensations: Float64Array;
  /** FLOAT where something was added, else NO_SAMPLE. */
  readonly #seen: Uint8Array;

  constructor({ groupCount, stepCount }: AccumulatorSize) {
    this.#stepCount = stepCount;
    this.#sums = new Float64Array(groupCount * stepCount);
    this.#compensations = new Float64Array(groupCount * stepCount);
    this.#seen = new Uint8Array(groupCount * stepCount);
  }

  add(groupIndex: number, column: StepColumn): void {
    const { values, kinds } = column;
    const sums = this.#sums;
    const compensations = this.#compensations;
    const seen = this.#seen;
    const float = FLOAT;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < kinds.length;) {
      const end = column.blocks.endOf(step, kinds.length);
      for (; step < end; step++) {
        if (kinds[step] !== float) continue;
        const slot = base + step;
        const value = values[step]!;
        const sum = sums[slot]!;
        const next = sum + value;
        if (next === Infinity || next === -Infinity) compensations[slot] = 0;
        else {
          const added = next - sum;
          compensations[slot]! += sum - (next - added) + (value - added);
        }
        sums[slot] = next;
        seen[slot] = float;
      }
    }
  }

  hasFloat(slot: number): boolean {
    return this.#seen[slot] === FLOAT;
  }

  finish(groupIndex: number, target: StepColumn): void {
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const slot = base + step;
        target.values[step] = this.#sums[slot]! + this.#compensations[slot]!;
        target.kinds[step] = this.#seen[slot]!;
      }
    }
  }
}
