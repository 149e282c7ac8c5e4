/** `expression[5m:1m]`: the inner expression's values on its own grid stand for samples. */
import { SampleColumns } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { TimeGrid } from '../../evaluate/time-grid.ts';
import type { RangeOperator, SeriesMetadata, VectorOperator, WindowShape } from '../operator.ts';

export class SubqueryOperator implements RangeOperator {
  readonly windows: WindowShape;
  readonly #context: QueryContext;
  readonly #inner: VectorOperator;
  readonly #innerGrid: TimeGrid;
  readonly #samples = new SampleColumns();

  constructor(context: QueryContext, inner: VectorOperator, innerGrid: TimeGrid, windows: WindowShape) {
    this.windows = windows;
    this.#context = context;
    this.#inner = inner;
    this.#innerGrid = innerGrid;
  }

  series(): readonly SeriesMetadata[] {
    return this.#innerGrid.stepCount === 0 ? [] : this.#inner.series();
  }

  readSamples(seriesIndex: number): SampleColumns {
    const { stepCount, startMs, stepMs } = this.#innerGrid;
    const column = this.#context.pool.acquire(stepCount);
    this.#inner.read(seriesIndex, column);
    const samples = this.#samples;
    samples.clear();
    samples.reserve(stepCount);
    let count = 0;
    for (let step = 0; step < stepCount; step++) {
      if (column.present[step] === 0) continue;
      samples.timestampMs[count] = startMs + step * stepMs;
      samples.value[count] = column.values[step]!;
      count++;
    }
    samples.count = count;
    this.#context.pool.release(column);
    return samples;
  }
}
