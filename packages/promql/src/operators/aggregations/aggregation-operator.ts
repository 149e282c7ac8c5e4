/**
 * sum, avg, min, max, count, group, stddev, stdvar and quantile. At the first read all input series are
 * consumed, one column at a time, into an accumulator; the groups are then read from it.
 */
import { assert } from '@promontory/base';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';
import { groupSeries, type Grouping, type GroupingClause } from './grouping.ts';

export type MakeAccumulator = (size: AccumulatorSize, grouping: Grouping) => Accumulator;

export class AggregationOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #clause: GroupingClause;
  readonly #stepCount: number;
  readonly #makeAccumulator: MakeAccumulator;
  #grouping: Grouping | null = null;
  #accumulator: Accumulator | null = null;

  constructor(
    context: QueryContext,
    operand: VectorOperator,
    clause: GroupingClause,
    stepCount: number,
    makeAccumulator: MakeAccumulator,
  ) {
    this.#context = context;
    this.#operand = operand;
    this.#clause = clause;
    this.#stepCount = stepCount;
    this.#makeAccumulator = makeAccumulator;
  }

  series(): readonly SeriesMetadata[] {
    return this.#groups().groups;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#accumulator ??= this.#consume();
    target.clear();
    this.#accumulator.finish(seriesIndex, target);
  }

  #groups(): Grouping {
    this.#grouping ??= groupSeries(this.#context, this.#operand.series(), this.#clause);
    return this.#grouping;
  }

  #consume(): Accumulator {
    const grouping = this.#groups();
    const { groups, groupOfSeries } = grouping;
    this.#context.budget.hold(groups.length * this.#stepCount);
    const size = { groupCount: groups.length, stepCount: this.#stepCount };
    const accumulator = this.#makeAccumulator(size, grouping);
    const column = this.#context.pool.acquire(this.#stepCount);
    for (const [index, series] of this.#operand.series().entries()) {
      this.#operand.read(index, column);
      const group = groupOfSeries[index];
      assert(group !== undefined, 'every series has a group');
      accumulator.add(group, column, series);
    }
    this.#context.pool.release(column);
    return accumulator;
  }
}
