/** absent and absent_over_time: 1 at every step where the operand has nothing. */
import type { Labels } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';

export class AbsentOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #series: readonly SeriesMetadata[];

  /** @param operand has a sample wherever something is there */
  constructor(context: QueryContext, operand: VectorOperator, labels: Labels) {
    this.#context = context;
    this.#operand = operand;
    this.#series = [{ labels, dropName: true }];
  }

  series(): readonly SeriesMetadata[] {
    return this.#series;
  }

  read(_seriesIndex: number, target: StepColumn): void {
    const column = this.#context.pool.acquire(target.stepCount);
    const seriesCount = this.#operand.series().length;
    target.clear();
    target.fill(1, FLOAT);
    for (let index = 0; index < seriesCount; index++) {
      this.#operand.read(index, column);
      for (let step = 0; step < target.stepCount;) {
        const end = target.blocks.endOf(step, target.stepCount);
        for (; step < end; step++) {
          if (column.kinds[step] !== NO_SAMPLE) target.remove(step);
        }
      }
    }
    this.#context.pool.release(column);
  }
}
