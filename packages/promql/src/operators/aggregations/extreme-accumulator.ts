// HOT PATH: 2 ns a sample, no allocation.
import { FLOAT, type StepColumn } from '../../evaluate/step-column.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';

/** min and max; NaN only when there is nothing else. */
export class ExtremeAccumulator implements Accumulator {
  readonly #stepCount: number;
  readonly #isMaximum: boolean;
  readonly #extremes: Float64Array;
  /** FLOAT where something was added, else NO_SAMPLE. */
  readonly #seen: Uint8Array;

  constructor({ groupCount, stepCount }: AccumulatorSize, extreme: 'min' | 'max') {
    this.#stepCount = stepCount;
    this.#isMaximum = extreme === 'max';
    this.#extremes = new Float64Array(groupCount * stepCount);
    this.#seen = new Uint8Array(groupCount * stepCount);
  }

  add(groupIndex: number, column: StepColumn): void {
    const { values, kinds } = column;
    const extremes = this.#extremes;
    const seen = this.#seen;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < kinds.length;) {
      const end = column.blocks.endOf(step, kinds.length);
      for (; step < end; step++) {
        if (kinds[step] !== FLOAT) continue;
        const slot = base + step;
        const value = values[step]!;
        const extreme = extremes[slot]!;
        const beats = this.#isMaximum ? value > extreme : value < extreme;
        if (beats || extreme !== extreme || seen[slot] !== FLOAT) extremes[slot] = value;
        seen[slot] = FLOAT;
      }
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    const base = groupIndex * this.#stepCount;
    target.setFloats(this.#extremes, this.#seen, base);
  }
}
