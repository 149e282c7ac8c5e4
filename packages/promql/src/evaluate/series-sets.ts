/** The answers to a plan's selections, awaited before the evaluation starts and closed after it. */
import { assert } from '@promontory/base';
import { describeMatchers } from '../trace/describe-node.ts';
import type { TraceSpan } from '../trace/trace-span.ts';
import type { SelectPlan } from '../plan/plan-node.ts';
import type { SelectRequest, SeriesSet, SeriesSource } from '../series-source.ts';

/** The others of a query are not told of. */
const TRACED_SELECTIONS_MAX = 1000;

export class SeriesSets {
  readonly #sets: readonly SeriesSet[];

  private constructor(sets: readonly SeriesSet[]) {
    this.#sets = sets;
  }

  /**
   * Asks for all at once; when one fails, the others are closed.
   *
   * @param checkpoint throws when the query is to be given up
   */
  static async select(
    source: SeriesSource,
    selects: readonly SelectPlan[],
    checkpoint: () => void,
    trace?: TraceSpan,
  ): Promise<SeriesSets> {
    const select = async ({ index, request }: SelectPlan): Promise<SeriesSet> => {
      checkpoint();
      const wanted = { ...request, checkpoint };
      const isTraced = trace !== undefined && index < TRACED_SELECTIONS_MAX;
      return isTraced ? tracedSelect(source, wanted, trace) : source.select(wanted);
    };
    const answers = await Promise.allSettled(selects.map(select));
    const sets = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) {
      for (const set of sets) set.close();
      throw failed.reason;
    }
    return new SeriesSets(sets);
  }

  get(index: number): SeriesSet {
    const set = this.#sets[index];
    assert(set !== undefined, 'every selection was answered', { index });
    return set;
  }

  /** What was missing from what was read of them so far, each sentence once. */
  get warnings(): string[] {
    return [...new Set(this.#sets.flatMap((set) => set.warnings ?? []))];
  }

  close(): void {
    for (const set of this.#sets) set.close();
  }
}

async function tracedSelect(
  source: SeriesSource,
  request: SelectRequest,
  trace: TraceSpan,
): Promise<SeriesSet> {
  const { matchers, rangeStartMsInclusive, rangeEndMsInclusive } = request;
  const range = `[${rangeStartMsInclusive / 1000}, ${rangeEndMsInclusive / 1000}]`;
  const span = trace.child(`select ${describeMatchers(matchers)} in ${range}`);
  const set = await source.select(request);
  span.end(`${set.seriesCount} series`);
  return set;
}
