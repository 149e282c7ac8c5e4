/**
 * Removes series from the index: from the postings of their pairs, from their pages, from the fingerprints. All
 * inside one write transaction, so that a series is there wholly or not at all.
 *
 * A run is written anew without the refs, and together with the runs after it while they fit into one: churn
 * leaves a pair many small runs, and they go this way.
 */
import { type OnDamage, readOrReport } from '../store/damage.ts';
import { refKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { addSeriesOfPage, putSeriesPages, refsByPair } from './index-writer.ts';
import { PairRuns } from './pair-runs.ts';
import { firstRefOfKey } from './posting-keys.ts';
import { PostingsEncoder, PostingsRun, RUN_REFS_MAX } from './postings-record.ts';
import { NO_REFS, positionOf, type RefSet, subtract, union } from './ref-sets.ts';
import { pageOf } from './series-page.ts';
import { SeriesPairs } from './series-pairs.ts';
import type { SeriesPages } from './series-pages.ts';

/** Runs that hold fewer refs than this take in the run after them. */
const SMALL_RUN_REFS = RUN_REFS_MAX / 2;

export class SeriesRemoval {
  readonly #store: Store;
  readonly #onDamage: OnDamage;
  readonly #encoder = new PostingsEncoder();

  constructor(store: Store, onDamage: OnDamage) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /** @param removed the series with their labels. Inside a write transaction only. */
  removePostings(removed: SeriesPairs): void {
    const { refs, ends } = refsByPair(removed);
    for (let pair = 0; pair < ends.length; pair++) {
      const name = removed.nameText(removed.nameIdOf(pair));
      const value = removed.valueText(pair);
      this.#removeFromPair(name, value, refs.subarray(pair === 0 ? 0 : ends[pair - 1]!, ends[pair]));
    }
  }

  /** Writes the pages of these refs without them; empty ones go. Inside a write transaction only. */
  removeFromPages(pages: SeriesPages, refs: RefSet, seed: number): void {
    for (let start = 0; start < refs.length;) {
      const pageNumber = pageOf(refs[start]!);
      let end = start + 1;
      while (end < refs.length && pageOf(refs[end]!) === pageNumber) end++;
      const left = new Set(refs.subarray(start, end));
      const kept = new SeriesPairs(seed);
      const page = pages.read(pageNumber);
      if (page !== null) {
        addSeriesOfPage(kept, pageNumber, page, (ref) => left.has(ref));
        if (kept.seriesCount === 0) this.#store.series.remove(refKey(pageNumber));
        else putSeriesPages(this.#store, kept);
      }
      start = end;
    }
  }

  #removeFromPair(name: string, value: string, refs: RefSet): void {
    const { keys } = new PairRuns(this.#store, undefined, this.#onDamage, name, value);
    for (let index = 0; index < keys.length;) {
      const key = keys[index]!;
      const part = partFrom(refs, key, keys[index + 1]);
      index++;
      if (part.length === 0) continue;
      const run = this.#read(key);
      if (run === null) continue;
      let left = subtract(run.refs(), part);
      while (index < keys.length && left.length < SMALL_RUN_REFS) {
        const next = keys[index]!;
        const following = this.#read(next);
        if (following === null || left.length + following.count > RUN_REFS_MAX) break;
        left = union([left, subtract(following.refs(), partFrom(refs, next, keys[index + 1]))]);
        this.#store.postings.remove(next);
        index++;
      }
      this.#write(key, left, run);
    }
  }

  #write(key: Buffer, refs: RefSet, before: PostingsRun): void {
    if (refs.length === 0) this.#store.postings.remove(key);
    else
      this.#store.postings.put(key, this.#encoder.unsafeEncode(key, refs, 0, refs.length, before.cutValue()));
  }

  #read(key: Buffer): PostingsRun | null {
    const record = this.#store.postings.get(key);
    if (record === undefined) return null;
    return readOrReport(this.#onDamage, 'postings run', key, () => new PostingsRun(key, record));
  }
}

/** The refs that could be in the run under `key`, which ends where the next begins. */
function partFrom(refs: RefSet, key: Buffer, nextKey: Buffer | undefined): RefSet {
  const start = positionOf(refs, 0, firstRefOfKey(key));
  if (start === refs.length) return NO_REFS;
  return refs.subarray(
    start,
    nextKey === undefined ? refs.length : positionOf(refs, start, firstRefOfKey(nextKey)),
  );
}
