/** ts_of_min_over_time and ts_of_max_over_time: the time of the extreme, the latest one of equals. */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export class ExtremeTimeKernel implements RangeKernel {
  readonly #sign: number;
  #samples: SampleColumns | null = null;

  constructor(extreme: 'min' | 'max') {
    this.#sign = extreme === 'max' ? 1 : -1;
  }

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const samples = this.#samples;
    if (samples === null) return;
    const { value, timestampMs } = samples;
    let found = window.low;
    let extreme = value[found]!;
    for (let index = window.low; index < window.high;) {
      const end = target.blocks.endOf(index, window.high);
      for (; index < end; index++) {
        const sample = value[index]!;
        if (this.#sign * sample >= this.#sign * extreme || extreme !== extreme) {
          extreme = sample;
          found = index;
        }
      }
    }
    target.set(window.step, timestampMs[found]! / 1000);
  }
}
