/** Writes the series of a waiting list: as they wait, or into the index. Inside a write transaction only. */
import { KEY_END, KEY_START, refKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { addSeriesOfPage, putPostings, putSeriesPages } from './index-writer.ts';
import { firstRefOfPage, pageOf } from './series-page.ts';
import type { SeriesPages } from './series-pages.ts';
import { SeriesPairs } from './series-pairs.ts';
import { encodeWaitingBatch } from './waiting-batch.ts';
import type { WaitingList } from './waiting-list.ts';

/** A record of waiting series is about so large at most: damage loses no more. */
const RECORD_BYTES = 1 << 18;

/** Puts the label bytes of the series from `firstRef` to before `refEnd`. */
export function putWaiting(store: Store, waiting: WaitingList, firstRef: number, refEnd: number): void {
  const bytes = waiting.unsafeViewBytes();
  for (let first = firstRef; first < refEnd;) {
    let end = first + 1;
    while (end < refEnd && waiting.end(end) - waiting.start(first) <= RECORD_BYTES) end++;
    const key = refKey(first);
    store.waiting.put(key, encodeWaitingBatch(key, bytes, waiting.unsafeViewBounds(first, end)));
    first = end;
  }
}

/**
 * Puts all waiting series into postings and pages, and removes their label bytes.
 *
 * @param firstRef of the waiting series
 * @param seed what senders do not know
 */
export function indexWaiting(
  store: Store,
  pages: SeriesPages,
  waiting: WaitingList,
  firstRef: number,
  seed: number,
): void {
  if (waiting.count === 0) return;
  const { refEnd } = waiting;
  const pairs = new SeriesPairs(seed);
  addWaiting(pairs, waiting, firstRef, refEnd);
  putPostings(store, pairs);
  const nextPageRef = firstRefOfPage(pageOf(firstRef) + 1);
  putStartedPage(store, pages, waiting, firstRef, Math.min(nextPageRef, refEnd), seed);
  putSeriesPages(store, pairs, pairs.seriesAt(nextPageRef));
  const keys = Array.from(store.waiting.keys(KEY_START, KEY_END));
  for (const key of keys) store.waiting.remove(key);
}

/** The page of `firstRef` may hold earlier series. */
function putStartedPage(
  store: Store,
  pages: SeriesPages,
  waiting: WaitingList,
  firstRef: number,
  refEnd: number,
  seed: number,
): void {
  const pairs = new SeriesPairs(seed);
  const page = pages.read(pageOf(firstRef));
  if (page !== null) addSeriesOfPage(pairs, pageOf(firstRef), page, (ref) => ref >= firstRef);
  addWaiting(pairs, waiting, firstRef, refEnd);
  putSeriesPages(store, pairs);
}

function addWaiting(pairs: SeriesPairs, waiting: WaitingList, firstRef: number, refEnd: number): void {
  const bytes = waiting.unsafeViewBytes();
  for (let ref = firstRef; ref < refEnd; ref++) {
    if (waiting.has(ref)) pairs.add(ref, bytes, waiting.start(ref), waiting.end(ref));
  }
}
