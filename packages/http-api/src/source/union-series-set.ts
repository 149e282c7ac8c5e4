/** The series of several selections as one set. A series that several of them found is there once. */
import { assert, WorkTicker } from '@promontory/base';
import type { HistogramSample, Labels, SampleColumns } from '@promontory/model';
import type { SeriesSet } from '@promontory/promql';

/** Where a series is read: selections of one source agree on its samples, so the first that has it will do. */
interface Place {
  readonly set: SeriesSet;
  readonly seriesIndex: number;
}

const SELECTIONS_AT_ONCE = 8;

export class UnionSeriesSet implements SeriesSet {
  readonly #sets: readonly SeriesSet[];
  readonly #places: readonly Place[];

  /** Takes the sets over: closing it closes them. @param checkpoint as of `open` */
  constructor(sets: readonly SeriesSet[], checkpoint?: () => void) {
    this.#sets = sets;
    this.#places = placesOf(sets, new WorkTicker(checkpoint));
  }

  /**
   * Selects a few at once; when one fails, the others are closed.
   *
   * @param checkpoint is called now and then, and throws when it is to be given up. Default: it goes on to its end
   */
  static async open(
    selections: readonly (() => Promise<SeriesSet>)[],
    checkpoint?: () => void,
  ): Promise<UnionSeriesSet> {
    const sets: SeriesSet[] = [];
    try {
      for (let from = 0; from < selections.length; from += SELECTIONS_AT_ONCE) {
        checkpoint?.();
        const some = selections.slice(from, from + SELECTIONS_AT_ONCE);
        const answers = await Promise.allSettled(some.map(async (select) => select()));
        for (const answer of answers) if (answer.status === 'fulfilled') sets.push(answer.value);
        const failed = answers.find((answer) => answer.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      }
      return new UnionSeriesSet(sets, checkpoint);
    } catch (error) {
      for (const set of sets) set.close();
      throw error;
    }
  }

  get seriesCount(): number {
    return this.#places.length;
  }

  get warnings(): readonly string[] {
    return [...new Set(this.#sets.flatMap((set) => set.warnings ?? []))];
  }

  labels(seriesIndex: number): Labels {
    const place = this.#place(seriesIndex);
    return place.set.labels(place.seriesIndex);
  }

  read(seriesIndex: number, target: SampleColumns): void {
    const place = this.#place(seriesIndex);
    place.set.read(place.seriesIndex, target);
  }

  readHistograms(seriesIndex: number): readonly HistogramSample[] {
    const place = this.#place(seriesIndex);
    return place.set.readHistograms(place.seriesIndex);
  }

  readStartTimestamps(seriesIndex: number, target: SampleColumns): void {
    const place = this.#place(seriesIndex);
    place.set.readStartTimestamps(place.seriesIndex, target);
  }

  close(): void {
    for (const set of this.#sets) set.close();
  }

  #place(seriesIndex: number): Place {
    const place = this.#places[seriesIndex];
    assert(place !== undefined, 'the index is one of the series', { seriesIndex });
    return place;
  }
}

function placesOf(sets: readonly SeriesSet[], ticker: WorkTicker): Place[] {
  const seen = new Set<string>();
  const places: Place[] = [];
  for (const set of sets) {
    for (let seriesIndex = 0; seriesIndex < set.seriesCount; seriesIndex++) {
      ticker.tick();
      const { key } = set.labels(seriesIndex);
      if (seen.has(key)) continue;
      seen.add(key);
      places.push({ set, seriesIndex });
    }
  }
  return places;
}
