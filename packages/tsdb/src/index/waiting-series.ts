/**
 * The series that wait for the index, as a reader holds them: read batch by batch as commits add them. The rarest
 * pair that a matcher asks for by equality gives the candidates, the other matchers look at their labels. A matcher is
 * asked once a value, not once a series.
 *
 * An object covers the series from one `indexedRefEnd` on and only ever grows: who keeps it beyond the next
 * indexing still reads the labels of its refs.
 */
import type { WorkTicker } from '@promontory/base';
import type { Labels, Matcher } from '@promontory/model';
import { type Damage, type OnDamage, readOrReport } from '../store/damage.ts';
import { refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import type { IndexState } from './index-state-record.ts';
import { NO_REFS, type RefSet } from './ref-sets.ts';
import { PairOccurrences } from './pair-occurrences.ts';
import { SeriesPairs } from './series-pairs.ts';
import { walkWaitingBatch } from './waiting-batch.ts';

const NO_PAIR = -1;
const REFUSED = 1;
const ACCEPTED = 2;

export class WaitingSeries {
  readonly pairs: SeriesPairs;
  readonly firstRef: number;
  readonly #occurrences: PairOccurrences;
  readonly #damages: Damage[] = [];
  #refEnd: number;

  /** @param seed what senders do not know */
  constructor(firstRef: number, seed: number) {
    this.pairs = new SeriesPairs(seed);
    this.#occurrences = new PairOccurrences(this.pairs);
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
    this.#occurrences.update();
    this.#refEnd = refEnd;
  }

  /** @returns null when the series is not here */
  labels(ref: number): Labels | null {
    const series = this.pairs.seriesAt(ref);
    const isHere = series < this.pairs.seriesCount && this.pairs.ref(series) === ref;
    return isHere ? this.pairs.labels(series) : null;
  }

  /** The refs below `refEnd` of series that every matcher accepts, ascending. */
  select(matchers: readonly Matcher[], refEnd: number, ticker: WorkTicker): RefSet {
    const rarest = this.#rarestPair(matchers);
    if (rarest?.pair === NO_PAIR) return NO_REFS;
    const seriesEnd = this.pairs.seriesAt(refEnd);
    let series: RefSet =
      rarest === null
        ? Int32Array.from({ length: seriesEnd }, (_unused, index) => index)
        : this.#occurrences.seriesWith(rarest.pair, seriesEnd);
    for (const matcher of matchers) {
      if (series.length === 0) return NO_REFS;
      if (matcher !== rarest?.matcher) series = this.#filter(series, matcher, ticker);
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

  /** Of the pairs that series must have, that of the fewest, or one that none has; null when no matcher asks for a pair. */
  #rarestPair(matchers: readonly Matcher[]): { matcher: Matcher; pair: number } | null {
    let rarest: { matcher: Matcher; pair: number } | null = null;
    for (const matcher of matchers) {
      if (matcher.operator !== '=' || matcher.value === '') continue;
      const pair = this.pairs.find(matcher.name, matcher.value);
      if (pair === NO_PAIR) return { matcher, pair };
      const isRarer = rarest === null || this.#occurrences.count(pair) < this.#occurrences.count(rarest.pair);
      if (isRarer) rarest = { matcher, pair };
    }
    return rarest;
  }

  /** Keeps the series that the matcher accepts, in place. */
  #filter(series: RefSet, matcher: Matcher, ticker: WorkTicker): RefSet {
    const { pairs } = this;
    const acceptsAbsent = matcher.matchesValue('');
    const nameBytes = Buffer.from(matcher.name);
    const name = pairs.names.find(nameBytes, 0, nameBytes.length);
    if (name < 0) return acceptsAbsent ? series : NO_REFS;
    const verdicts = new Uint8Array(pairs.pairs.count);
    let count = 0;
    for (const index of series) {
      ticker.tick();
      const pair = pairs.pairOfName(index, name);
      if (pair !== NO_PAIR && verdicts[pair] === 0)
        verdicts[pair] = matcher.matchesValue(pairs.valueText(pair), ticker) ? ACCEPTED : REFUSED;
      const isAccepted = pair === NO_PAIR ? acceptsAbsent : verdicts[pair] === ACCEPTED;
      if (isAccepted) series[count++] = index;
    }
    return series.subarray(0, count);
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
