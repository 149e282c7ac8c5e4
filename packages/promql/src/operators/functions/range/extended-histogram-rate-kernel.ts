/** rate, increase and delta of native histograms over anchored and smoothed windows. */
import { CUSTOM_BUCKETS_SCHEMA, type HistogramSample, type NativeHistogram } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { addHistograms, subtractHistograms } from '../../../histogram/combine-histograms.ts';
import type { CombineNotes } from '../../../histogram/combine-histograms.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { divideHistogram } from '../../../histogram/scale-histogram.ts';
import { withHint } from '../../../histogram/combine-histograms.ts';
import type { ExtendedRateOptions } from './extended-rate-kernel.ts';
import { interpolateHistograms } from './interpolate.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';
import { findEnds, type WindowEnds } from './window-ends.ts';

export class ExtendedHistogramRateKernel implements HistogramKernel {
  readonly #options: ExtendedRateOptions;
  readonly #notes: RangeNotes;
  readonly #combineNotes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  readonly #ends: WindowEnds = { first: 0, last: 0 };
  #histograms: readonly HistogramSample[] = [];

  constructor(options: ExtendedRateOptions, notes: RangeNotes) {
    this.#options = options;
    this.#notes = notes;
  }

  begin({ histograms }: KernelInput): void {
    this.#histograms = histograms;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (window.low < window.high) {
      this.#notes.tell('mixed-types');
      return;
    }
    const { isSmoothed, isPerSecond } = this.#options;
    const timestampAt = (index: number): number => this.#at(index).timestampMs;
    const bounds = { low: window.histogramLow, high: window.histogramHigh };
    if (!findEnds(timestampAt, bounds, window, isSmoothed, this.#ends) || !this.#isConsistent()) return;
    const left = this.#valueAtStart(window);
    const right = this.#valueAtEnd(window);
    const increase = left === null || right === null ? null : this.#increase(window, left, right);
    if (increase === null) {
      this.#notes.tell('mixed-schemas');
      return;
    }
    const result = isPerSecond ? divideHistogram(increase, (window.endMs - window.startMs) / 1000) : increase;
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
    if (from > last) return difference;
    let increase: NativeHistogram | null = difference;
    for (let index = from; index <= last && increase !== null; index++) {
      // The last sample may stand for itself, or for the value at the end, which has its hint.
      const current = index === last ? right : this.#at(index).histogram;
      if (detectReset(current, previous)) {
        increase = this.#noted(addHistograms(increase, previous, this.#combineNotes), 'addition');
      }
      previous = current;
    }
    return increase;
  }

  #startSpansReset({ startMs }: SampleWindow): boolean {
    const { first } = this.#ends;
    const sample = this.#at(first);
    const next = this.#histograms[first + 1];
    if (!this.#options.isSmoothed || sample.timestampMs >= startMs || next === undefined) return false;
    return detectReset(next.histogram, sample.histogram);
  }

  #noted<T>(result: T, operation: 'addition' | 'subtraction' = 'subtraction'): T {
    if (this.#combineNotes.boundsReconciled) this.#notes.tell(`reconciled-${operation}`);
    this.#combineNotes.boundsReconciled = false;
    return result;
  }
}
