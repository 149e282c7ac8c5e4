// HOT PATH: 1 ns a sample, no allocation.
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';

/** count and group. */
export class CountAccumulator implements Accumulator {
  readonly #stepCount: number;
  readonly #presenceOnly: boolean;
  readonly #counts: Float64Array;

  /** @param presenceOnly group: the value is 1 wherever something is there */
  constructor({ groupCount, stepCount }: AccumulatorSize, presenceOnly: boolean) {
    this.#stepCount = stepCount;
    this.#presenceOnly = presenceOnly;
    this.#counts = new Float64Array(groupCount * stepCount);
  }

  add(groupIndex: number, column: StepColumn): void {
    const { present } = column;
    const counts = this.#counts;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < present.length; step++) counts[base + step]! += present[step]!;
  }

  finish(groupIndex: number, target: StepColumn): void {
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < target.stepCount; step++) {
      const count = this.#counts[base + step]!;
      target.values[step] = this.#presenceOnly ? 1 : count;
      target.present[step] = count > 0 ? 1 : 0;
    }
  }
}
