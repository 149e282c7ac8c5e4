/**
 * limitk: the first k series of every group at a step pass, with their labels and values. Which they are is
 * decided once, series by series; of a series that passes at some of its steps a mask is kept.
 */
import type { QueryContext } from '../../evaluate/query-context.ts';
import { NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import { groupSeries, type GroupingClause } from './grouping.ts';
import { requireWholeParameter } from './whole-parameter.ts';

export interface LimitOptions {
  readonly context: QueryContext;
  readonly operand: VectorOperator;
  readonly parameter: ScalarOperator;
  readonly clause: GroupingClause;
  readonly stepCount: number;
  /** The operand is read as a whole, for its errors and annotations. */
  readonly isReadWhole: boolean;
}

/** 1 at the steps where the series passes; null: nowhere. */
type Mask = Uint8Array | null;

export class LimitOperator implements VectorOperator {
  readonly #options: LimitOptions;
  #masks: readonly Mask[] | null = null;

  /** @throws PromontoryError ERR_QUERY_EXECUTION for a `k` that is no whole number */
  constructor(options: LimitOptions) {
    requireWholeParameter(options.parameter.values(), options.context.blocks);
    this.#options = options;
  }

  series(): readonly SeriesMetadata[] {
    return this.#options.operand.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#masks ??= this.#decide();
    const mask = this.#masks[seriesIndex] ?? null;
    if (mask === null) {
      target.clear();
      return;
    }
    this.#options.operand.read(seriesIndex, target);
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) if (mask[step] === 0) target.remove(step);
    }
  }

  #decide(): Mask[] {
    const { context, operand, clause, stepCount, parameter } = this.#options;
    const limits = parameter.values();
    const { groups, groupOfSeries } = groupSeries(context, operand.series(), clause);
    context.budget.hold(groups.length * stepCount);
    const room = new Float64Array(groups.length * stepCount);
    for (let group = 0; group < groups.length; group++) {
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) room[group * stepCount + step] = Math.trunc(limits[step]!);
      }
    }
    const column = context.pool.acquire(stepCount);
    const masks: Mask[] = [];
    for (let index = 0; index < groupOfSeries.length; index++) {
      const base = groupOfSeries[index]! * stepCount;
      masks.push(this.#maskOf(index, column, room.subarray(base, base + stepCount)));
    }
    context.pool.release(column);
    return masks;
  }

  /** @param room how many more the series' group takes at each step; counted down */
  #maskOf(seriesIndex: number, column: StepColumn, room: Float64Array): Mask {
    const { context, operand, stepCount, isReadWhole } = this.#options;
    if (!isReadWhole && room.every((left) => left < 1)) return null;
    operand.read(seriesIndex, column);
    let mask: Mask = null;
    for (let step = 0; step < stepCount;) {
      const end = context.blocks.endOf(step, stepCount);
      for (; step < end; step++) {
        if (column.kinds[step] === NO_SAMPLE || room[step]! < 1) continue;
        room[step]!--;
        mask ??= new Uint8Array(stepCount);
        mask[step] = 1;
      }
    }
    if (mask !== null) context.budget.holdBytes(stepCount);
    return mask;
  }
}
