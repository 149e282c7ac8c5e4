/** irate and idelta where native histograms are: the last two samples of the window, of whichever kind. */
import type { NativeHistogram } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { subtractHistograms, withHint, type CombineNotes } from '../../../histogram/combine-histograms.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { divideHistogram } from '../../../histogram/scale-histogram.ts';
import type { HistogramKernel, KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';
import { emptySample, SampleOrder, type OrderedSample } from './sample-order.ts';
import { isStartReset } from './start-timestamps.ts';

/** The samples of a kind that can be among the last two of both kinds. */
const PAIR = 2;

export class MixedLastPairKernel implements HistogramKernel {
  readonly #isRate: boolean;
  /** Takes pairs of floats. */
  readonly #floats: RangeKernel;
  readonly #notes: RangeNotes;
  readonly #combineNotes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  readonly #order = new SampleOrder();
  #input: KernelInput | null = null;
  #previous = emptySample();
  #last = emptySample();

  constructor(isRate: boolean, floats: RangeKernel, notes: RangeNotes) {
    this.#isRate = isRate;
    this.#floats = floats;
    this.#notes = notes;
  }

  begin(input: KernelInput): void {
    this.#input = input;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#input === null || !this.#findPair(this.#input, window)) return;
    const previous = this.#previous.histogram;
    const last = this.#last.histogram;
    if (previous === null && last === null) this.#floats.evaluate(window, target);
    else if (previous === null || last === null) this.#notes.tell('mixed-types');
    else this.#setHistogram(window.step, previous, last, target);
  }

  /** @returns false when there are fewer than two samples */
  #findPair(input: KernelInput, window: SampleWindow): boolean {
    const { low, high, histogramLow, histogramHigh } = window;
    if (high - low + histogramHigh - histogramLow < PAIR) return false;
    const firstFloat = Math.max(low, high - PAIR);
    const firstHistogram = Math.max(histogramLow, histogramHigh - PAIR);
    this.#order.begin(input, firstFloat, high, firstHistogram, histogramHigh);
    // The older of the two makes room for the next.
    while (this.#order.next(this.#previous)) {
      const newest = this.#previous;
      this.#previous = this.#last;
      this.#last = newest;
    }
    return true;
  }

  #setHistogram(step: number, previous: NativeHistogram, last: NativeHistogram, target: StepColumn): void {
    this.#checkHints(previous, last);
    let result: NativeHistogram | null = last;
    if (!this.#isRate || !this.#isReset(previous, last)) {
      result = subtractHistograms(last, previous, this.#combineNotes);
      if (this.#combineNotes.boundsReconciled) this.#notes.tell('reconciled-subtraction');
      this.#combineNotes.boundsReconciled = false;
    }
    if (result === null) {
      this.#notes.tell('mixed-schemas');
      return;
    }
    const seconds = (this.#last.timestampMs - this.#previous.timestampMs) / 1000;
    const perSecond = this.#isRate ? divideHistogram(result, seconds) : result;
    target.setHistogram(step, withHint(perSecond, 'gauge'));
  }

  #isReset(previous: NativeHistogram, last: NativeHistogram): boolean {
    return startsAnew(this.#previous, this.#last) || detectReset(last, previous);
  }

  #checkHints(previous: NativeHistogram, last: NativeHistogram): void {
    if (this.#isRate && (isGauge(previous) || isGauge(last))) this.#notes.tell('not-counter');
    if (!this.#isRate && !(isGauge(previous) && isGauge(last))) this.#notes.tell('not-gauge');
  }
}

function isGauge({ counterResetHint }: NativeHistogram): boolean {
  return counterResetHint === 'gauge';
}

function startsAnew(previous: OrderedSample, last: OrderedSample): boolean {
  return isStartReset(previous.startMs, previous.timestampMs, last.startMs, last.timestampMs);
}
