// HOT PATH: about 4 µs a new series of nine labels, one of them unique to it; series-registry.bench.ts.
/**
 * Writes new series into the index: their refs into the postings of each label pair, and their labels into
 * series pages. Runs when enough series wait, not for each of them: until then readers match the few waiting
 * series by their labels (waiting-series.ts).
 */
import { refKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { pairsInKeyOrder } from './pairs-by-value.ts';
import { PostingKeyWriter } from './posting-keys.ts';
import { PostingsEncoder, RUN_REFS_MAX } from './postings-record.ts';
import { SeriesPageEncoder } from './series-page-encoder.ts';
import { pageOf, type SeriesPage, slotOf } from './series-page.ts';
import { type SeriesPairs } from './series-pairs.ts';

/** Puts the refs of all pairs. Inside a write transaction only; the refs are above all that are there. */
export function putPostings(store: Store, pairs: SeriesPairs): void {
  const { refs, ends } = refsByPair(pairs);
  const keys = new PostingKeyWriter();
  const encoder = new PostingsEncoder();
  const { arena } = pairs.pairs;
  for (const pair of pairsInKeyOrder(pairs)) {
    const name = pairs.nameText(pairs.nameIdOf(pair));
    const isCut = keys.setPair(name, arena, pairs.valueStart(pair), pairs.pairs.end(pair));
    const cutValue = isCut ? pairs.valueText(pair) : '';
    const end = ends[pair]!;
    for (let start = pair === 0 ? 0 : ends[pair - 1]!; start < end; start += RUN_REFS_MAX) {
      const key = keys.unsafeKeyOf(refs[start]!);
      const runEnd = Math.min(end, start + RUN_REFS_MAX);
      store.postings.put(key, encoder.unsafeEncode(key, refs, start, runEnd, cutValue));
    }
  }
}

/** The refs of pair p are refs[ends[p - 1], ends[p]). */
export function refsByPair(pairs: SeriesPairs): { refs: Int32Array; ends: Int32Array } {
  const { pairIds } = pairs;
  const ends = new Int32Array(pairs.pairs.count);
  for (let at = 0; at < pairIds.length; at++) ends[pairIds.values[at]!]! += 1;
  let sum = 0;
  for (let pair = 0; pair < ends.length; pair++) {
    const count = ends[pair]!;
    ends[pair] = sum;
    sum += count;
  }
  const refs = new Int32Array(sum);
  for (let series = 0; series < pairs.seriesCount; series++) {
    for (let at = pairs.pairStart(series); at < pairs.pairEnd(series); at++)
      refs[ends[pairIds.values[at]!]!++] = pairs.ref(series);
  }
  return { refs, ends };
}

/**
 * Puts the pages of the series from number `start` on. Inside a write transaction only.
 *
 * @param pairs with every series of the pages it touches
 */
export function putSeriesPages(store: Store, pairs: SeriesPairs, start = 0): void {
  const encoder = new SeriesPageEncoder(pairs);
  for (let first = start; first < pairs.seriesCount;) {
    const page = pageOf(pairs.ref(first));
    let end = first + 1;
    while (end < pairs.seriesCount && pageOf(pairs.ref(end)) === page) end++;
    const key = refKey(page);
    store.series.put(key, encoder.encode(key, first, end));
    first = end;
  }
}

/** Adds the series of a page, without those that are left out. */
export function addSeriesOfPage(
  pairs: SeriesPairs,
  pageNumber: number,
  page: SeriesPage,
  isLeftOut: (ref: number) => boolean,
): void {
  for (const ref of page.refs(pageNumber)) {
    if (isLeftOut(ref)) continue;
    const labelBytes = page.copyLabelBytes(slotOf(ref));
    pairs.add(ref, labelBytes, 0, labelBytes.length);
  }
}
