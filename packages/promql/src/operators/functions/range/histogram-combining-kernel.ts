/** sum_over_time and avg_over_time of native histograms: every window is combined anew, with compensated sums. */
import type { HistogramSample, NativeHistogram } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { CombineNotes } from '../../../histogram/combine-histograms.ts';
import type { HistogramCombination } from '../../histogram-combination.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';

export class HistogramCombiningKernel implements HistogramKernel {
  readonly #combine: (first: NativeHistogram) => HistogramCombination;
  readonly #notes: RangeNotes;
  readonly #combineNotes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  #histograms: readonly HistogramSample[] = [];

  constructor(combine: (first: NativeHistogram) => HistogramCombination, notes: RangeNotes) {
    this.#combine = combine;
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
    const { histogramLow: low, histogramHigh: high } = window;
    const combination = this.#combine(this.#histograms[low]!.histogram);
    this.#combineNotes.boundsReconciled = false;
    for (let index = low + 1; index < high;) {
      const end = target.blocks.endOf(index, high);
      for (; index < end; index++) {
        if (combination.add(this.#histograms[index]!.histogram, this.#combineNotes)) continue;
        this.#notes.tell('mixed-schemas');
        return;
      }
    }
    if (this.#combineNotes.boundsReconciled) this.#notes.tell('reconciled-aggregation');
    this.#checkHints(low, high);
    target.setHistogram(window.step, combination.result());
  }

  #checkHints(low: number, high: number): void {
    let resetSeen = false;
    let notResetSeen = false;
    for (let index = low; index < high; index++) {
      const { counterResetHint } = this.#histograms[index]!.histogram;
      resetSeen ||= counterResetHint === 'reset';
      notResetSeen ||= counterResetHint === 'not-reset';
    }
    if (resetSeen && notResetSeen) this.#notes.tell('conflicting-resets');
  }
}
