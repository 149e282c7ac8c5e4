// HOT PATH: 2 ns a sample, no allocation.
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';

/** min and max; NaN only when there is nothing else. */
export class ExtremeAccumulator implements Accumulator {
  readonly #stepCount: number;
  readonly #isMaximum: boolean;
  readonly #extremes: Float64Array;
  readonly #seen: Uint8Array;

  constructor({ groupCount, stepCount }: AccumulatorSize, extreme: 'min' | 'max') {
    this.#stepCount = stepCount;
    this.#isMaximum = extreme === 'max';
    this.#extremes = new Float64Array(groupCount * stepCount).fill(NaN);
    this.#seen = new Uint8Array(groupCount * stepCount);
  }

  add(groupIndex: number, column: StepColumn): void {
    const { values, present } = column;
    const extremes = this.#extremes;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < present.length; step++) {
      if (present[step] === 0) continue;
      const slot = base + step;
      const value = values[step]!;
      const extreme = extremes[slot]!;
      this.#seen[slot] = 1;
      const beats = this.#isMaximum ? value > extreme : value < extreme;
      if (beats || extreme !== extreme) extremes[slot] = value;
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    const base = groupIndex * this.#stepCount;
    const end = base + this.#stepCount;
    target.values.set(this.#extremes.subarray(base, end));
    target.present.set(this.#seen.subarray(base, end));
  }
}
