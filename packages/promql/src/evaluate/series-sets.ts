/** The answers to a plan's selections, awaited before the evaluation starts and closed after it. */
import { assert } from '@promontory/base';
import type { SelectPlan } from '../plan/plan-node.ts';
import type { SeriesSet, SeriesSource } from '../series-source.ts';

export class SeriesSets {
  readonly #sets: readonly SeriesSet[];

  private constructor(sets: readonly SeriesSet[]) {
    this.#sets = sets;
  }

  /** Asks for all at once; when one fails, the others are closed. */
  static async select(source: SeriesSource, selects: readonly SelectPlan[]): Promise<SeriesSets> {
    const answers = await Promise.allSettled(selects.map((select) => source.select(select.request)));
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

  close(): void {
    for (const set of this.#sets) set.close();
  }
}
