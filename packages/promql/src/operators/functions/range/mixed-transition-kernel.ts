// HOT PATH: O(1) a window, no allocation once grown; histograms are compared once a series.
/**
 * changes and resets where native histograms are: as of floats, with the samples of both kinds in the order of time. A
 * sample's place in it is its index plus the number of samples of the other kind before it, so that the window's indices
 * of both kinds together are its places.
 */
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { equalHistograms } from '../../../histogram/equal-histograms.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';
import { emptySample, SampleOrder, type OrderedSample } from './sample-order.ts';
import { isStartReset } from './start-timestamps.ts';
import { anchorOf, type TransitionFunction } from './transition-kernel.ts';

export class MixedTransitionKernel implements HistogramKernel {
  readonly usesStartTimestamps: boolean;
  readonly #isTransition: (previous: OrderedSample, current: OrderedSample) => boolean;
  readonly #order = new SampleOrder();
  #previous = emptySample();
  #current = emptySample();
  /** Of the samples in order. */
  #timestampMs = new Float64Array(0);
  /** [i]: transitions between the samples 0 to i. */
  #countUpTo = new Int32Array(0);

  constructor(transitionFunction: TransitionFunction) {
    this.usesStartTimestamps = transitionFunction === 'resets';
    this.#isTransition = transitionFunction === 'resets' ? isReset : isChange;
  }

  begin(input: KernelInput): void {
    const floatCount = input.floats.count;
    const histogramCount = input.histograms.length;
    this.#reserve(floatCount + histogramCount);
    this.#order.begin(input, 0, floatCount, 0, histogramCount);
    let transitions = 0;
    const count = floatCount + histogramCount;
    for (let place = 0; place < count;) {
      const end = input.blocks.endOf(place, count);
      for (; place < end; place++) {
        this.#order.next(this.#current);
        if (place > 0 && this.#isTransition(this.#previous, this.#current)) transitions++;
        this.#timestampMs[place] = this.#current.timestampMs;
        this.#countUpTo[place] = transitions;
        const read = this.#current;
        this.#current = this.#previous;
        this.#previous = read;
      }
    }
  }

  evaluate(
    { low, high, histogramLow, histogramHigh, startMs, step }: SampleWindow,
    target: StepColumn,
  ): void {
    const end = high + histogramHigh;
    // An anchor alone says nothing.
    if (this.#timestampMs[end - 1]! <= startMs) return;
    const from = anchorOf(this.#timestampMs, low + histogramLow, end, startMs);
    target.set(step, this.#countUpTo[end - 1]! - this.#countUpTo[from]!);
  }

  #reserve(count: number): void {
    if (this.#timestampMs.length >= count) return;
    this.#timestampMs = new Float64Array(count * 2);
    this.#countUpTo = new Int32Array(count * 2);
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
