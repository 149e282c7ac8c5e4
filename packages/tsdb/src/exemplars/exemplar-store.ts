/**
 * The exemplars of a database: a bounded number of the newest, in their own table, durable with the commit
 * that brings them.
 */
import { WorkTicker } from '@promontory/base';
import type { TimeRange } from '../block/time-range.ts';
import type { TimeBounds } from '../read/database-view.ts';
import type { WorkOptions } from '../read/work-options.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import { isIntactUnderKey } from '../store/checksum.ts';
import type { OnDamage } from '../store/damage.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import {
  decodeExemplar,
  encodeExemplar,
  type Exemplar,
  exemplarKeyFrom,
  refOfExemplarKey,
} from './exemplar-record.ts';

const TRIMMED_PER_COMMIT_MAX = 10_000;

/** The writing thread's side. */
export class ExemplarWriter {
  readonly #store: Store;
  readonly #exemplarsMax: number;
  #pending: { ref: number; exemplar: Exemplar }[] = [];
  #count: number;

  constructor(store: Store, exemplarsMax: number) {
    this.#store = store;
    this.#exemplarsMax = exemplarsMax;
    this.#count = store.exemplars.entryCount();
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** @param exemplar checked by `checkExemplar` */
  add(ref: number, exemplar: Exemplar): void {
    if (this.#exemplarsMax > 0) this.#pending.push({ ref, exemplar });
  }

  /** Puts what is pending and removes the oldest above the bound. Inside a write transaction; then `markStored`. */
  putPending(): void {
    let count = this.#count;
    for (const { ref, exemplar } of this.#pending) {
      const { key, record } = encodeExemplar(ref, exemplar);
      // Senders repeat exemplars: one that is there already takes no room.
      if (this.#store.exemplars.get(key) === undefined) count++;
      this.#store.exemplars.put(key, record);
    }
    const surplus = count - this.#exemplarsMax;
    if (surplus <= 0) return;
    const removed = Math.min(surplus, TRIMMED_PER_COMMIT_MAX);
    const oldest = Array.from(this.#store.exemplars.keys(KEY_START, KEY_END, undefined, removed));
    for (const key of oldest) this.#store.exemplars.remove(key);
  }

  /** The transaction of `putPending` is on disk. */
  markStored(): void {
    this.#pending = [];
    this.markRemoved();
  }

  /** The keys of exemplars in a range of time, of the series that `isWanted`. */
  findKeys(range: TimeRange, isWanted: (ref: number) => boolean): Buffer[] {
    const { start, end } = keyRange(range.startMsInclusive, range.endMsInclusive);
    return Array.from(this.#store.exemplars.keys(start, end)).filter((key) =>
      isWanted(refOfExemplarKey(key)),
    );
  }

  /** Inside a write transaction; then `markRemoved`. */
  removeKeys(keys: readonly Buffer[]): void {
    for (const key of keys) this.#store.exemplars.remove(key);
  }

  /** The transaction of `removeKeys` or `removeSeries` is on disk. What is pending stays so. */
  markRemoved(): void {
    this.#count = this.#store.exemplars.entryCount();
  }

  /** Removes the exemplars of dropped series. Inside a write transaction; then `markRemoved`. */
  removeSeries(isDropped: (ref: number) => boolean): void {
    const keys = Array.from(this.#store.exemplars.keys(KEY_START, KEY_END));
    this.removeKeys(keys.filter((key) => isDropped(refOfExemplarKey(key))));
  }
}

/**
 * Exemplars in the range by ref, each list ascending in time. Reads all exemplars of the range, whose number
 * is bounded for the whole database.
 *
 * @param accepts whether the exemplars of a series are wanted
 */
export function readExemplars(
  store: Store,
  snapshot: LmdbSnapshot,
  range: TimeBounds & WorkOptions,
  accepts: (ref: number) => boolean,
  onDamage: OnDamage,
): Map<number, Exemplar[]> {
  const byRef = new Map<number, Exemplar[]>();
  const { start, end } = keyRange(range.rangeStartMsInclusive, range.rangeEndMsInclusive);
  const ticker = new WorkTicker(range.checkpoint);
  for (const { key, value } of store.exemplars.range(start, end, snapshot)) {
    ticker.tick();
    const ref = refOfExemplarKey(key);
    if (!accepts(ref)) continue;
    if (!isIntactUnderKey(key, value)) {
      onDamage({ what: 'exemplar', where: `series ${ref}`, reason: 'checksum differs' });
      continue;
    }
    const list = byRef.get(ref);
    const exemplar = decodeExemplar(key, value);
    if (list === undefined) byRef.set(ref, [exemplar]);
    else list.push(exemplar);
  }
  return byRef;
}

/** The keys from `start` to before `end` are those of exemplars in the range. */
function keyRange(startMsInclusive: number, endMsInclusive: number): { start: Buffer; end: Buffer } {
  return { start: exemplarKeyFrom(startMsInclusive), end: exemplarKeyFrom(Math.floor(endMsInclusive) + 1) };
}
