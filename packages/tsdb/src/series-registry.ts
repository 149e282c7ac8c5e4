// HOT PATH: about 8 µs a new series of nine labels, with everything that is written of it; series-registry.bench.ts.
/**
 * Numbers series and keeps the index of them. Only the writing thread uses it.
 *
 * A fingerprint is looked up in the table in shared memory (series in use), then among the series whose
 * fingerprints are not on disk yet, then on disk; only then its series is new. What is new waits: its label
 * bytes go to disk with the next commit, its postings and its page once enough series wait, its fingerprint
 * once enough fingerprints are missing on disk, because each of these costs much less for many at a time.
 *
 * Series leave in two steps. `dropFromMemory` takes them out of the table: they cost no memory then, and come
 * back with the same ref when they are sent again. `dropFromIndex` forgets them; a ref is never given twice.
 */
import { assert } from '@promontory/base';
import {
  decodeLabelBytes,
  LabelFingerprint,
  type Labels,
  Matcher,
  METRIC_NAME,
  type SampleBatch,
  walkLabelBytes,
} from '@promontory/model';
import { ERR_SERIES_MAX, ERR_SERIES_PER_METRIC_MAX } from './error-codes.ts';
import { FingerprintTable } from './head/fingerprint-table.ts';
import { LookupEpochs } from './head/lookup-epochs.ts';
import { FINGERPRINT_DAMAGED, FingerprintIndex } from './index/fingerprint-index.ts';
import { IndexReader } from './index/index-reader.ts';
import type { IndexState } from './index/index-state-record.ts';
import { MetricCounts } from './index/metric-counts.ts';
import { NO_REFS, type RefSet, union } from './index/ref-sets.ts';
import { slotOf } from './index/series-page.ts';
import { SeriesPages } from './index/series-pages.ts';
import { SeriesPairs } from './index/series-pairs.ts';
import { SeriesRemoval } from './index/series-removal.ts';
import { walkWaitingBatch } from './index/waiting-batch.ts';
import { WaitingList } from './index/waiting-list.ts';
import { indexWaiting, putWaiting } from './index/waiting-writer.ts';
import { WaitingSeries } from './index/waiting-series.ts';
import type { Refusal } from './refusal.ts';
import { type OnDamage, readOrReport } from './store/damage.ts';
import { KEY_END, refKey } from './store/keys.ts';
import type { Store } from './store/store.ts';

export interface SeriesLimits {
  /** Most series at a time. */
  readonly seriesMax: number;
  /** Most series with one metric name, 0 for no limit. */
  readonly seriesPerMetricMax: number;
  /** Refs stay below this. */
  readonly refEndMax: number;
  /** Fingerprints go to disk when so many are missing there; opening computes at most about as many. */
  readonly unwrittenFingerprintsMax: number;
}

export interface SeriesRegistryOptions {
  readonly store: Store;
  readonly fingerprintKey: Int32Array;
  readonly limits: SeriesLimits;
  readonly onDamage: OnDamage;
}

export const UNWRITTEN_FINGERPRINTS_MAX = 65_536;
/** Series that one `dropFromIndex` may take, so that its transaction stays short. */
export const DROP_SERIES_MAX = 1024;

/** Batches on their way that may look series up at the same time. */
const LOOKUP_USERS_MAX = 1024;

export class SeriesRegistry {
  readonly table = new FingerprintTable();
  readonly epochs = new LookupEpochs(LookupEpochs.allocate(LOOKUP_USERS_MAX));
  readonly #store: Store;
  readonly #limits: SeriesLimits;
  readonly #onDamage: OnDamage;
  readonly #fingerprint: LabelFingerprint;
  /** What names and values are hashed with. */
  readonly #seed: number;
  readonly #pages: SeriesPages;
  readonly #fingerprints: FingerprintIndex;
  readonly #metrics: MetricCounts | null;
  /** As it is on disk. */
  #state: IndexState;
  /** As the transaction that runs will leave it. */
  #nextState: IndexState;
  #nextRef: number;
  /** The series from `indexedRefEnd` on. */
  readonly #waiting: WaitingList;
  /** The series from `fingerprintedRefEnd` on that are not dropped. */
  #unwritten = new FingerprintTable();

  /**
   * Reads the series that wait and computes the fingerprints that are not on disk.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT when the index state is damaged, ERR_STORE_FORMAT_VERSION
   */
  constructor(options: SeriesRegistryOptions) {
    this.#store = options.store;
    this.#limits = options.limits;
    this.#onDamage = options.onDamage;
    this.#fingerprint = new LabelFingerprint(options.fingerprintKey);
    this.#seed = options.fingerprintKey[0]!;
    this.#pages = new SeriesPages(options.store, options.onDamage);
    this.#fingerprints = new FingerprintIndex(options.store, options.onDamage);
    const counts = options.limits.seriesPerMetricMax > 0;
    this.#metrics = counts ? new MetricCounts(options.store, options.onDamage) : null;
    this.#state = options.store.readIndexState();
    this.#nextState = this.#state;
    this.#nextRef = this.#state.nextRef;
    this.#waiting = new WaitingList(this.#state.indexedRefEnd);
    this.#loadFingerprints();
    this.#loadWaiting();
  }

  get nextRef(): number {
    return this.#nextRef;
  }

  /** Series that exist: were made and not dropped from the index. */
  get seriesCount(): number {
    return this.#nextRef - 1 - this.#state.droppedSeriesCount;
  }

  /** Since the database was made. */
  get droppedSeriesCount(): number {
    return this.#state.droppedSeriesCount;
  }

  get waitingCount(): number {
    return this.#waiting.count;
  }

  /** Whether there are series that are not on disk. */
  get hasUnrecorded(): boolean {
    return this.#state.nextRef < this.#nextRef;
  }

  /**
   * The ref of the k-th new series of a batch, giving it one when nobody did before.
   *
   * @returns 0 when a limit does not allow it; `refusal` says which
   */
  refOf(batch: SampleBatch, seriesIndex: number): number {
    const lane0 = batch.newSeriesLane(seriesIndex, 0);
    const lane1 = batch.newSeriesLane(seriesIndex, 1);
    const lane2 = batch.newSeriesLane(seriesIndex, 2);
    const active = this.table.find(lane0, lane1, lane2);
    if (active !== 0) return active;
    const labelBytes = batch.unsafeViewLabelBytes(seriesIndex);
    const known = this.#findInactive(lane0, lane1, lane2, labelBytes);
    if (known !== 0) {
      this.table.insert(lane0, lane1, lane2, known);
      return known;
    }
    if (this.#isFull() || this.#isMetricFull(labelBytes)) return 0;
    const ref = this.#nextRef++;
    this.table.insert(lane0, lane1, lane2, ref);
    this.#unwritten.insert(lane0, lane1, lane2, ref);
    this.#addWaiting(labelBytes);
    return ref;
  }

  /** Why `refOf` gave the series no ref. */
  refusal(labelBytes: Uint8Array): Refusal {
    const { seriesMax, seriesPerMetricMax, refEndMax } = this.#limits;
    const explain = (limit: (labels: Labels) => string) => (): string => {
      const labels = decodeLabelBytes(labelBytes);
      return `series ${labels.toString()} is new, and ${limit(labels)}`;
    };
    if (!this.#isFull()) {
      const why = explain((labels) => {
        const metric = JSON.stringify(labels.get(METRIC_NAME));
        return `metric ${metric} has ${seriesPerMetricMax} series, its limit (seriesPerMetricMax)`;
      });
      return { code: ERR_SERIES_PER_METRIC_MAX, why };
    }
    const limit =
      this.seriesCount >= seriesMax
        ? `the database has ${seriesMax}, its limit (seriesMax)`
        : `all ${refEndMax - 1} series numbers have been given (seriesMax)`;
    return { code: ERR_SERIES_MAX, why: explain(() => limit) };
  }

  /** The labels of a ref; null when it was dropped or its record is damaged. */
  labels(ref: number): Labels | null {
    if (ref < this.#state.indexedRefEnd) return this.#pages.labels(ref);
    if (!this.#waiting.has(ref)) return null;
    return decodeLabelBytes(this.#waitingBytes(ref));
  }

  /**
   * Puts what is new on disk. Inside a write transaction; `markPut` when that is on disk.
   *
   * @param indexesWaiting whether all waiting series go into the index
   */
  put(indexesWaiting: boolean): void {
    const nextRef = this.#nextRef;
    this.#nextState = { ...this.#state, nextRef };
    if (indexesWaiting) this.#putIndex();
    else putWaiting(this.#store, this.#waiting, this.#state.nextRef, nextRef);
    this.#store.putIndexState(this.#nextState);
  }

  markPut(): void {
    const before = this.#state;
    this.#state = this.#nextState;
    if (this.#state.fingerprintedRefEnd > before.fingerprintedRefEnd)
      this.#unwritten = new FingerprintTable();
    if (this.#state.indexedRefEnd === before.indexedRefEnd) return;
    this.#waiting.restart(this.#state.indexedRefEnd);
    this.#metrics?.markIndexed();
  }

  /**
   * Takes series that nobody sends any more out of the table: one pass over it, for many at a time. They keep
   * their refs; who may still hold one says `epochs`.
   *
   * @param refs ascending
   * @returns how many were in the table
   */
  dropFromMemory(refs: Int32Array): number {
    if (refs.length === 0) return 0;
    const dropped = this.table.removeWhere(memberOf(refs));
    this.epochs.advance();
    return dropped;
  }

  /** Whether nobody can hold refs any more that left memory: else `dropFromIndex` drops none. */
  get mayDropFromIndex(): boolean {
    return this.epochs.oldest >= this.epochs.current;
  }

  /** All series that are in the index, ascending; owned by the caller. */
  indexedRefs(): RefSet {
    return this.#indexReader().select([]);
  }

  /** The series on disk that any of the matcher sets selects, ascending; owned by the caller. */
  selectAny(matcherSets: readonly (readonly Matcher[])[]): RefSet {
    const waiting = new WaitingSeries(this.#state.indexedRefEnd, this.#seed);
    waiting.readUpTo(this.#state.nextRef, this.#store, undefined, this.#onDamage);
    const index = this.#indexReader(waiting);
    return union(matcherSets.map((matchers) => index.select(matchers)));
  }

  /**
   * Forgets series in one transaction of its own. Left are those that are in use (again), wait for the index,
   * or whose page is damaged. While a user of lookups may hold refs from before the last `dropFromMemory`, all are.
   *
   * @param refs ascending, at most DROP_SERIES_MAX, of series without samples anywhere
   * @returns the refs that were dropped
   * @throws PromontoryError ERR_STORE_WRITE; nothing was dropped then
   */
  dropFromIndex(refs: RefSet): RefSet {
    assert(refs.length <= DROP_SERIES_MAX, 'series are dropped in steps', { count: refs.length });
    if (!this.mayDropFromIndex) return NO_REFS;
    const pairs = new SeriesPairs(this.#seed);
    const lanes: number[] = [];
    for (const ref of refs) this.#collectUnused(ref, pairs, lanes);
    const dropped = Int32Array.from({ length: pairs.seriesCount }, (_unused, series) => pairs.ref(series));
    if (dropped.length === 0) return dropped;
    const removal = new SeriesRemoval(this.#store, this.#onDamage);
    const droppedSeriesCount = this.#state.droppedSeriesCount + dropped.length;
    const state = { ...this.#state, droppedSeriesCount };
    this.#store.environment.writeDurably(() => {
      removal.removePostings(pairs);
      removal.removeFromPages(this.#pages, dropped, this.#seed);
      for (const [index, ref] of dropped.entries())
        this.#fingerprints.remove(lanes[3 * index]!, lanes[3 * index + 1]!, lanes[3 * index + 2]!, ref);
      this.#store.putIndexState(state);
    });
    this.#state = state;
    this.#forget(dropped, pairs);
    return dropped;
  }

  #loadFingerprints(): void {
    const { fingerprintedRefEnd, indexedRefEnd } = this.#state;
    if (fingerprintedRefEnd === indexedRefEnd) return;
    this.#pages.walk(fingerprintedRefEnd, undefined, (pageNumber, page) => {
      for (const ref of page.refs(pageNumber)) {
        if (ref >= fingerprintedRefEnd) this.#addUnwritten(ref, page.copyLabelBytes(slotOf(ref)));
      }
    });
  }

  #loadWaiting(): void {
    for (const { key, value } of this.#store.waiting.range(refKey(this.#state.indexedRefEnd), KEY_END)) {
      this.#fillWaiting(key.readUInt32BE(0));
      readOrReport(this.#onDamage, 'waiting batch', key, () =>
        walkWaitingBatch(key, value, (_index, bytes, start, end) => {
          const labelBytes = bytes.subarray(start, end);
          this.#addUnwritten(this.#waiting.refEnd, labelBytes);
          this.#addWaiting(labelBytes);
        }),
      );
    }
    this.#fillWaiting(this.#state.nextRef);
  }

  /** The refs up to `refEnd` had their label bytes in a batch that is lost. */
  #fillWaiting(refEnd: number): void {
    while (this.#waiting.refEnd < refEnd) this.#waiting.push(new Uint8Array(0));
  }

  #addUnwritten(ref: number, labelBytes: Uint8Array): void {
    const { lane0, lane1, lane2 } = this.#fingerprintOf(labelBytes);
    if (this.#unwritten.find(lane0, lane1, lane2) === 0) this.#unwritten.insert(lane0, lane1, lane2, ref);
  }

  #addWaiting(labelBytes: Uint8Array): void {
    this.#waiting.push(labelBytes);
    this.#metrics?.add(metricOf(labelBytes));
  }

  #waitingBytes(ref: number): Uint8Array {
    return this.#waiting.unsafeViewBytes().subarray(this.#waiting.start(ref), this.#waiting.end(ref));
  }

  /**
   * The ref of a series that is known and not in use, or 0. One whose page is damaged counts as unknown: what
   * is written under its ref could not be found again.
   */
  #findInactive(lane0: number, lane1: number, lane2: number, labelBytes: Uint8Array): number {
    const unwritten = this.#unwritten.find(lane0, lane1, lane2);
    if (unwritten !== 0 || this.#state.fingerprintedRefEnd === 1) return unwritten;
    const written = this.#fingerprints.find(lane0, lane1, lane2);
    if (written === FINGERPRINT_DAMAGED) return this.#findByLabels(labelBytes);
    return written !== 0 && this.#pages.has(written) ? written : 0;
  }

  /** @returns the ref of the indexed series with exactly these labels, or 0 */
  #findByLabels(labelBytes: Uint8Array): number {
    const wanted = decodeLabelBytes(labelBytes);
    const matchers = Array.from(wanted.entries(), ([name, value]) => new Matcher('=', name, value));
    return (
      this.#indexReader()
        .select(matchers)
        .find((ref) => this.labels(ref)?.equals(wanted) === true) ?? 0
    );
  }

  /** @param waiting the series that wait; left out: none of them */
  #indexReader(waiting = new WaitingSeries(this.#state.indexedRefEnd, this.#seed)): IndexReader {
    return new IndexReader({
      store: this.#store,
      snapshot: undefined,
      state: this.#state,
      pages: this.#pages,
      waiting,
      onDamage: this.#onDamage,
    });
  }

  #isFull(): boolean {
    return this.seriesCount >= this.#limits.seriesMax || this.#nextRef >= this.#limits.refEndMax;
  }

  #isMetricFull(labelBytes: Uint8Array): boolean {
    if (this.#metrics === null) return false;
    return this.#metrics.count(metricOf(labelBytes)) >= this.#limits.seriesPerMetricMax;
  }

  #putIndex(): void {
    indexWaiting(this.#store, this.#pages, this.#waiting, this.#state.indexedRefEnd, this.#seed);
    this.#nextState = { ...this.#nextState, indexedRefEnd: this.#nextRef };
    this.#putFingerprints();
  }

  #putFingerprints(): void {
    if (this.#unwritten.count < this.#limits.unwrittenFingerprintsMax) return;
    this.#fingerprints.putAll(this.#unwritten);
    this.#nextState = { ...this.#nextState, fingerprintedRefEnd: this.#nextRef };
  }

  /** Adds the series when it is indexed, readable and not in use. */
  #collectUnused(ref: number, pairs: SeriesPairs, lanes: number[]): void {
    if (ref >= this.#state.indexedRefEnd) return;
    const labelBytes = this.#pages.copyLabelBytes(ref);
    if (labelBytes === null) return;
    const { lane0, lane1, lane2 } = this.#fingerprintOf(labelBytes);
    if (this.table.find(lane0, lane1, lane2) === ref) return;
    pairs.add(ref, labelBytes, 0, labelBytes.length);
    lanes.push(lane0, lane1, lane2);
  }

  #forget(dropped: RefSet, pairs: SeriesPairs): void {
    this.#pages.forget();
    if (dropped.at(-1)! >= this.#state.fingerprintedRefEnd) this.#unwritten.removeWhere(memberOf(dropped));
    if (this.#metrics === null) return;
    for (let pair = 0; pair < pairs.pairs.count; pair++) {
      if (pairs.nameText(pairs.nameIdOf(pair)) === METRIC_NAME) this.#metrics.forget(pairs.valueText(pair));
    }
  }

  #fingerprintOf(labelBytes: Uint8Array): LabelFingerprint {
    const fingerprint = this.#fingerprint;
    const view = new DataView(labelBytes.buffer, labelBytes.byteOffset, labelBytes.byteLength);
    fingerprint.reset();
    walkLabelBytes(labelBytes, 0, labelBytes.length, (span) =>
      fingerprint.add(view, span.messageStart, span.valueEnd),
    );
    return fingerprint;
  }
}

function metricOf(labelBytes: Uint8Array): string {
  let metric = '';
  const bytes = Buffer.from(labelBytes.buffer, labelBytes.byteOffset, labelBytes.byteLength);
  walkLabelBytes(labelBytes, 0, labelBytes.length, (span) => {
    if (bytes.toString('utf8', span.nameStart, span.nameEnd) === METRIC_NAME)
      metric = bytes.toString('utf8', span.valueStart, span.valueEnd);
  });
  return metric;
}

/** A test for membership in ascending refs, by one bit a ref between the first and the last. */
function memberOf(refs: Int32Array): (ref: number) => boolean {
  const first = refs[0]!;
  const bits = new Uint8Array(((refs.at(-1)! - first) >>> 3) + 1);
  for (const ref of refs) bits[(ref - first) >>> 3]! |= 1 << ((ref - first) & 7);
  return (ref) => ((bits[(ref - first) >>> 3] ?? 0) & (1 << ((ref - first) & 7))) !== 0;
}
