/** What every operator of one query shares. Lives as long as the query. */
import { PromontoryError, type Clock } from '@promontory/base';
import type { LabelRegex, SampleColumns } from '@promontory/model';
import { ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT } from '../error-codes.ts';
import type { QueryLimits } from '../query-result.ts';
import { Annotations } from './annotations.ts';
import { ColumnPool } from './column-pool.ts';
import { EngineMemory } from './engine-memory.ts';
import { LabelBudget } from './label-budget.ts';
import { QueryBudget } from './query-budget.ts';
import { QuerySamples } from './query-samples.ts';
import { WorkBlocks } from './work-blocks.ts';

export interface QueryContextOptions {
  readonly text: string;
  readonly limits: QueryLimits;
  readonly isCancelled: () => boolean;
  readonly clock: Clock;
  /** Counts them; in all and not by step when left out. */
  readonly samples?: QuerySamples;
  /** What queries leave to each other; nothing when left out. */
  readonly memory?: EngineMemory;
}

/** How many label sets are worked on between two looks at the clock: well below a millisecond's worth. */
const TICKS_PER_CHECKPOINT = 1000;

export class QueryContext {
  readonly annotations: Annotations;
  readonly budget: QueryBudget;
  readonly labelBudget: LabelBudget;
  /** For passes over many steps or samples of one series. */
  readonly blocks: WorkBlocks;
  readonly pool: ColumnPool;
  readonly samples: QuerySamples;
  /** Time that sorting the result took. */
  sortMs = 0;
  readonly #isCancelled: () => boolean;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #durationMsMax: number;
  readonly #memory: EngineMemory;
  readonly #taken: SampleColumns[] = [];
  #ticks = 0;

  constructor(options: QueryContextOptions) {
    this.annotations = new Annotations(options.text);
    this.budget = new QueryBudget(options.limits);
    this.labelBudget = new LabelBudget(this.budget);
    this.blocks = new WorkBlocks(() => this.checkpoint());
    this.pool = new ColumnPool(this.budget, this.blocks);
    this.samples = options.samples ?? new QuerySamples(1, false);
    this.#memory = options.memory ?? new EngineMemory();
    this.#isCancelled = options.isCancelled;
    this.#clock = options.clock;
    this.#durationMsMax = options.limits.durationMsMax;
    this.#deadlineMs = options.clock.monotonicMs() + options.limits.durationMsMax;
  }

  /** @returns a buffer for the samples of one series at a time, the caller's as long as the query lives */
  takeBuffer(): SampleColumns {
    const buffer = this.#memory.buffers.take();
    this.#taken.push(buffer);
    return buffer;
  }

  /** Sorts, and adds the time that it takes to `sortMs`. */
  measureSort<T>(sort: () => T): T {
    const startMs = this.#clock.monotonicMs();
    const sorted = sort();
    this.sortMs += this.#clock.monotonicMs() - startMs;
    return sorted;
  }

  /** @throws PromontoryError ERR_MATCHER_REGEX_INVALID, ERR_MATCHER_REGEX_WEIGHT_MAX */
  regexOf(pattern: string): LabelRegex {
    return this.#memory.regexOf(pattern);
  }

  /** The query is over: nothing that it evaluated is read any more. */
  close(): void {
    for (const buffer of this.#taken.splice(0)) this.#memory.buffers.giveBack(buffer);
  }

  /**
   * Called between series, and between the blocks of long ones.
   *
   * @throws PromontoryError ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT
   */
  checkpoint(): void {
    if (this.#isCancelled()) {
      throw new PromontoryError('query was canceled in expression evaluation', {
        code: ERR_QUERY_CANCELLED,
        kind: 'cancelled',
      });
    }
    if (this.#clock.monotonicMs() > this.#deadlineMs) {
      throw new PromontoryError('query timed out in expression evaluation', {
        code: ERR_QUERY_TIMEOUT,
        kind: 'timeout',
        context: { durationMsMax: this.#durationMsMax },
      });
    }
  }

  /**
   * Called for every label set that is listed, grouped or matched: a checkpoint once in a while.
   *
   * @throws PromontoryError ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT
   */
  tick(): void {
    if (++this.#ticks < TICKS_PER_CHECKPOINT) return;
    this.#ticks = 0;
    this.checkpoint();
  }
}
