/**
 * `metric{…} smoothed`: at every step the value on the line between the samples around it, as far as the lookback
 * reaches on both sides. After the last sample its value goes on.
 */
import { METRIC_NAME } from '@promontory/model';
import {
  mixedBucketSchemas,
  mixedFloatsAndHistograms,
  reconciledBounds,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
import type { SampleTally } from '../../evaluate/query-samples.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { TimeGrid } from '../../evaluate/time-grid.ts';
import type { CombineNotes } from '../../histogram/combine-histograms.ts';
import { usesCustomBuckets } from '../../histogram/custom-bounds.ts';
import { HistogramTimes } from '../functions/range/histogram-times.ts';
import { interpolateFloats, interpolateHistograms } from '../functions/range/interpolate.ts';
import type { SeriesMetadata, VectorOperator, WindowShape } from '../operator.ts';
import type { SeriesSamples } from '../series-samples.ts';
import type { SeriesReader } from './series-reader.ts';

/** The samples of one kind around a step: those of the window are [low, high), the first at or after the step `next`. */
interface Surroundings {
  low: number;
  high: number;
  next: number;
}

export interface SmoothedSelectorOptions {
  readonly tally: SampleTally;
  readonly grid: TimeGrid;
  readonly windows: WindowShape;
  /** Must drop staleness markers. */
  readonly reader: SeriesReader;
  readonly annotate: (annotation: Annotation) => void;
}

export class SmoothedSelector implements VectorOperator {
  readonly #options: SmoothedSelectorOptions;
  readonly #floats: Surroundings = { low: 0, high: 0, next: 0 };
  readonly #histograms: Surroundings = { low: 0, high: 0, next: 0 };
  readonly #times = new HistogramTimes();
  readonly #notes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };

  constructor(options: SmoothedSelectorOptions) {
    this.#options = options;
  }

  series(): readonly SeriesMetadata[] {
    return this.#options.reader.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { grid, reader, windows, tally } = this.#options;
    const samples = reader.read(seriesIndex);
    target.clear();
    reset(this.#floats);
    reset(this.#histograms);
    this.#times.fill(samples.histograms);
    let isMixed = false;
    for (let step = 0; step < grid.stepCount;) {
      const end = target.blocks.endOf(step, grid.stepCount);
      for (; step < end; step++) {
        const referenceMs = (windows.atMs ?? grid.timeMs(step)) - windows.offsetMs;
        this.#move(samples, referenceMs);
        const hasFloats = this.#floats.low < this.#floats.high;
        const hasHistograms = this.#histograms.low < this.#histograms.high;
        if (hasFloats && hasHistograms) isMixed = true;
        else if (hasFloats) this.#setFloat(samples, step, referenceMs, target);
        else if (hasHistograms) this.#setHistogram(samples, step, referenceMs, target, seriesIndex);
        tally.addAt(step, this.#floats.high - this.#floats.low);
      }
    }
    if (isMixed) this.#options.annotate(mixedFloatsAndHistograms(this.#metricName(seriesIndex)));
  }

  #move({ floats, histograms }: SeriesSamples, referenceMs: number): void {
    const { rangeMs, afterMs } = this.#options.windows;
    const startMs = referenceMs - rangeMs;
    const endMs = referenceMs + afterMs;
    slide(this.#floats, floats.timestampMs, floats.count, startMs, endMs);
    approach(this.#floats, floats.timestampMs, referenceMs);
    slide(this.#histograms, this.#times.timestampMs, histograms.length, startMs, endMs);
    approach(this.#histograms, this.#times.timestampMs, referenceMs);
  }

  #setFloat({ floats }: SeriesSamples, step: number, referenceMs: number, target: StepColumn): void {
    const { low, high, next } = this.#floats;
    if (next < high && floats.timestampMs[next] === referenceMs) target.set(step, floats.value[next]!);
    else if (next > low) {
      const isBetween = next < high;
      const value = isBetween
        ? interpolateFloats(floats, next - 1, referenceMs, false)
        : floats.value[next - 1]!;
      target.set(step, value);
    }
  }

  #setHistogram(
    { histograms }: SeriesSamples,
    step: number,
    referenceMs: number,
    target: StepColumn,
    seriesIndex: number,
  ): void {
    const { low, high, next } = this.#histograms;
    const after = next < high ? histograms[next] : undefined;
    const before = next > low ? histograms[next - 1] : undefined;
    if (after?.timestampMs === referenceMs) target.setHistogram(step, after.histogram);
    else if (before !== undefined && after === undefined) target.setHistogram(step, before.histogram);
    else if (before !== undefined && after !== undefined) {
      if (usesCustomBuckets(before.histogram) !== usesCustomBuckets(after.histogram)) {
        this.#options.annotate(mixedBucketSchemas(this.#metricName(seriesIndex)));
        return;
      }
      const isCounter = after.histogram.counterResetHint !== 'gauge';
      const histogram = interpolateHistograms(before, after, referenceMs, isCounter, this.#notes);
      if (histogram !== null) target.setHistogram(step, histogram);
      if (this.#notes.boundsReconciled) this.#options.annotate(reconciledBounds('subtraction'));
      this.#notes.boundsReconciled = false;
    }
  }

  #metricName(seriesIndex: number): string {
    return this.series()[seriesIndex]?.labels.get(METRIC_NAME) ?? '';
  }
}

function reset(surroundings: Surroundings): void {
  surroundings.low = 0;
  surroundings.high = 0;
  surroundings.next = 0;
}

function slide(
  surroundings: Surroundings,
  timestampMs: Float64Array,
  count: number,
  startMs: number,
  endMs: number,
): void {
  while (surroundings.high < count && timestampMs[surroundings.high]! <= endMs) surroundings.high++;
  while (surroundings.low < surroundings.high && timestampMs[surroundings.low]! <= startMs)
    surroundings.low++;
}

/** Finds the first sample of the window at or after the step. */
function approach(surroundings: Surroundings, timestampMs: Float64Array, referenceMs: number): void {
  surroundings.next = Math.max(surroundings.next, surroundings.low);
  while (surroundings.next < surroundings.high && timestampMs[surroundings.next]! < referenceMs) {
    surroundings.next++;
  }
}
