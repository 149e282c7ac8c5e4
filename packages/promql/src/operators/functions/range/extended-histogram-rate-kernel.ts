/** rate, increase and delta of native histograms over anchored and smoothed windows. */
import { CUSTOM_BUCKETS_SCHEMA, type HistogramSample, type NativeHistogram } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { UNWATCHED_BLOCKS } from '../../../evaluate/work-blocks.ts';
import {
  addHistograms,
  subtractHistograms,
  withHint,
  type CombineNotes,
} from '../../../histogram/combine-histograms.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { divideHistogram } from '../../../histogram/scale-histogram.ts';
import type { ExtendedRateOptions } from './extended-rate-kernel.ts';
import { flagResets, isUniform } from './histogram-series.ts';
import { HistogramTimes } from './histogram-times.ts';
import { interpolateHistograms } from './interpolate.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';
import { WindowEnds } from './window-ends.ts';

export class ExtendedHistogramRateKernel implements HistogramKernel {
  readonly #options: ExtendedRateOptions;
  readonly #notes: RangeNotes;
  readonly #combineNotes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  readonly #ends: WindowEnds;
  readonly #times = new HistogramTimes();
  /** 1 where the counter began anew between the histogram before and this one. */
  #isReset = new Uint8Array(0);
  /** All of one schema, and none a gauge: nothing to look for in a window. */
  #isUniform = false;
  #histograms: readonly HistogramSample[] = [];
  #blocks = UNWATCHED_BLOCKS;

  constructor(options: ExtendedRateOptions, notes: RangeNotes) {
    this.#options = options;
    this.#notes = notes;
    this.#ends = new WindowEnds(options.isSmoothed);
  }

  begin({ histograms, blocks }: KernelInput): void {
    this.#histograms = histograms;
    this.#blocks = blocks;
    this.#times.fill(histograms);
    this.#isUniform = isUniform(histograms);
    if (!this.#options.isCounter) return;
    this.#isReset = flagResets(
      this.#isReset,
      histograms.length,
      (index) => detectReset(this.#at(index).histogram, this.#at(index - 1).histogram),
      blocks,
    );
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (window.low < window.high) {
      this.#notes.tell('mixed-types');
      return;
    }
    const { histogramLow, histogramHigh } = window;
    if (!this.#ends.find(this.#times.timestampMs, histogramLow, histogramHigh, window)) return;
    if (!this.#isUniform && !this.#isConsistent()) return;
    const left = this.#valueAtStart(window);
    const right = this.#valueAtEnd(window);
    const increase = left === null || right === null ? null : this.#increase(window, left, right);
    if (increase === null) {
      this.#notes.tell('mixed-schemas');
      return;
    }
    const result = this.#options.isPerSecond
      ? divideHistogram(increase, (window.endMs - window.startMs) / 1000)
      : increase;
    target.setHistogram(window.step, withHint(result, 'gauge'));
  }

  #at(index: number): HistogramSample {
    return this.#histograms[index]!;
  }

  /** All of one family of schemas; tells of gauges among counters. */
  #isConsistent(): boolean {
    const { first, last } = this.#ends;
    const isCustom = this.#at(first).histogram.schema === CUSTOM_BUCKETS_SCHEMA;
    for (let index = first; index <= last; index++) {
      const { schema, counterResetHint } = this.#at(index).histogram;
      if ((schema === CUSTOM_BUCKETS_SCHEMA) !== isCustom) {
        this.#notes.tell('mixed-schemas');
        return false;
      }
      if (this.#options.isCounter && counterResetHint === 'gauge') this.#notes.tell('not-counter');
    }
    return true;
  }

  #valueAtStart({ startMs }: SampleWindow): NativeHistogram | null {
    const { first } = this.#ends;
    const { isSmoothed, isCounter } = this.#options;
    const sample = this.#at(first);
    if (!isSmoothed || sample.timestampMs >= startMs) return sample.histogram;
    return this.#noted(
      interpolateHistograms(sample, this.#at(first + 1), startMs, isCounter, this.#combineNotes),
    );
  }

  #valueAtEnd({ endMs }: SampleWindow): NativeHistogram | null {
    const { last } = this.#ends;
    const { isSmoothed, isCounter } = this.#options;
    const sample = this.#at(last);
    if (!isSmoothed || sample.timestampMs <= endMs) return sample.histogram;
    return this.#noted(
      interpolateHistograms(this.#at(last - 1), sample, endMs, isCounter, this.#combineNotes),
    );
  }

  #increase(window: SampleWindow, left: NativeHistogram, right: NativeHistogram): NativeHistogram | null {
    const { isCounter } = this.#options;
    if (!isCounter && (left.counterResetHint !== 'gauge' || right.counterResetHint !== 'gauge')) {
      this.#notes.tell('not-gauge');
    }
    const difference = this.#noted(subtractHistograms(right, left, this.#combineNotes), 'subtraction');
    return isCounter && difference !== null ? this.#addResets(difference, window, left, right) : difference;
  }

  /** What resets hid between the ends. */
  #addResets(
    difference: NativeHistogram,
    window: SampleWindow,
    left: NativeHistogram,
    right: NativeHistogram,
  ): NativeHistogram | null {
    const { first, last } = this.#ends;
    let from = first + 1;
    let previous = left;
    if (this.#startSpansReset(window)) {
      // The value at the start was taken across the reset, which is accounted for with it.
      previous = this.#at(first + 1).histogram;
      from++;
    }
    let hidden: NativeHistogram | null = null;
    for (let index = from; index <= last;) {
      const end = this.#blocks.endOf(index, last + 1);
      for (; index < end; index++) {
        // The last sample may stand for itself, or for the value at the end, which has its hint.
        const current = index === last ? right : this.#at(index).histogram;
        if (this.#isResetBetween(index, previous, current)) {
          hidden = hidden === null ? previous : this.#add(hidden, previous);
          if (hidden === null) return null;
        }
        previous = current;
      }
    }
    return hidden === null ? difference : this.#add(difference, hidden);
  }

  #add(left: NativeHistogram, right: NativeHistogram): NativeHistogram | null {
    return this.#noted(addHistograms(left, right, this.#combineNotes), 'addition');
  }

  /** What was found out about the samples does not count where a value at an end stands for one. */
  #isResetBetween(index: number, previous: NativeHistogram, current: NativeHistogram): boolean {
    const areSamples = previous === this.#at(index - 1).histogram && current === this.#at(index).histogram;
    return areSamples ? this.#isReset[index] === 1 : detectReset(current, previous);
  }

  #startSpansReset({ startMs }: SampleWindow): boolean {
    const { first } = this.#ends;
    if (!this.#options.isSmoothed || this.#at(first).timestampMs >= startMs) return false;
    return first + 1 < this.#histograms.length && this.#isReset[first + 1] === 1;
  }

  #noted<T>(result: T, operation: 'addition' | 'subtraction' = 'subtraction'): T {
    if (this.#combineNotes.boundsReconciled) this.#notes.tell(`reconciled-${operation}`);
    this.#combineNotes.boundsReconciled = false;
    return result;
  }
}
