/**
 * Looks at the clock after every read. Subqueries can have millions of steps, on which every operator of the inner
 * expression works for a while, without reading any series.
 */
import type { QueryContext } from '../evaluate/query-context.ts';
import type { StepColumn } from '../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from './operator.ts';

/** From here on a look is worth its time: a pass over so many steps takes at least 100 us. */
export const CHECKED_STEPS_MIN = 100_000;

export class CheckedOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #inner: VectorOperator;

  constructor(context: QueryContext, inner: VectorOperator) {
    this.#context = context;
    this.#inner = inner;
  }

  series(): readonly SeriesMetadata[] {
    return this.#inner.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#inner.read(seriesIndex, target);
    this.#context.checkpoint();
  }
}
