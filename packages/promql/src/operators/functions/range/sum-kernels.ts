// HOT PATH: 2 ns a sample and window, no allocation.
/**
 * sum_over_time and avg_over_time. Every window is summed anew: taking the samples that leave a window away
 * again would leave their rounding errors behind.
 */
import type { SampleColumns } from '@promontory/model';
import { CompensatedSum } from '../../../evaluate/compensated-sum.ts';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { WorkBlocks } from '../../../evaluate/work-blocks.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export class SumKernel implements RangeKernel {
  #samples: SampleColumns | null = null;

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const value = this.#samples?.value;
    if (value === undefined) return;
    let sum = 0;
    let compensation = 0;
    for (let index = window.low; index < window.high;) {
      const end = target.blocks.endOf(index, window.high);
      for (; index < end; index++) {
        const sample = value[index]!;
        const next = sum + sample;
        if (next === Infinity || next === -Infinity) compensation = 0;
        else if (Math.abs(sum) >= Math.abs(sample)) compensation += sum - next + sample;
        else compensation += sample - next + sum;
        sum = next;
      }
    }
    target.set(window.step, Math.abs(sum) === Infinity ? sum : sum + compensation);
  }
}

export class AverageKernel implements RangeKernel {
  readonly #mean = new CompensatedSum();
  #samples: SampleColumns | null = null;

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const value = this.#samples?.value;
    if (value === undefined) return;
    let sum = value[window.low]!;
    let compensation = 0;
    for (let index = window.low + 1; index < window.high;) {
      const end = target.blocks.endOf(index, window.high);
      for (; index < end; index++) {
        const sample = value[index]!;
        const next = sum + sample;
        if (next === Infinity || next === -Infinity) {
          const count = index - window.low;
          this.#mean.reset(sum / count, compensation / count);
          target.set(window.step, this.#incrementalMean(value, window, index, target.blocks));
          return;
        }
        if (Math.abs(sum) >= Math.abs(sample)) compensation += sum - next + sample;
        else compensation += sample - next + sum;
        sum = next;
      }
    }
    const count = window.high - window.low;
    target.set(window.step, sum / count + compensation / count);
  }

  /** The sum would overflow at `fromIndex`: from there on the mean itself is updated. */
  #incrementalMean(value: Float64Array, window: SampleWindow, fromIndex: number, blocks: WorkBlocks): number {
    const mean = this.#mean;
    let count = fromIndex - window.low;
    for (let index = fromIndex; index < window.high;) {
      const end = blocks.endOf(index, window.high);
      for (; index < end; index++) {
        count++;
        const weight = (count - 1) / count;
        mean.reset(weight * mean.sum, weight * mean.compensation);
        mean.add(value[index]! / count);
      }
    }
    return mean.total;
  }
}
