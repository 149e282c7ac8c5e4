/** Values that do not depend on the time: computed once, repeated at every step. */
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import { constantScalar } from '../scalars/scalar-operators.ts';

export class RepeatOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #inner: VectorOperator;

  /** @param inner on a grid of one step */
  constructor(context: QueryContext, inner: VectorOperator) {
    this.#context = context;
    this.#inner = inner;
  }

  series(): readonly SeriesMetadata[] {
    return this.#inner.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    const single = this.#context.pool.acquire(1);
    this.#inner.read(seriesIndex, single);
    target.clear();
    const kind = single.kinds[0] ?? NO_SAMPLE;
    if (kind === HISTOGRAM) {
      for (let step = 0; step < target.stepCount;) {
        const end = target.blocks.endOf(step, target.stepCount);
        for (; step < end; step++) target.setHistogram(step, single.histogram(0));
      }
    } else {
      target.fill(single.values[0] ?? 0, kind === FLOAT ? FLOAT : NO_SAMPLE);
    }
    this.#context.pool.release(single);
  }
}

export class RepeatScalar implements ScalarOperator {
  readonly #context: QueryContext;
  readonly #inner: ScalarOperator;
  readonly #stepCount: number;
  #values: Float64Array | null = null;

  constructor(context: QueryContext, inner: ScalarOperator, stepCount: number) {
    this.#context = context;
    this.#inner = inner;
    this.#stepCount = stepCount;
  }

  values(): Float64Array {
    this.#values ??= constantScalar(this.#context, this.#stepCount, this.#inner.values()[0] ?? NaN).values();
    return this.#values;
  }
}
