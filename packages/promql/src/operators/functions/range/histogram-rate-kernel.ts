/**
 * rate, increase and delta of native histograms: as of floats, bucket by bucket. Resets, schemas and hints are
 * looked at once per series, so that a window costs one subtraction and an addition for every reset inside.
 */
import {
  CUSTOM_BUCKETS_SCHEMA,
  emptyBuckets,
  reduceSchema,
  type HistogramSample,
  type NativeHistogram,
} from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { UNWATCHED_BLOCKS } from '../../../evaluate/work-blocks.ts';
import {
  addHistograms,
  subtractHistograms,
  withHint,
  type CombineNotes,
} from '../../../histogram/combine-histograms.ts';
import { CountsSlab } from '../../../histogram/counts-slab.ts';
import { detectReset } from '../../../histogram/counter-reset.ts';
import { scaleHistogram } from '../../../histogram/scale-histogram.ts';
import { extrapolationFactor, type SampledSpan } from './extrapolation.ts';
import { flagResets, isUniform } from './histogram-series.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';
import { SamplePositions } from './sample-positions.ts';
import { isStartReset, startsOverlap } from './start-timestamps.ts';

export class HistogramRateKernel implements HistogramKernel {
  readonly usesStartTimestamps: boolean;
  readonly #isCounter: boolean;
  readonly #isPerSecond: boolean;
  readonly #notes: RangeNotes;
  readonly #combineNotes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  readonly #memory = new CountsSlab();
  readonly #span: SampledSpan = {
    firstMs: 0,
    lastMs: 0,
    sampleCount: 0,
    first: 0,
    increase: 0,
    zeroMs: NaN,
  };
  /** Samples that claim to have begun before the one before them was taken. */
  readonly #overlaps = new SamplePositions();
  #histograms: readonly HistogramSample[] = [];
  #blocks = UNWATCHED_BLOCKS;
  #startsMs: Float64Array | null = null;
  /** 1 where the counter began anew between the histogram before and this one. */
  #isReset = new Uint8Array(0);
  /** All of one schema, and none a gauge: nothing to look for in a window. */
  #isUniform = false;

  constructor(isCounter: boolean, isPerSecond: boolean, notes: RangeNotes) {
    this.usesStartTimestamps = isCounter;
    this.#isCounter = isCounter;
    this.#isPerSecond = isPerSecond;
    this.#notes = notes;
  }

  begin({ histograms, histogramStartsMs, blocks }: KernelInput): void {
    this.#histograms = histograms;
    this.#blocks = blocks;
    this.#startsMs = histogramStartsMs;
    this.#isUniform = isUniform(histograms);
    this.#overlaps.clear();
    if (!this.#isCounter) return;
    this.#isReset = flagResets(this.#isReset, histograms.length, (index) => this.#isResetAt(index), blocks);
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (window.low < window.high) {
      this.#notes.tell('mixed-types');
      return;
    }
    const zeroMs = this.#zeroInside(window);
    const hasZero = !Number.isNaN(zeroMs);
    const sampleCount = window.histogramHigh - window.histogramLow;
    if (sampleCount < 2 && !hasZero) return;
    const first = this.#at(window.histogramLow);
    let increase = sampleCount < 2 ? null : this.#increase(window);
    if (sampleCount > 1 && increase === null) return;
    if (hasZero) {
      increase = increase === null ? first.histogram : this.#add(increase, first.histogram);
    }
    if (increase === null) return;
    const span = this.#span;
    span.firstMs = first.timestampMs;
    span.lastMs = this.#at(window.histogramHigh - 1).timestampMs;
    span.sampleCount = sampleCount;
    span.first = first.histogram.count;
    span.increase = increase.count;
    span.zeroMs = zeroMs;
    let factor = extrapolationFactor(window, span, this.#isCounter);
    if (this.#isPerSecond) factor /= (window.endMs - window.startMs) / 1000;
    const result = scaleHistogram(increase, factor, this.#memory);
    // A single histogram stays what it was, as in Prometheus.
    target.setHistogram(window.step, sampleCount < 2 ? result : withHint(result, 'gauge'));
  }

  #at(index: number): HistogramSample {
    return this.#histograms[index]!;
  }

  /** The difference of the ends, with what resets hid; null when the histograms do not go together. */
  #increase(window: SampleWindow): NativeHistogram | null {
    const { histogramLow: low, histogramHigh: high } = window;
    const first = this.#at(low).histogram;
    const last = this.#at(high - 1).histogram;
    // What comes before a reset right at the start is not looked at: it may even have another layout.
    const startsAnew = this.#isCounter && this.#isReset[low + 1] === 1;
    const schema = this.#commonSchema(window, startsAnew ? low + 1 : low);
    if (schema === null) return null;
    let increase: NativeHistogram | null = atSchema(last, schema);
    increase = startsAnew ? this.#subtractNothing(increase, low + 1) : this.#subtract(increase, first);
    if (this.#overlaps.isAnyBetween(low, high - 1)) this.#notes.tell('start-overlap');
    return increase === null || !this.#isCounter ? increase : this.#addResets(increase, low + 2, high);
  }

  /** What the resets from one index to before another hid. */
  #addResets(increase: NativeHistogram, from: number, to: number): NativeHistogram | null {
    let total = increase;
    for (let index = from; index < to;) {
      const end = this.#blocks.endOf(index, to);
      for (; index < end; index++) {
        if (this.#isReset[index] !== 1) continue;
        const added = this.#add(total, this.#at(index - 1).histogram);
        if (added === null) return null;
        total = added;
      }
    }
    return total;
  }

  /**
   * After a reset right at the start: what is subtracted has no observations, but the custom bounds of the histogram after
   * the reset. As in Prometheus it is added again as what the reset hid, where the histogram itself says that there was
   * one.
   */
  #subtractNothing(increase: NativeHistogram, index: number): NativeHistogram | null {
    const { histogram } = this.#at(index);
    if (!isCustom(histogram)) return increase;
    const nothing = { ...histogram, count: 0, sum: 0, positive: emptyBuckets() };
    const difference = this.#subtract(increase, nothing);
    const isCertain = histogram.counterResetHint === 'reset' || this.#isStartResetAt(index);
    return difference !== null && isCertain ? this.#add(difference, nothing) : difference;
  }

  /** The coarsest schema of the window from an index on; null when exponential and custom buckets meet. */
  #commonSchema(window: SampleWindow, fromIndex: number): number | null {
    const { histogramLow, histogramHigh } = window;
    const first = this.#at(fromIndex).histogram;
    const last = this.#at(histogramHigh - 1).histogram;
    if (this.#isUniform) {
      if (!this.#isCounter) this.#notes.tell('not-gauge');
      return last.schema;
    }
    if (isCustom(first) !== isCustom(last)) {
      if (this.#isCounter && this.#hasGaugeEnd(window)) this.#notes.tell('not-counter');
      this.#notes.tell('mixed-schemas');
      return null;
    }
    let schema = Math.min(first.schema, last.schema);
    // The histograms between the ends of a delta do not count.
    for (let index = fromIndex + 1; index < histogramHigh - 1 && this.#isCounter; index++) {
      const current = this.#at(index).histogram;
      if (isCustom(current) !== isCustom(last)) {
        this.#notes.tell('mixed-schemas');
        return null;
      }
      schema = Math.min(schema, current.schema);
    }
    this.#checkHints(histogramLow, histogramHigh);
    return schema;
  }

  #checkHints(low: number, high: number): void {
    if (!this.#isCounter) {
      if (!this.#isGauge(low) || !this.#isGauge(high - 1)) this.#notes.tell('not-gauge');
      return;
    }
    for (let index = low; index < high; index++) if (this.#isGauge(index)) this.#notes.tell('not-counter');
  }

  #hasGaugeEnd({ histogramLow, histogramHigh }: SampleWindow): boolean {
    return this.#isGauge(histogramLow) || this.#isGauge(histogramHigh - 1);
  }

  #isGauge(index: number): boolean {
    return this.#at(index).histogram.counterResetHint === 'gauge';
  }

  #subtract(left: NativeHistogram, right: NativeHistogram): NativeHistogram | null {
    return this.#noted(
      subtractHistograms(left, right, this.#combineNotes, this.#memory),
      'reconciled-subtraction',
    );
  }

  #add(left: NativeHistogram, right: NativeHistogram): NativeHistogram | null {
    return this.#noted(addHistograms(left, right, this.#combineNotes, this.#memory), 'reconciled-addition');
  }

  /** Resets are treated one by one here, so that what hints say about them does not matter. */
  #noted(
    result: NativeHistogram | null,
    note: 'reconciled-addition' | 'reconciled-subtraction',
  ): NativeHistogram | null {
    if (this.#combineNotes.boundsReconciled) this.#notes.tell(note);
    this.#combineNotes.boundsReconciled = false;
    if (result === null) this.#notes.tell('mixed-schemas');
    return result;
  }

  #isResetAt(index: number): boolean {
    const previous = this.#at(index - 1);
    const startsMs = this.#startsMs;
    if (startsMs !== null && startsOverlap(startsMs[index - 1]!, previous.timestampMs, startsMs[index]!)) {
      this.#overlaps.add(index);
    }
    return this.#isStartResetAt(index) || detectReset(this.#at(index).histogram, previous.histogram);
  }

  #isStartResetAt(index: number): boolean {
    const startsMs = this.#startsMs;
    if (startsMs === null) return false;
    const previousMs = this.#at(index - 1).timestampMs;
    return isStartReset(startsMs[index - 1]!, previousMs, startsMs[index]!, this.#at(index).timestampMs);
  }

  #zeroInside(window: SampleWindow): number {
    const startMs = this.#isCounter ? (this.#startsMs?.[window.histogramLow] ?? 0) : 0;
    const isInside =
      startMs !== 0 && startMs > window.startMs && startMs < this.#at(window.histogramLow).timestampMs;
    return isInside ? startMs : NaN;
  }
}

function isCustom({ schema }: NativeHistogram): boolean {
  return schema === CUSTOM_BUCKETS_SCHEMA;
}

function atSchema(histogram: NativeHistogram, schema: number): NativeHistogram {
  return histogram.schema === schema ? histogram : reduceSchema(histogram, schema);
}
