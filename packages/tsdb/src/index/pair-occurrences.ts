// HOT PATH: a few numbers a label of a new series; series-registry.bench.ts.
/** Which series have a pair: lists in shared columns, one a pair, each from its newest series back. */
import { IntColumn } from './int-column.ts';
import type { RefSet } from './ref-sets.ts';
import type { SeriesPairs } from './series-pairs.ts';

export class PairOccurrences {
  readonly #pairs: SeriesPairs;
  #seriesCount = 0;
  /** pair → its newest occurrence + 1 */
  readonly #newest = new IntColumn();
  /** pair → how many series have it */
  readonly #counts = new IntColumn();
  /** An occurrence is a place in `pairIds`: → the occurrence of the same pair before it + 1, 0 for none. */
  readonly #previous = new IntColumn(1024);
  /** occurrence → series */
  readonly #series = new IntColumn(1024);

  constructor(pairs: SeriesPairs) {
    this.#pairs = pairs;
  }

  /** Takes in the series that were added to the pairs since the last call. */
  update(): void {
    const { seriesCount, pairIds } = this.#pairs;
    for (; this.#seriesCount < seriesCount; this.#seriesCount++) {
      const end = this.#pairs.pairEnd(this.#seriesCount);
      for (let at = this.#series.length; at < end; at++) this.#add(at, pairIds.values[at]!);
    }
  }

  count(pair: number): number {
    return this.#counts.values[pair]!;
  }

  /** The series below `seriesEnd` that have the pair, ascending; owned by the caller. */
  seriesWith(pair: number, seriesEnd: number): RefSet {
    const found = new Int32Array(this.count(pair));
    let start = found.length;
    for (let link = this.#newest.values[pair]!; link !== 0; link = this.#previous.values[link - 1]!) {
      const series = this.#series.values[link - 1]!;
      if (series < seriesEnd) found[--start] = series;
    }
    return found.subarray(start);
  }

  #add(occurrence: number, pair: number): void {
    if (pair === this.#newest.length) {
      this.#newest.push(0);
      this.#counts.push(0);
    }
    this.#previous.push(this.#newest.values[pair]!);
    this.#series.push(this.#seriesCount);
    this.#newest.values[pair] = occurrence + 1;
    this.#counts.values[pair]! += 1;
  }
}
