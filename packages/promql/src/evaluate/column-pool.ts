import { assert } from '@promontory/base';
import { StepColumn } from './step-column.ts';
import type { QueryBudget } from './query-budget.ts';
import type { WorkBlocks } from './work-blocks.ts';

/** A value and its kind. */
const STEP_BYTES = 9;

/** Columns are lent, reset and taken back, so that a query allocates a handful of them and no more. */
export class ColumnPool {
  readonly #budget: QueryBudget;
  readonly #blocks: WorkBlocks;
  readonly #free = new Map<number, StepColumn[]>();
  #lentCount = 0;

  /** @param blocks of the columns */
  constructor(budget: QueryBudget, blocks: WorkBlocks) {
    this.#budget = budget;
    this.#blocks = blocks;
  }

  /** How many columns are out; 0 between operations. */
  get lentCount(): number {
    return this.#lentCount;
  }

  /**
   * @returns a cleared column, to be given back with `release`
   * @throws PromontoryError ERR_QUERY_SAMPLES_MAX when one column alone is longer than the query may hold,
   *   ERR_QUERY_MEMORY_MAX when all that were ever lent are together
   */
  acquire(stepCount: number): StepColumn {
    this.#lentCount++;
    const column = this.#free.get(stepCount)?.pop();
    if (column === undefined) {
      this.#budget.requireFits(stepCount);
      this.#budget.holdBytes(stepCount * STEP_BYTES);
      return new StepColumn(stepCount, this.#blocks);
    }
    column.clear();
    return column;
  }

  release(column: StepColumn): void {
    assert(this.#lentCount > 0, 'every column is given back once');
    this.#lentCount--;
    const free = this.#free.get(column.stepCount);
    if (free === undefined) this.#free.set(column.stepCount, [column]);
    else free.push(column);
  }
}
