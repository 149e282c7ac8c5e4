/**
 * sum and avg where native histograms are: floats go to an accumulator of their own, histograms are combined per
 * group and step. A slot that saw both, or histograms that do not combine, has no result.
 *
 * What is told of such a slot depends on the order, as in Prometheus: histograms behind a float are not looked at
 * any more, and nothing is behind histograms that do not combine.
 */
import { METRIC_NAME, type NativeHistogram } from '@promontory/model';
import {
  conflictingCounterResets,
  mixedAggregation,
  mixedBucketSchemas,
  reconciledBounds,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
import type { QueryBudget } from '../../evaluate/query-budget.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import type { CombineNotes } from '../../histogram/combine-histograms.ts';
import { histogramSampleCost } from '../../histogram/sample-cost.ts';
import type { HistogramCombination } from '../histogram-combination.ts';
import type { SeriesMetadata } from '../operator.ts';
import type { Accumulator } from './accumulator.ts';

/** An accumulator that says whether it has taken in a float. */
export interface FloatAccumulator extends Accumulator {
  hasFloat(groupIndex: number, step: number): boolean;
}

export interface HistogramAccumulatorOptions {
  readonly stepCount: number;
  readonly floats: FloatAccumulator;
  /** Starts the combination of a slot. */
  readonly combine: (first: NativeHistogram) => HistogramCombination;
  readonly budget: QueryBudget;
  readonly annotate: (annotation: Annotation) => void;
}

interface Slot {
  /** null when a float came first. */
  readonly combination: HistogramCombination | null;
  hasFloat: boolean;
  isIncompatible: boolean;
  resetSeen: boolean;
  notResetSeen: boolean;
}

export class HistogramAccumulator implements Accumulator {
  readonly #options: HistogramAccumulatorOptions;
  readonly #notes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  /** By `groupIndex * stepCount + step`. */
  readonly #slots = new Map<number, Slot>();

  constructor(options: HistogramAccumulatorOptions) {
    this.#options = options;
  }

  add(groupIndex: number, column: StepColumn, series: SeriesMetadata): void {
    const { floats, stepCount } = this.#options;
    floats.add(groupIndex, column, series);
    const base = groupIndex * stepCount;
    if (this.#slots.size > 0) this.#noteFloats(base, column);
    if (!column.hasHistograms) return;
    for (let step = 0; step < stepCount; step++) {
      if (column.kinds[step] !== HISTOGRAM) continue;
      const slot = this.#slots.get(base + step);
      if (slot !== undefined) this.#addTo(slot, column.histogram(step), series);
      else this.#open(base + step, column.histogram(step), floats.hasFloat(groupIndex, step));
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    this.#options.floats.finish(groupIndex, target);
    if (this.#slots.size === 0) return;
    const base = groupIndex * this.#options.stepCount;
    for (let step = 0; step < target.stepCount; step++) {
      const slot = this.#slots.get(base + step);
      if (slot !== undefined) this.#finishOne(slot, step, target);
    }
  }

  #noteFloats(base: number, { kinds }: StepColumn): void {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] !== FLOAT) continue;
      const slot = this.#slots.get(base + step);
      if (slot !== undefined && !slot.isIncompatible) slot.hasFloat = true;
    }
  }

  #addTo(slot: Slot, histogram: NativeHistogram, { labels }: SeriesMetadata): void {
    if (slot.combination === null || slot.isIncompatible) return;
    noteHint(slot, histogram);
    this.#notes.boundsReconciled = false;
    if (!slot.combination.add(histogram, this.#notes)) {
      slot.isIncompatible = true;
      this.#options.annotate(mixedBucketSchemas(labels.get(METRIC_NAME)));
    }
    if (this.#notes.boundsReconciled) this.#options.annotate(reconciledBounds('aggregation'));
  }

  #open(slotIndex: number, first: NativeHistogram, hasFloat: boolean): void {
    const { budget, combine } = this.#options;
    if (!hasFloat) budget.hold(histogramSampleCost(first));
    const slot = {
      combination: hasFloat ? null : combine(first),
      hasFloat,
      isIncompatible: false,
      resetSeen: false,
      notResetSeen: false,
    };
    noteHint(slot, first);
    this.#slots.set(slotIndex, slot);
  }

  #finishOne(slot: Slot, step: number, target: StepColumn): void {
    const { annotate } = this.#options;
    target.remove(step);
    if (slot.hasFloat || slot.combination === null) {
      annotate(mixedAggregation());
      return;
    }
    if (slot.isIncompatible) return;
    if (slot.resetSeen && slot.notResetSeen) annotate(conflictingCounterResets('aggregation'));
    target.setHistogram(step, slot.combination.result());
  }
}

function noteHint(slot: Slot, { counterResetHint }: NativeHistogram): void {
  if (counterResetHint === 'reset') slot.resetSeen = true;
  else if (counterResetHint === 'not-reset') slot.notResetSeen = true;
}
