/** Reads a database from any thread, while its writer goes on. Every call sees what was committed before it. */
import { type Clock, PromontoryError, systemClock } from '@promontory/base';
import { compareLabels, compareUtf8, type Labels, type Matcher } from '@promontory/model';
import { ERR_STORE_CLOSED } from './error-codes.ts';
import type { Exemplar } from './exemplars/exemplar-record.ts';
import { readExemplars } from './exemplars/exemplar-store.ts';
import type { GenerationsMemory } from './head/generations.ts';
import type { Cardinality, CardinalityOptions } from './index/cardinality.ts';
import type { MetricMetadata } from './metadata/metadata-record.ts';
import { type MetadataOptions, readMetadata } from './metadata/metadata-store.ts';
import type { DatabaseView, TimeBounds } from './read/database-view.ts';
import { TsdbSeriesSet } from './read/series-set.ts';
import { ViewOpener } from './read/view-opener.ts';
import { type Damage, DamageLog, type OnDamage } from './store/damage.ts';

export interface SelectOptions extends TimeBounds {
  /** All must match; none means every series. */
  readonly matchers: readonly Matcher[];
  /** What the selection is for; nothing depends on it but speed. */
  readonly hints?: SelectHints;
}

/** As Prometheus's: what a query will do with the samples. */
export interface SelectHints {
  /** The distance of evaluation times, 0 for one. */
  readonly stepMs?: number;
  /** The function or aggregation next to the selection. */
  readonly functionName?: string;
}

export interface BrowseOptions extends TimeBounds {
  /** Alternatives, each a conjunction; none means every series. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  /** At most this many answers, 0 for all. */
  readonly countMax: number;
}

export interface BrowseAnswer<T> {
  readonly values: readonly T[];
  readonly truncated: boolean;
}

export interface SeriesExemplars {
  readonly labels: Labels;
  /** Ascending in time. */
  readonly exemplars: readonly Exemplar[];
}

export interface TsdbReaderOptions {
  readonly directory: string;
  /** From the database's writer. */
  readonly memory: GenerationsMemory;
  /** Positive; names this reader when its thread dies and `releaseReaders` must clean up. */
  readonly ownerId: number;
  readonly labelCacheEntriesMax?: number;
  /** How long a series set may be read after it was opened. Default: 10 minutes. */
  readonly readMsMax?: number;
  readonly clock?: Clock;
  /** Told of damaged records that were left out, each place once. Default: nobody. */
  readonly onDamage?: OnDamage;
}

const LABEL_CACHE_ENTRIES_MAX = 200_000;
const READ_MS_MAX = 10 * 60 * 1000;

export class TsdbReader {
  readonly #views: ViewOpener;
  readonly #damageLog: DamageLog;
  /** Of the selection that is being made or read. */
  #damages: Damage[] = [];
  #closed = false;

  /** The database exists: its writer opened it before. */
  constructor(options: TsdbReaderOptions) {
    this.#damageLog = new DamageLog(options.onDamage);
    this.#views = new ViewOpener({
      directory: options.directory,
      memory: options.memory,
      ownerId: options.ownerId,
      labelCacheEntriesMax: options.labelCacheEntriesMax ?? LABEL_CACHE_ENTRIES_MAX,
      clock: options.clock ?? systemClock,
      lifeMsMax: options.readMsMax ?? READ_MS_MAX,
      onDamage: this.#onDamage,
    });
  }

  /** What was found damaged and left out of answers, each place once. */
  get damages(): readonly Damage[] {
    return this.#damageLog.damages;
  }

  /**
   * The series that all matchers accept, with samples in the range or not. Close the set soon: it pins disk
   * pages and head memory.
   *
   * @throws PromontoryError ERR_STORE_CLOSED, ERR_STORE_CORRUPT, ERR_STORE_READ
   */
  select(options: SelectOptions): TsdbSeriesSet {
    const view = this.#open(options);
    try {
      return new TsdbSeriesSet(view, options.matchers, this.#damages);
    } catch (error) {
      view.close();
      throw error;
    }
  }

  /** Label names of the series selected, sorted by bytes. */
  labelNames(options: BrowseOptions): BrowseAnswer<string> {
    return this.#browse(options, (view) => {
      if (options.matcherSets.length === 0) return view.index.labelNames();
      const names = new Set<string>();
      for (const ref of view.refsOfAny(options.matcherSets)) {
        for (const [name] of view.labels(ref).entries()) names.add(name);
      }
      return [...names].sort(compareUtf8);
    });
  }

  /** Values of a label in the series selected, sorted by bytes. */
  labelValues(name: string, options: BrowseOptions): BrowseAnswer<string> {
    return this.#browse(options, (view) => {
      if (options.matcherSets.length === 0) return view.index.labelValues(name);
      const values = new Set<string>();
      for (const ref of view.refsOfAny(options.matcherSets)) values.add(view.labels(ref).get(name));
      values.delete('');
      return [...values].sort(compareUtf8);
    });
  }

  /** The label sets of the series selected that have samples in the range, sorted. */
  series(options: BrowseOptions): BrowseAnswer<Labels> {
    return this.#browse(options, (view) =>
      Array.from(view.refsOfAny(options.matcherSets), (ref) => view.labels(ref)).sort(compareLabels),
    );
  }

  /** Exemplars in the range, of the series that any of the matcher sets selects (none: all), sorted by labels. */
  exemplars(options: BrowseOptions): BrowseAnswer<SeriesExemplars> {
    return this.#browse(options, (view) => {
      const sets = options.matcherSets.length === 0 ? [[]] : options.matcherSets;
      const refs = new Set<number>();
      for (const matchers of sets) for (const ref of view.index.select(matchers)) refs.add(ref);
      const { store } = this.#views;
      const byRef = readExemplars(store, view.snapshot, options, (ref) => refs.has(ref), this.#onDamage);
      return Array.from(byRef, ([ref, exemplars]) => ({ labels: view.labels(ref), exemplars })).sort(
        (left, right) => compareLabels(left.labels, right.labels),
      );
    });
  }

  /** Metric name → what writers say about it, the latest repeated first; names ascend by bytes. */
  metadata(options: MetadataOptions): ReadonlyMap<string, readonly MetricMetadata[]> {
    const view = this.#open(NO_TIME);
    try {
      return readMetadata(this.#views.store, view.snapshot, options, this.#onDamage);
    } finally {
      view.close();
    }
  }

  /** Where the series come from: counts over the whole index, samples or not. */
  cardinality(options: CardinalityOptions): Cardinality {
    const view = this.#open(NO_TIME);
    try {
      return view.index.cardinality(options);
    } finally {
      view.close();
    }
  }

  /**
   * Closes series sets that are older than `readMsMax` and that nobody closed: disk pages and head memory that they
   * pin are free again. Every `select` does so too; a thread that has not much to read calls it now and then.
   */
  closeExpired(): void {
    this.#views.closeExpired();
  }

  /** Calling it twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#views.close();
  }

  readonly #onDamage: OnDamage = (damage) => {
    this.#damages.push(damage);
    this.#damageLog.report(damage);
  };

  #browse<T>(options: BrowseOptions, collect: (view: DatabaseView) => readonly T[]): BrowseAnswer<T> {
    const view = this.#open(options);
    try {
      const values = collect(view);
      const truncated = options.countMax > 0 && values.length > options.countMax;
      return { values: truncated ? values.slice(0, options.countMax) : values, truncated };
    } finally {
      view.close();
    }
  }

  #open(bounds: TimeBounds): DatabaseView {
    if (this.#closed) {
      throw new PromontoryError('cannot read: the database is closed', {
        code: ERR_STORE_CLOSED,
        kind: 'unavailable',
      });
    }
    this.#damages = [];
    return this.#views.open(bounds);
  }
}

/** Reaches into no block. */
const NO_TIME: TimeBounds = {
  rangeStartMsInclusive: Number.POSITIVE_INFINITY,
  rangeEndMsInclusive: Number.NEGATIVE_INFINITY,
};
