/** `expression[5m:1m]`: the inner expression's values on its own grid stand for samples. */
import { SampleColumns, type HistogramSample } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import type { TimeGrid } from '../../evaluate/time-grid.ts';
import { withHint } from '../../histogram/combine-histograms.ts';
import type { RangeOperator, SeriesMetadata, VectorOperator, WindowShape } from '../operator.ts';
import type { SeriesSamples } from '../series-samples.ts';

const NO_START_TIMESTAMPS = new SampleColumns(0);
const NO_HISTOGRAMS: readonly HistogramSample[] = [];

export class SubqueryOperator implements RangeOperator {
  readonly windows: WindowShape;
  readonly #context: QueryContext;
  readonly #inner: VectorOperator;
  readonly #innerGrid: TimeGrid;
  readonly #floats: SampleColumns;

  constructor(context: QueryContext, inner: VectorOperator, innerGrid: TimeGrid, windows: WindowShape) {
    this.windows = windows;
    this.#context = context;
    this.#inner = inner;
    this.#innerGrid = innerGrid;
    this.#floats = context.takeBuffer();
  }

  series(): readonly SeriesMetadata[] {
    return this.#innerGrid.stepCount === 0 ? [] : this.#inner.series();
  }

  readSamples(seriesIndex: number): SeriesSamples {
    const column = this.#context.pool.acquire(this.#innerGrid.stepCount);
    this.#inner.read(seriesIndex, column);
    this.#copyFloats(column);
    const histograms = column.hasHistograms ? this.#listHistograms(column) : NO_HISTOGRAMS;
    this.#context.pool.release(column);
    return { floats: this.#floats, histograms };
  }

  readStartTimestamps(): SampleColumns {
    return NO_START_TIMESTAMPS;
  }

  #copyFloats(column: StepColumn): void {
    const { stepCount, startMs, stepMs } = this.#innerGrid;
    const { values, kinds } = column;
    const floats = this.#floats;
    floats.clear();
    floats.reserve(stepCount);
    const { timestampMs, value } = floats;
    let count = 0;
    for (let step = 0; step < stepCount; step++) {
      if (kinds[step] !== FLOAT) continue;
      timestampMs[count] = startMs + step * stepMs;
      value[count] = values[step]!;
      count++;
    }
    floats.count = count;
  }

  /** A subquery may skip samples or repeat them, so that what they say about resets before them no longer holds. */
  #listHistograms(column: StepColumn): HistogramSample[] {
    const histograms: HistogramSample[] = [];
    for (let step = 0; step < column.stepCount; step++) {
      if (column.kinds[step] !== HISTOGRAM) continue;
      const histogram = column.histogram(step);
      const isGauge = histogram.counterResetHint === 'gauge';
      histograms.push({
        timestampMs: this.#innerGrid.timeMs(step),
        histogram: isGauge ? histogram : withHint(histogram, 'unknown'),
      });
    }
    return histograms;
  }
}
