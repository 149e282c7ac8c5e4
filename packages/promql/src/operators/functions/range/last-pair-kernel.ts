/** irate and idelta: only the last two samples of the window count. */
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';
import { isStartReset } from './start-timestamps.ts';

export class LastPairKernel implements RangeKernel {
  readonly usesStartTimestamps: boolean;
  readonly #isRate: boolean;
  #input: KernelInput | null = null;

  /** @param isRate per second and aware of counter resets (irate), or the bare difference (idelta) */
  constructor(isRate: boolean) {
    this.#isRate = isRate;
    this.usesStartTimestamps = isRate;
  }

  begin(input: KernelInput): void {
    this.#input = input;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#input === null || window.high - window.low < 2) return;
    const { timestampMs, value } = this.#input.floats;
    const lastIndex = window.high - 1;
    const last = value[lastIndex]!;
    const previous = value[lastIndex - 1]!;
    if (!this.#isRate) {
      target.set(window.step, last - previous);
      return;
    }
    const startsMs = this.#input.floatStartsMs;
    const lastMs = timestampMs[lastIndex]!;
    const previousMs = timestampMs[lastIndex - 1]!;
    const isReset =
      last < previous ||
      (startsMs !== null && isStartReset(startsMs[lastIndex - 1]!, previousMs, startsMs[lastIndex]!, lastMs));
    const increase = isReset ? last : last - previous;
    target.set(window.step, increase / ((lastMs - previousMs) / 1000));
  }
}
