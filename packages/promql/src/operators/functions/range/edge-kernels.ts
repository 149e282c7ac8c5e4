/** Kernels that look at the ends of the window only, or at its length: all O(1) per window. */
import { unreachable } from '@promontory/base';
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export type EdgeFunction =
  | 'count_over_time'
  | 'present_over_time'
  | 'first_over_time'
  | 'last_over_time'
  | 'ts_of_first_over_time'
  | 'ts_of_last_over_time';

export class EdgeKernel implements RangeKernel {
  readonly #function: EdgeFunction;
  #samples: SampleColumns | null = null;

  constructor(edgeFunction: EdgeFunction) {
    this.#function = edgeFunction;
  }

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#samples !== null) target.set(window.step, this.#value(this.#samples, window));
  }

  #value(samples: SampleColumns, window: SampleWindow): number {
    switch (this.#function) {
      case 'count_over_time':
        return window.high - window.low;
      case 'present_over_time':
        return 1;
      case 'first_over_time':
        return samples.value[window.low]!;
      case 'last_over_time':
        return samples.value[window.high - 1]!;
      case 'ts_of_first_over_time':
        return samples.timestampMs[window.low]! / 1000;
      case 'ts_of_last_over_time':
        return samples.timestampMs[window.high - 1]! / 1000;
      default:
        return unreachable(this.#function);
    }
  }
}
