// HOT PATH: 5 ns a sample, no allocation.
import { FLOAT, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';

/** stddev and stdvar of the population, by Welford's method. */
export class VarianceAccumulator implements Accumulator {
  readonly #stepCount: number;
  readonly #isDeviation: boolean;
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor({ groupCount, stepCount }: AccumulatorSize, isDeviation: boolean) {
    this.#stepCount = stepCount;
    this.#isDeviation = isDeviation;
    this.#counts = new Float64Array(groupCount * stepCount);
    this.#means = new Float64Array(groupCount * stepCount);
    this.#squares = new Float64Array(groupCount * stepCount);
  }

  add(groupIndex: number, column: StepColumn): void {
    const { values, kinds } = column;
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < kinds.length;) {
      const end = column.blocks.endOf(step, kinds.length);
      for (; step < end; step++) {
        if (kinds[step] !== FLOAT) continue;
        const slot = base + step;
        const value = values[step]!;
        const count = ++this.#counts[slot]!;
        if (count === 1) {
          this.#means[slot] = value;
          // One infinite value has no variance either.
          this.#squares[slot] = value - value;
          continue;
        }
        const delta = value - this.#means[slot]!;
        this.#means[slot]! += delta / count;
        this.#squares[slot]! += delta * (value - this.#means[slot]!);
      }
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    const base = groupIndex * this.#stepCount;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const count = this.#counts[base + step]!;
        const variance = this.#squares[base + step]! / count;
        target.values[step] = this.#isDeviation ? Math.sqrt(variance) : variance;
        target.kinds[step] = count > 0 ? FLOAT : NO_SAMPLE;
      }
    }
  }
}
