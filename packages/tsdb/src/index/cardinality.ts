/**
 * Where the series of a database come from: counts over the whole index in one pass over the postings, whose
 * refs are not decoded. The series that wait for the index are counted from their pairs.
 */
import type { WorkTicker } from '@promontory/base';
import { METRIC_NAME } from '@promontory/model';
import type { WorkOptions } from '../read/work-options.ts';
import { type OnDamage, readOrReport } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import type { IndexState } from './index-state-record.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import { readPostingKey } from './posting-keys.ts';
import { PostingsRun } from './postings-record.ts';
import type { WaitingSeries } from './waiting-series.ts';

export interface CardinalityOptions extends WorkOptions {
  /** The longest list wanted, 1 to CARDINALITY_TOP_MAX. */
  readonly topMax: number;
  /** Stop after so many runs of postings; the counts are of those then. */
  readonly runsVisitedMax?: number;
}

export interface Counted {
  readonly name: string;
  readonly count: number;
}

export interface Cardinality {
  readonly seriesCount: number;
  readonly labelNameCount: number;
  readonly labelPairCount: number;
  /** Since the database was made. */
  readonly createdSeriesCount: number;
  /** Since the database was made. */
  readonly droppedSeriesCount: number;
  /** Largest counts first, equal ones by name. */
  readonly seriesByMetric: readonly Counted[];
  /** Label names by how many values they have. */
  readonly valuesByLabelName: readonly Counted[];
  /** Label names by the bytes that their values have together, each value once. */
  readonly valueBytesByLabelName: readonly Counted[];
  /** `name=value` by how many series have it. */
  readonly seriesByLabelPair: readonly Counted[];
  /** False when the bound on runs was reached, or a damaged run was left out. */
  readonly isComplete: boolean;
}

const CARDINALITY_TOP_MAX = 10_000;
const RUNS_VISITED_MAX = 10_000_000;
/** No text that came from UTF-8 has a lone surrogate. */
const PAIR_SEPARATOR = '\ud800';

/** The largest of many counts, in memory bounded by how many are wanted. */
class TopCounts {
  readonly #countMax: number;
  #entries: Counted[] = [];

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  add(name: string, count: number): void {
    this.#entries.push({ name, count });
    if (this.#entries.length >= 4 * this.#countMax + 64) this.#entries = this.list();
  }

  list(): Counted[] {
    const sorted = this.#entries.sort(
      (left, right) => right.count - left.count || (left.name < right.name ? -1 : 1),
    );
    return sorted.slice(0, this.#countMax);
  }
}

interface NameCounts {
  values: number;
  bytes: number;
}

/** One pass; make one for each. */
export class CardinalityReader {
  readonly #names = new Map<string, NameCounts>();
  readonly #metrics: TopCounts;
  readonly #pairs: TopCounts;
  readonly #topMax: number;
  readonly #runsVisitedMax: number;
  readonly #ticker: WorkTicker;
  /** Series that wait for the index, by pair; a pair leaves when it is counted. */
  readonly #waiting = new Map<string, number>();
  #pairCount = 0;
  #isComplete = true;

  constructor(options: CardinalityOptions, ticker: WorkTicker) {
    this.#topMax = Math.max(1, Math.min(CARDINALITY_TOP_MAX, options.topMax));
    this.#runsVisitedMax = options.runsVisitedMax ?? RUNS_VISITED_MAX;
    this.#ticker = ticker;
    this.#metrics = new TopCounts(this.#topMax);
    this.#pairs = new TopCounts(this.#topMax);
  }

  /** @param waiting of the same snapshot */
  read(
    store: Store,
    snapshot: LmdbSnapshot,
    state: IndexState,
    waiting: WaitingSeries,
    onDamage: OnDamage,
  ): Cardinality {
    waiting.countPairs(state.nextRef, (name, value, count) => {
      this.#waiting.set(`${name}${PAIR_SEPARATOR}${value}`, count);
    });
    this.#countIndexed(store, snapshot, onDamage);
    for (const [pair, count] of this.#waiting) {
      this.#ticker.tick();
      const at = pair.indexOf(PAIR_SEPARATOR);
      this.#addPair(pair.slice(0, at), pair.slice(at + 1), count);
    }
    return this.#summary(state);
  }

  /** Runs of one pair are neighbours. */
  #countIndexed(store: Store, snapshot: LmdbSnapshot, onDamage: OnDamage): void {
    let name = '';
    let value = '';
    let count = 0;
    let runs = 0;
    for (const { key, value: record } of store.postings.range(KEY_START, KEY_END, snapshot)) {
      this.#ticker.tick();
      if (++runs > this.#runsVisitedMax) {
        this.#isComplete = false;
        break;
      }
      const run = readOrReport(onDamage, 'postings run', key, () => new PostingsRun(key, record));
      this.#isComplete &&= run !== null;
      if (run === null) continue;
      const pair = readPostingKey(key);
      const text = pair.value ?? run.cutValue();
      if (pair.name !== name || text !== value) {
        if (count > 0) this.#addIndexed(name, value, count);
        name = pair.name;
        value = text;
        count = 0;
      }
      count += run.count;
    }
    if (count > 0) this.#addIndexed(name, value, count);
  }

  #addIndexed(name: string, value: string, count: number): void {
    const pair = `${name}${PAIR_SEPARATOR}${value}`;
    const waiting = this.#waiting.get(pair) ?? 0;
    if (waiting > 0) this.#waiting.delete(pair);
    this.#addPair(name, value, count + waiting);
  }

  #addPair(name: string, value: string, count: number): void {
    let counts = this.#names.get(name);
    if (counts === undefined) {
      counts = { values: 0, bytes: 0 };
      this.#names.set(name, counts);
    }
    counts.values++;
    counts.bytes += Buffer.byteLength(value);
    this.#pairCount++;
    this.#pairs.add(`${name}=${value}`, count);
    if (name === METRIC_NAME) this.#metrics.add(value, count);
  }

  #summary(state: IndexState): Cardinality {
    const values = new TopCounts(this.#topMax);
    const bytes = new TopCounts(this.#topMax);
    for (const [name, counts] of this.#names) {
      values.add(name, counts.values);
      bytes.add(name, counts.bytes);
    }
    return {
      seriesCount: state.nextRef - 1 - state.droppedSeriesCount,
      labelNameCount: this.#names.size,
      labelPairCount: this.#pairCount,
      createdSeriesCount: state.nextRef - 1,
      droppedSeriesCount: state.droppedSeriesCount,
      seriesByMetric: this.#metrics.list(),
      valuesByLabelName: values.list(),
      valueBytesByLabelName: bytes.list(),
      seriesByLabelPair: this.#pairs.list(),
      isComplete: this.#isComplete,
    };
  }
}
