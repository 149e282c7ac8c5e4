/**
 * Reads the `series` table page by page and keeps the pages read last.
 *
 * The labels of a ref never change, so a page from the cache is right for every series in it, whatever snapshot
 * it came from; only for a series that it lacks the page is read again.
 */
import type { WorkTicker } from '@promontory/base';
import type { Labels } from '@promontory/model';
import { type OnDamage, readOrReport } from '../store/damage.ts';
import { KEY_END, refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import { pageOf, SeriesPage, slotOf } from './series-page.ts';

const PAGES_KEPT_MAX = 64;

export class SeriesPages {
  readonly #store: Store;
  readonly #onDamage: OnDamage;
  /** In the order of use, the last used last. */
  readonly #pages = new Map<number, SeriesPage>();

  constructor(store: Store, onDamage: OnDamage) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /** @returns null for a series whose page is missing, lacks it, or is damaged (then reported) */
  labels(ref: number, snapshot?: LmdbSnapshot): Labels | null {
    return this.#pageWith(ref, snapshot)?.labels(slotOf(ref)) ?? null;
  }

  /** @returns owned bytes, null as `labels` */
  copyLabelBytes(ref: number, snapshot?: LmdbSnapshot): Buffer | null {
    return this.#pageWith(ref, snapshot)?.copyLabelBytes(slotOf(ref)) ?? null;
  }

  /** Whether the labels of the series can be read. */
  has(ref: number): boolean {
    return this.#pageWith(ref, undefined) !== null;
  }

  /** Moves the refs whose labels can be read to the front, one look a page. @param refs ascending @returns how many */
  keepReadable(refs: Int32Array, ticker: WorkTicker, snapshot?: LmdbSnapshot): number {
    let count = 0;
    for (let start = 0; start < refs.length;) {
      const pageNumber = pageOf(refs[start]!);
      let end = start + 1;
      while (end < refs.length && pageOf(refs[end]!) === pageNumber) end++;
      ticker.tick(end - start);
      const page = this.#pageWithAll(pageNumber, refs.subarray(start, end), snapshot);
      for (let index = start; index < end; index++) {
        if (page?.has(slotOf(refs[index]!)) === true) refs[count++] = refs[index]!;
      }
      start = end;
    }
    return count;
  }

  /** The page as it is on disk, past the cache; null when it is missing or damaged (then reported). */
  read(pageNumber: number, snapshot?: LmdbSnapshot): SeriesPage | null {
    const key = refKey(pageNumber);
    const record = this.#store.series.get(key, snapshot);
    if (record === undefined) return null;
    return readOrReport(this.#onDamage, 'series page', key, () => new SeriesPage(key, record));
  }

  /** Empties the cache: series were dropped. */
  forget(): void {
    this.#pages.clear();
  }

  /** Visits all intact pages from the one of `firstRef` on, ascending. */
  walk(
    firstRef: number,
    snapshot: LmdbSnapshot | undefined,
    visit: (pageNumber: number, page: SeriesPage) => void,
  ): void {
    for (const { key, value } of this.#store.series.range(refKey(pageOf(firstRef)), KEY_END, snapshot)) {
      const page = readOrReport(this.#onDamage, 'series page', key, () => new SeriesPage(key, value));
      if (page !== null) visit(key.readUInt32BE(0), page);
    }
  }

  #pageWith(ref: number, snapshot: LmdbSnapshot | undefined): SeriesPage | null {
    const pageNumber = pageOf(ref);
    const kept = this.#pages.get(pageNumber);
    if (kept?.has(slotOf(ref)) === true) return kept;
    const page = this.read(pageNumber, snapshot);
    if (page === null || !page.has(slotOf(ref))) return null;
    this.#keep(pageNumber, page);
    return page;
  }

  /** The page from the cache if it has all these series, else from disk; null when it is missing or damaged. */
  #pageWithAll(pageNumber: number, refs: Int32Array, snapshot: LmdbSnapshot | undefined): SeriesPage | null {
    const kept = this.#pages.get(pageNumber);
    if (kept !== undefined && refs.every((ref) => kept.has(slotOf(ref)))) return kept;
    const page = this.read(pageNumber, snapshot);
    if (page !== null) this.#keep(pageNumber, page);
    return page;
  }

  #keep(pageNumber: number, page: SeriesPage): void {
    this.#pages.delete(pageNumber);
    this.#pages.set(pageNumber, page);
    if (this.#pages.size <= PAGES_KEPT_MAX) return;
    for (const oldest of this.#pages.keys()) {
      this.#pages.delete(oldest);
      break;
    }
  }
}
