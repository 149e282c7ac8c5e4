/**
 * sum and avg where native histograms are: floats go to an accumulator of their own, histograms are combined per
 * group and step. A slot that saw both, or histograms that do not combine, has no result.
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
import { HISTOGRAM, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { CombineNotes } from '../../histogram/combine-histograms.ts';
import { histogramSampleCost } from '../../histogram/sample-cost.ts';
import type { HistogramCombination } from '../histogram-combination.ts';
import type { SeriesMetadata } from '../operator.ts';
import type { Accumulator, FloatAccumulator } from './accumulator.ts';

export interface HistogramAccumulatorOptions {
  readonly stepCount: number;
  /** Takes the floats. */
  readonly floats: FloatAccumulator;
  /** Starts the combination of a slot. */
  readonly combine: (first: NativeHistogram) => HistogramCombination;
  readonly budget: QueryBudget;
  readonly annotate: (annotation: Annotation) => void;
}

/** A bucket's sum and compensation. */
const BUCKET_BYTES = 16;

interface Slot {
  /** null when there can be no result: a float came first, or what came does not combine. Takes nothing more then. */
  combination: HistogramCombination | null;
  /** Both kinds were there before it was closed. */
  isMixed: boolean;
  /** Buckets that the budget knows of. */
  heldBucketCount: number;
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
    if (!column.hasHistograms) return;
    const base = groupIndex * stepCount;
    for (let step = 0; step < stepCount;) {
      const end = column.blocks.endOf(step, stepCount);
      for (; step < end; step++) {
        if (column.kinds[step] === HISTOGRAM) this.#addOne(base + step, column.histogram(step), series);
      }
    }
  }

  finish(groupIndex: number, target: StepColumn): void {
    this.#options.floats.finish(groupIndex, target);
    if (this.#slots.size === 0) return;
    const base = groupIndex * this.#options.stepCount;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const slot = this.#slots.get(base + step);
        if (slot !== undefined) this.#finishOne(slot, step, target);
      }
    }
  }

  #addOne(slotIndex: number, histogram: NativeHistogram, { labels }: SeriesMetadata): void {
    const slot = this.#slots.get(slotIndex);
    if (slot === undefined) {
      this.#open(slotIndex, histogram);
      return;
    }
    if (slot.combination === null) return;
    noteHint(slot, histogram);
    this.#notes.boundsReconciled = false;
    if (slot.combination.add(histogram, this.#notes)) this.#holdGrown(slot, slot.combination.bucketCount);
    else {
      slot.combination = null;
      slot.isMixed = this.#options.floats.hasFloat(slotIndex);
      this.#options.annotate(mixedBucketSchemas(labels.get(METRIC_NAME)));
    }
    if (this.#notes.boundsReconciled) this.#options.annotate(reconciledBounds('aggregation'));
  }

  #open(slotIndex: number, first: NativeHistogram): void {
    const { budget, combine, floats } = this.#options;
    budget.hold(histogramSampleCost(first));
    const isMixed = floats.hasFloat(slotIndex);
    const combination = isMixed ? null : combine(first);
    const slot: Slot = {
      combination,
      isMixed,
      heldBucketCount: combination?.bucketCount ?? 0,
      resetSeen: false,
      notResetSeen: false,
    };
    noteHint(slot, first);
    this.#slots.set(slotIndex, slot);
  }

  #holdGrown(slot: Slot, bucketCount: number): void {
    if (bucketCount <= slot.heldBucketCount) return;
    this.#options.budget.holdBytes((bucketCount - slot.heldBucketCount) * BUCKET_BYTES);
    slot.heldBucketCount = bucketCount;
  }

  #finishOne(slot: Slot, step: number, target: StepColumn): void {
    const { annotate } = this.#options;
    const isMixed = slot.isMixed || (slot.combination !== null && target.kinds[step] !== NO_SAMPLE);
    if (isMixed) annotate(mixedAggregation());
    if (isMixed || slot.combination === null) {
      target.remove(step);
      return;
    }
    if (slot.resetSeen && slot.notResetSeen) annotate(conflictingCounterResets('aggregation'));
    target.setHistogram(step, slot.combination.result());
  }
}

function noteHint(slot: Slot, { counterResetHint }: NativeHistogram): void {
  if (counterResetHint === 'reset') slot.resetSeen = true;
  else if (counterResetHint === 'not-reset') slot.notResetSeen = true;
}
