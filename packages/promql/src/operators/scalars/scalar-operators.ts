/** Scalars: one value at every step, computed when the operator is made. */
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT } from '../../evaluate/step-column.ts';
import type { TimeGrid } from '../../evaluate/time-grid.ts';
import type { ScalarOperator, VectorOperator } from '../operator.ts';

/** Fills all steps; `values` is as long as the grid. */
type Fill = (values: Float64Array) => void;

/** @throws PromontoryError ERR_QUERY_SAMPLES_MAX, ERR_QUERY_MEMORY_MAX, ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT */
export function allocateScalar(context: QueryContext, stepCount: number): Float64Array<ArrayBuffer> {
  context.checkpoint();
  context.budget.requireFits(stepCount);
  context.budget.holdBytes(stepCount * Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(stepCount);
}

/** A scalar whose values one function fills in, at once: its errors and annotations count even if nobody asks. */
export class ComputedScalar implements ScalarOperator {
  readonly #values: Float64Array;

  constructor(context: QueryContext, stepCount: number, fill: Fill) {
    this.#values = allocateScalar(context, stepCount);
    fill(this.#values);
  }

  values(): Float64Array {
    return this.#values;
  }
}

export function constantScalar(context: QueryContext, stepCount: number, value: number): ScalarOperator {
  return new ComputedScalar(context, stepCount, (values) => {
    for (let step = 0; step < stepCount;) {
      const end = context.blocks.endOf(step, stepCount);
      values.fill(value, step, end);
      step = end;
    }
  });
}

/** `time()`: the evaluation time in seconds. */
export function timeScalar(context: QueryContext, grid: TimeGrid): ScalarOperator {
  return new ComputedScalar(context, grid.stepCount, (values) => {
    for (let step = 0; step < values.length;) {
      const end = context.blocks.endOf(step, values.length);
      for (; step < end; step++) values[step] = grid.timeMs(step) / 1000;
    }
  });
}

export function combineScalars(
  context: QueryContext,
  grid: TimeGrid,
  left: ScalarOperator,
  right: ScalarOperator,
  combine: (left: number, right: number) => number,
): ScalarOperator {
  return new ComputedScalar(context, grid.stepCount, (values) => {
    const leftValues = left.values();
    const rightValues = right.values();
    for (let step = 0; step < values.length;) {
      const end = context.blocks.endOf(step, values.length);
      for (; step < end; step++) {
        values[step] = combine(leftValues[step]!, rightValues[step]!);
      }
    }
  });
}

export function negateScalar(context: QueryContext, grid: TimeGrid, operand: ScalarOperator): ScalarOperator {
  return new ComputedScalar(context, grid.stepCount, (values) => {
    const inner = operand.values();
    for (let step = 0; step < values.length;) {
      const end = context.blocks.endOf(step, values.length);
      for (; step < end; step++) values[step] = -inner[step]!;
    }
  });
}

/** `scalar(v)`: the value of the only float, NaN where there is none or more than one. */
export function scalarOfVector(
  context: QueryContext,
  grid: TimeGrid,
  operand: VectorOperator,
): ScalarOperator {
  return new ComputedScalar(context, grid.stepCount, (values) => {
    const counts = new Uint8Array(values.length);
    const column = context.pool.acquire(values.length);
    const seriesCount = operand.series().length;
    for (let index = 0; index < seriesCount; index++) {
      operand.read(index, column);
      for (let step = 0; step < values.length;) {
        const end = context.blocks.endOf(step, values.length);
        for (; step < end; step++) {
          if (column.kinds[step] !== FLOAT) continue;
          if (counts[step]! < 2) counts[step]!++;
          values[step] = column.values[step]!;
        }
      }
    }
    for (let step = 0; step < values.length;) {
      const end = context.blocks.endOf(step, values.length);
      for (; step < end; step++) if (counts[step] !== 1) values[step] = NaN;
    }
    context.pool.release(column);
  });
}
