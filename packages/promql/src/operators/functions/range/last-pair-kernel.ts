/** irate and idelta: only the last two samples of the window count. */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { RangeKernel, SampleWindow } from './range-kernel.ts';

export class LastPairKernel implements RangeKernel {
  readonly #isRate: boolean;
  #samples: SampleColumns | null = null;

  /** @param isRate per second and aware of counter resets (irate), or the bare difference (idelta) */
  constructor(isRate: boolean) {
    this.#isRate = isRate;
  }

  begin(samples: SampleColumns): void {
    this.#samples = samples;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const samples = this.#samples;
    if (samples === null || window.high - window.low < 2) return;
    const last = samples.value[window.high - 1]!;
    const previous = samples.value[window.high - 2]!;
    if (!this.#isRate) {
      target.set(window.step, last - previous);
      return;
    }
    const increase = last < previous ? last : last - previous;
    const elapsedMs = samples.timestampMs[window.high - 1]! - samples.timestampMs[window.high - 2]!;
    target.set(window.step, increase / (elapsedMs / 1000));
  }
}
