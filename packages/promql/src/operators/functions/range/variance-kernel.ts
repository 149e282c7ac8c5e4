/** stddev_over_time and stdvar_over_time: Welford's method with compensated sums. */
import type { SampleColumns } from '@promontory/model';
import { CompensatedSum } from '../../../evaluate/compensated-sum.ts';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export class VarianceKernel implements RangeKernel {
  readonly #isDeviation: boolean;
  readonly #mean = new CompensatedSum();
  readonly #squares = new CompensatedSum();
  #samples: SampleColumns | null = null;

  constructor(isDeviation: boolean) {
    this.#isDeviation = isDeviation;
  }

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const value = this.#samples?.value;
    if (value === undefined) return;
    const mean = this.#mean;
    const squares = this.#squares;
    mean.reset();
    squares.reset();
    let count = 0;
    for (let index = window.low; index < window.high;) {
      const end = target.blocks.endOf(index, window.high);
      for (; index < end; index++) {
        const sample = value[index]!;
        count++;
        const delta = sample - mean.total;
        mean.add(delta / count);
        squares.add(delta * (sample - mean.total));
      }
    }
    const variance = squares.total / count;
    target.set(window.step, this.#isDeviation ? Math.sqrt(variance) : variance);
  }
}
