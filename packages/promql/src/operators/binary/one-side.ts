// HOT PATH: two column reads a sample, no allocation once grown.
/**
 * The "one" side of a match group as a single column: its series take turns, and where two of them meet while the other
 * side has anything at all, the matching is ambiguous.
 */
import type { VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { NO_SAMPLE, StepColumn } from '../../evaluate/step-column.ts';
import type { VectorOperator } from '../operator.ts';
import { manyToMany } from './match-errors.ts';
import { FILLED, type MatchGroup } from './match-groups.ts';

/** A group's "one" side as a single column, and which series each sample is from, or FILLED. */
export interface OneSide {
  readonly group: MatchGroup;
  readonly column: StepColumn;
  readonly seriesAtStep: Int32Array;
}

export interface OneSideOptions {
  readonly context: QueryContext;
  readonly many: VectorOperator;
  readonly one: VectorOperator;
  readonly matching: VectorMatching;
  readonly stepCount: number;
}

export class OneSideReader {
  readonly #options: OneSideOptions;
  #last: OneSide | null = null;
  #manyPresence: Uint8Array | null = null;

  constructor(options: OneSideOptions) {
    this.#options = options;
  }

  /** The last group's side is kept: outputs of a group stand beside each other. */
  read(group: MatchGroup): OneSide {
    if (this.#last?.group === group) return this.#last;
    const { context, one, stepCount } = this.#options;
    const reused = this.#last ?? this.#allocate(group);
    this.#last = null;
    const { column, seriesAtStep } = reused;
    column.clear();
    const single = context.pool.acquire(stepCount);
    for (const index of group.one) {
      one.read(index, single);
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) {
          if (single.kinds[step] === NO_SAMPLE) continue;
          if (column.kinds[step] !== NO_SAMPLE) this.#requireNoMany(group, step, seriesAtStep[step]!, index);
          column.copyStep(single, step, step);
          seriesAtStep[step] = index;
        }
      }
    }
    this.#fill(column, seriesAtStep);
    context.pool.release(single);
    this.#last = { group, column, seriesAtStep };
    return this.#last;
  }

  #allocate(group: MatchGroup): OneSide {
    const { context, stepCount } = this.#options;
    context.budget.hold(stepCount);
    return { group, column: new StepColumn(stepCount), seriesAtStep: new Int32Array(stepCount) };
  }

  #fill(column: StepColumn, seriesAtStep: Int32Array): void {
    const fill = this.#options.matching.fill.right;
    for (let step = 0; step < column.stepCount;) {
      const end = this.#options.context.blocks.endOf(step, column.stepCount);
      for (; step < end; step++) {
        if (column.kinds[step] !== NO_SAMPLE) continue;
        seriesAtStep[step] = FILLED;
        if (fill !== null) column.set(step, fill);
      }
    }
  }

  /** Two series on the "one" side are an error as soon as the other side has anything at all at that step. */
  #requireNoMany(group: MatchGroup, step: number, firstIndex: number, secondIndex: number): void {
    const { one, matching } = this.#options;
    const { fill, cardinality } = matching;
    const isFilled = fill.left !== null || fill.right !== null;
    if (!isFilled && this.#presenceOfMany()[step] === NO_SAMPLE) return;
    const duplicates = [firstIndex, secondIndex].flatMap((index) => one.series()[index]?.labels ?? []);
    throw manyToMany(group.signature, cardinality === 'one-to-many' ? 'left' : 'right', duplicates);
  }

  /** Not NO_SAMPLE at the steps where the "many" side has anything. */
  #presenceOfMany(): Uint8Array {
    if (this.#manyPresence !== null) return this.#manyPresence;
    const { context, many, stepCount } = this.#options;
    const presence = new Uint8Array(stepCount);
    const column = context.pool.acquire(stepCount);
    const seriesCount = many.series().length;
    for (let index = 0; index < seriesCount; index++) {
      many.read(index, column);
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) presence[step]! |= column.kinds[step]!;
      }
    }
    context.pool.release(column);
    this.#manyPresence = presence;
    return presence;
  }
}
