/**
 * How many steps or samples a pass works on between two looks at the clock. At 1 ns each a look takes a hundredth of
 * the time of a block; native histograms, which take microseconds each, make it a tenth of a second.
 */
const BLOCK_ITEMS = 10_000;

/**
 * A pass over one series can take seconds: a subquery may have tens of millions of steps. Such passes are walked in
 * blocks, and the query may end between two of them:
 *
 *     for (let step = 0; step < stepCount; ) {
 *       const end = blocks.endOf(step, stepCount);
 *       for (; step < end; step++) …
 *     }
 *
 * Passes that are no longer than a block, as those of almost all queries, never look.
 */
export class WorkBlocks {
  readonly #checkpoint: (() => void) | null;

  /** @param checkpoint throws when the query is to be given up; null: nobody gives it up */
  constructor(checkpoint: (() => void) | null) {
    this.#checkpoint = checkpoint;
  }

  /**
   * Looks at the clock before every block but the last.
   *
   * @param from the first item of the block
   * @param to one after the last item of the pass
   * @returns one after the last item of the block
   */
  endOf(from: number, to: number): number {
    if (to - from <= BLOCK_ITEMS) return to;
    this.#checkpoint?.();
    return from + BLOCK_ITEMS;
  }
}

/** For passes that belong to no query. */
export const UNWATCHED_BLOCKS = new WorkBlocks(null);
