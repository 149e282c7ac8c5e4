// HOT PATH: 1 ns a sample, no allocation.
import { FLOAT, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';

/** count and group: of floats and histograms alike. */
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
    const { kinds } = column;
    const counts = this.#counts;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < kinds.length;) {
      const end = column.blocks.endOf(step, kinds.length);
      for (; step < end; step++) if (kinds[step] !== NO_SAMPLE) counts[base + step]!++;
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const count = this.#counts[base + step]!;
        target.values[step] = this.#presenceOnly ? 1 : count;
        target.kinds[step] = count > 0 ? FLOAT : NO_SAMPLE;
      }
    }
  }
}
