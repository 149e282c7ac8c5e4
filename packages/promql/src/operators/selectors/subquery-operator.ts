/**
 * `expression[5m:1m]`: the inner expression's values on its own grid stand for samples. The last series read is kept, so
 * that several functions of one subquery do not compute it several times.
 */
import { SampleColumns, type HistogramSample } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import type { TimeGrid } from '../../evaluate/time-grid.ts';
import { withHint } from '../../histogram/combine-histograms.ts';
import { histogramSampleCost } from '../../histogram/sample-cost.ts';
import type { RangeOperator, SeriesMetadata, VectorOperator, WindowShape } from '../operator.ts';
import type { SeriesSamples } from '../series-samples.ts';

const NO_START_TIMESTAMPS = new SampleColumns(0);
const NO_HISTOGRAMS: readonly HistogramSample[] = [];

export class SubqueryOperator implements RangeOperator, SeriesSamples {
  readonly windows: WindowShape;
  readonly floats: SampleColumns;
  histograms: readonly HistogramSample[] = NO_HISTOGRAMS;
  readonly #context: QueryContext;
  readonly #inner: VectorOperator;
  readonly #innerGrid: TimeGrid;
  #heldIndex = -1;
  #heldCount = 0;

  constructor(context: QueryContext, inner: VectorOperator, innerGrid: TimeGrid, windows: WindowShape) {
    this.windows = windows;
    this.#context = context;
    this.#inner = inner;
    this.#innerGrid = innerGrid;
    this.floats = context.takeBuffer();
  }

  series(): readonly SeriesMetadata[] {
    return this.#innerGrid.stepCount === 0 ? [] : this.#inner.series();
  }

  /** @returns this: the samples are valid until the next call */
  readSamples(seriesIndex: number): SeriesSamples {
    if (seriesIndex === this.#heldIndex) return this;
    const { pool, budget } = this.#context;
    this.#context.checkpoint();
    this.#heldIndex = -1;
    const column = pool.acquire(this.#innerGrid.stepCount);
    this.#inner.read(seriesIndex, column);
    const count = column.count(FLOAT);
    budget.release(this.#heldCount);
    this.#heldCount = 0;
    budget.hold(count);
    this.#heldCount = count;
    this.#copyFloats(column, count);
    this.histograms = column.hasHistograms ? this.#listHistograms(column) : NO_HISTOGRAMS;
    pool.release(column);
    this.#heldIndex = seriesIndex;
    return this;
  }

  readStartTimestamps(): SampleColumns {
    return NO_START_TIMESTAMPS;
  }

  #copyFloats(column: StepColumn, floatCount: number): void {
    const { stepCount, startMs, stepMs } = this.#innerGrid;
    const { values, kinds } = column;
    const { floats } = this;
    floats.clear();
    floats.reserve(floatCount);
    const { timestampMs, value } = floats;
    let count = 0;
    for (let step = 0; step < stepCount;) {
      const end = this.#context.blocks.endOf(step, stepCount);
      for (; step < end; step++) {
        if (kinds[step] !== FLOAT) continue;
        timestampMs[count] = startMs + step * stepMs;
        value[count] = values[step]!;
        count++;
      }
    }
    floats.count = count;
  }

  /** A subquery may skip samples or repeat them, so that what they say about resets before them no longer holds. */
  #listHistograms(column: StepColumn): HistogramSample[] {
    const histograms: HistogramSample[] = [];
    for (let step = 0; step < column.stepCount;) {
      const end = this.#context.blocks.endOf(step, column.stepCount);
      for (; step < end; step++) {
        if (column.kinds[step] !== HISTOGRAM) continue;
        const histogram = column.histogram(step);
        const cost = histogramSampleCost(histogram);
        this.#context.budget.hold(cost);
        this.#heldCount += cost;
        const isGauge = histogram.counterResetHint === 'gauge';
        histograms.push({
          timestampMs: this.#innerGrid.timeMs(step),
          histogram: isGauge ? histogram : withHint(histogram, 'unknown'),
        });
      }
    }
    return histograms;
  }
}
