/**
 * The series that wait for the index, as a reader holds them: read batch by batch as commits add them, and
 * matched by their labels. A matcher is asked once a value, not once a series.
 *
 * An object covers the series from one `indexedRefEnd` on and only ever grows: who keeps it beyond the next
 * indexing still reads the labels of its refs.
 */
import type { Labels, Matcher } from '@promontory/model';
import { type Damage, type OnDamage, readOrReport } from '../store/damage.ts';
import { refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import type { IndexState } from './index-state-record.ts';
import { NO_REFS, type RefSet } from './ref-sets.ts';
import { SeriesPairs } from './series-pairs.ts';
import { walkWaitingBatch } from './waiting-batch.ts';

const REFUSED = 1;
const ACCEPTED = 2;

export class WaitingSeries {
  readonly pairs: SeriesPairs;
  readonly firstRef: number;
  readonly #damages: Damage[] = [];
  #refEnd: number;

  /** @param seed what senders do not know */
  constructor(firstRef: number, seed: number) {
    this.pairs = new SeriesPairs(seed);
    this.firstRef = firstRef;
    this.#refEnd = firstRef;
  }

  /**
   * Reads what `snapshot` has beyond what was read before. Series of damaged batches are left out, which is reported
   * by every call.
   */
  readUpTo(refEnd: number, store: Store, snapshot: LmdbSnapshot | undefined, onDamage: OnDamage): void {
    if (refEnd > this.#refEnd) this.#read(refEnd, store, snapshot);
    for (const damage of this.#damages) onDamage(damage);
  }

  #read(refEnd: number, store: Store, snapshot: LmdbSnapshot | undefined): void {
    const onDamage: OnDamage = (damage) => this.#damages.push(damage);
    for (const { key, value } of store.waiting.range(refKey(this.#refEnd), refKey(refEnd), snapshot)) {
      const firstRef = key.readUInt32BE(0);
      readOrReport(onDamage, 'waiting batch', key, () =>
        walkWaitingBatch(key, value, (index, bytes, start, end) => {
          this.pairs.add(firstRef + index, bytes, start, end);
        }),
      );
    }
    this.#refEnd = refEnd;
  }

  /** @returns null when the series is not here */
  labels(ref: number): Labels | null {
    const series = this.pairs.seriesAt(ref);
    const isHere = series < this.pairs.seriesCount && this.pairs.ref(series) === ref;
    return isHere ? this.pairs.labels(series) : null;
  }

  /** The refs below `refEnd` of series that every matcher accepts, ascending. */
  select(matchers: readonly Matcher[], refEnd: number): RefSet {
    let series: RefSet = Int32Array.from({ length: this.pairs.seriesAt(refEnd) }, (_unused, index) => index);
    for (const matcher of matchers) {
      if (series.length === 0) return NO_REFS;
      series = this.#filter(series, matcher);
    }
    return series.map((index) => this.pairs.ref(index));
  }

  /** Calls `visit` for each pair with how many series below `refEnd` have it, leaving out pairs that none has. */
  countPairs(refEnd: number, visit: (name: string, value: string, count: number) => void): void {
    const { pairs } = this;
    const counts = new Int32Array(pairs.pairs.count);
    const seriesEnd = pairs.seriesAt(refEnd);
    const pairEnd = seriesEnd === 0 ? 0 : pairs.pairEnd(seriesEnd - 1);
    for (let at = 0; at < pairEnd; at++) counts[pairs.pairIds.values[at]!]! += 1;
    for (const [pair, count] of counts.entries()) {
      if (count > 0) visit(pairs.nameText(pairs.nameIdOf(pair)), pairs.valueText(pair), count);
    }
  }

  #filter(series: RefSet, matcher: Matcher): RefSet {
    const { pairs } = this;
    const verdicts = this.#verdicts(matcher);
    const acceptsAbsent = matcher.matchesValue('');
    if (verdicts === null) return acceptsAbsent ? series : NO_REFS;
    let count = 0;
    for (const index of series) {
      let verdict = 0;
      for (let at = pairs.pairStart(index); at < pairs.pairEnd(index) && verdict === 0; at++)
        verdict = verdicts[pairs.pairIds.values[at]!]!;
      if (verdict === ACCEPTED || (verdict === 0 && acceptsAbsent)) series[count++] = index;
    }
    return series.subarray(0, count);
  }

  /** What the matcher says of each pair, 0 for pairs of other names; null when no pair has its name. */
  #verdicts(matcher: Matcher): Uint8Array | null {
    const { pairs } = this;
    const nameBytes = Buffer.from(matcher.name);
    const name = pairs.names.find(nameBytes, 0, nameBytes.length);
    if (name < 0) return null;
    const verdicts = new Uint8Array(pairs.pairs.count);
    for (let pair = 0; pair < verdicts.length; pair++) {
      if (pairs.nameIdOf(pair) === name)
        verdicts[pair] = matcher.matchesValue(pairs.valueText(pair)) ? ACCEPTED : REFUSED;
    }
    return verdicts;
  }
}

/** Gives snapshots of one store the waiting series, read only once. */
export class WaitingSeriesCache {
  readonly #store: Store;
  readonly #seed: number;
  readonly #onDamage: OnDamage;
  #newest: WaitingSeries;

  constructor(store: Store, seed: number, onDamage: OnDamage) {
    this.#store = store;
    this.#seed = seed;
    this.#onDamage = onDamage;
    this.#newest = new WaitingSeries(1, seed);
  }

  /** @param state as the snapshot has it */
  open(state: IndexState, snapshot: LmdbSnapshot | undefined): WaitingSeries {
    const { indexedRefEnd, nextRef } = state;
    let waiting = this.#newest;
    if (waiting.firstRef !== indexedRefEnd) waiting = new WaitingSeries(indexedRefEnd, this.#seed);
    waiting.readUpTo(nextRef, this.#store, snapshot, this.#onDamage);
    if (indexedRefEnd >= this.#newest.firstRef) this.#newest = waiting;
    return waiting;
  }
}
