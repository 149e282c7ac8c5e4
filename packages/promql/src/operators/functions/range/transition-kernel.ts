// HOT PATH: one comparison a sample, O(1) a window, no allocation once grown.
/** changes and resets: transitions between neighbours are counted once, a window's count is a difference. */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { RangeKernel, SampleWindow } from './range-kernel.ts';

export class TransitionKernel implements RangeKernel {
  readonly #kind: 'changes' | 'resets';
  /** [i]: transitions between the samples 0 to i. */
  #countUpTo = new Int32Array(256);

  constructor(kind: 'changes' | 'resets') {
    this.#kind = kind;
  }

  begin(samples: SampleColumns): void {
    const { value, count } = samples;
    if (this.#countUpTo.length < count) this.#countUpTo = new Int32Array(count * 2);
    const countUpTo = this.#countUpTo;
    const countResets = this.#kind === 'resets';
    let transitions = 0;
    countUpTo[0] = 0;
    for (let index = 1; index < count; index++) {
      const previous = value[index - 1]!;
      const current = value[index]!;
      const counts = countResets
        ? current < previous
        : current !== previous && !(current !== current && previous !== previous);
      if (counts) transitions++;
      countUpTo[index] = transitions;
    }
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    target.set(window.step, this.#countUpTo[window.high - 1]! - this.#countUpTo[window.low]!);
  }
}
