/** changes and resets where native histograms are: the window's samples are walked in the order of time. */
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { equalHistograms } from '../../../histogram/equal-histograms.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';
import { emptySample, SampleOrder, type OrderedSample } from './sample-order.ts';
import { isStartReset } from './start-timestamps.ts';
import type { TransitionFunction } from './transition-kernel.ts';

export class MixedTransitionKernel implements HistogramKernel {
  readonly usesStartTimestamps: boolean;
  readonly #isTransition: (previous: OrderedSample, current: OrderedSample) => boolean;
  readonly #order = new SampleOrder();
  #input: KernelInput | null = null;
  #previous = emptySample();
  #current = emptySample();

  constructor(transitionFunction: TransitionFunction) {
    this.usesStartTimestamps = transitionFunction === 'resets';
    this.#isTransition = transitionFunction === 'resets' ? isReset : isChange;
  }

  begin(input: KernelInput): void {
    this.#input = input;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#input === null) return;
    this.#order.begin(this.#input, window);
    let transitions = 0;
    let isFirst = true;
    while (this.#order.next(this.#current)) {
      const isInside = this.#current.timestampMs > window.startMs;
      if (isInside && !isFirst && this.#isTransition(this.#previous, this.#current)) transitions++;
      isFirst = false;
      [this.#previous, this.#current] = [this.#current, this.#previous];
    }
    // An anchor alone, without a sample after it, says nothing.
    if (this.#previous.timestampMs > window.startMs) target.set(window.step, transitions);
  }
}

function isReset(previous: OrderedSample, current: OrderedSample): boolean {
  if ((previous.histogram === null) !== (current.histogram === null)) return true;
  if (isStartReset(previous.startMs, previous.timestampMs, current.startMs, current.timestampMs)) return true;
  if (previous.histogram === null || current.histogram === null) return current.value < previous.value;
  return detectReset(current.histogram, previous.histogram);
}

function isChange(previous: OrderedSample, current: OrderedSample): boolean {
  if ((previous.histogram === null) !== (current.histogram === null)) return true;
  if (previous.histogram === null || current.histogram === null) {
    return !(
      current.value === previous.value ||
      (Number.isNaN(current.value) && Number.isNaN(previous.value))
    );
  }
  return !equalHistograms(current.histogram, previous.histogram);
}
