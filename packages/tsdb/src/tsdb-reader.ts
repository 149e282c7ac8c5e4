/** Reads a database from any thread, while its writer goes on. Every call sees what was committed before it. */
import { assert, type Clock, PromontoryError, systemClock, WorkTicker } from '@promontory/base';
import { compareLabels, type Labels, type Matcher, type MetricMetadata } from '@promontory/model';
import type { Block } from './block/block-header.ts';
import { ERR_STORE_CLOSED } from './error-codes.ts';
import type { Exemplar } from './exemplars/exemplar-record.ts';
import { readExemplars } from './exemplars/exemplar-store.ts';
import type { GenerationsMemory } from './head/generations.ts';
import type { Cardinality, CardinalityOptions } from './index/cardinality.ts';
import { hasRef } from './index/ref-sets.ts';
import { type MetadataOptions, readMetadata } from './metadata/metadata-store.ts';
import { browseNames, browseSeries, browseValues, type MatcherSets, selectAny } from './read/browse.ts';
import type { DatabaseView, TimeBounds } from './read/database-view.ts';
import type { SampleEstimate, TimeExtent } from './read/estimate-samples.ts';
import { TsdbSeriesSet } from './read/series-set.ts';
import { ViewOpener } from './read/view-opener.ts';
import type { WorkOptions } from './read/work-options.ts';
import { type Damage, DamageLog, DamageReports, type OnDamage, QueryDamages } from './store/damage.ts';

/** The checkpoint is for finding the series; reading them is the caller's own loop. */
export interface SelectOptions extends TimeBounds, WorkOptions {
  /** All must match; none means every series. */
  readonly matchers: readonly Matcher[];
  readonly hints?: SelectHints;
}

/** What a selection is needed for: how much need not be done. */
export interface SelectHints {
  /** At most so many series, of those with the lowest numbers; the set says whether there are more. Default: all. */
  readonly seriesMax?: number;
  /** Only labels will be read: no block is opened, and reading samples is an error. Default: false. */
  readonly labelsOnly?: boolean;
}

export interface BrowseOptions extends TimeBounds, WorkOptions {
  /** Alternatives, each a conjunction; none means every series, and so does an empty one. */
  readonly matcherSets: MatcherSets;
  /** At most this many answers, 0 for all. */
  readonly countMax: number;
}

export interface BrowseAnswer<T> {
  readonly values: readonly T[];
  readonly truncated: boolean;
}

export interface SelectionEstimate extends SampleEstimate {
  /** Those that match, with samples in the range or not. */
  readonly seriesCount: number;
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
  /** Memory for the segments that were read last, with their decoded samples. Default: 32 MiB. */
  readonly decodedBytesMax?: number;
  /** How long a series set may be read after it was opened. Default: 10 minutes. */
  readonly readMsMax?: number;
  /** Whether `select` may go through all values of a name, or all series; that takes long where there are many. Default: it may. */
  readonly mayScan?: boolean;
  readonly clock?: Clock;
  /** Told of damaged records that were left out, each place once. Default: nobody. */
  readonly onDamage?: OnDamage;
}

const LABEL_CACHE_ENTRIES_MAX = 200_000;
/** Some 3 million samples. */
const DECODED_BYTES_MAX = 32 * 1024 * 1024;
const READ_MS_MAX = 10 * 60 * 1000;

export class TsdbReader {
  readonly #views: ViewOpener;
  readonly #damageLog: DamageLog;
  readonly #damageReports: DamageReports;
  #closing: Promise<void> | null = null;

  /** The database exists: its writer opened it before. */
  constructor(options: TsdbReaderOptions) {
    this.#damageLog = new DamageLog(options.onDamage);
    this.#damageReports = new DamageReports(this.#damageLog);
    this.#views = new ViewOpener({
      directory: options.directory,
      memory: options.memory,
      ownerId: options.ownerId,
      labelCacheEntriesMax: options.labelCacheEntriesMax ?? LABEL_CACHE_ENTRIES_MAX,
      decodedBytesMax: options.decodedBytesMax ?? DECODED_BYTES_MAX,
      clock: options.clock ?? systemClock,
      lifeMsMax: options.readMsMax ?? READ_MS_MAX,
      mayScan: options.mayScan ?? true,
      onDamage: this.#damageReports.report,
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
   * @throws PromontoryError ERR_STORE_CLOSED, ERR_STORE_CORRUPT, ERR_STORE_READ, ERR_SELECT_SCANS
   */
  select(options: SelectOptions): TsdbSeriesSet {
    const { seriesMax = Number.POSITIVE_INFINITY, labelsOnly = false } = options.hints ?? {};
    assert(seriesMax >= 0, 'seriesMax is a number from 0 on', { seriesMax });
    const damages = new QueryDamages(this.#damageReports);
    return damages.during(() => {
      const view = this.#open(labelsOnly ? NO_TIME : options, options);
      try {
        const refs = view.selections.getOrFind(options.matchers, () => {
          const damagesBefore = damages.list.length;
          const found = view.index.select(options.matchers);
          return { refs: found, isWhole: damages.list.length === damagesBefore };
        });
        const isTruncated = refs.length > seriesMax;
        return new TsdbSeriesSet({
          view,
          refs: isTruncated ? refs.slice(0, seriesMax) : refs,
          isTruncated,
          hasSamples: !labelsOnly,
          damages,
        });
      } catch (error) {
        view.close();
        throw error;
      }
    });
  }

  /** Label names of the series selected that have samples in the range, sorted by bytes. */
  labelNames(options: BrowseOptions): BrowseAnswer<string> {
    return this.#browse(options, (view) => browseNames(view, options.matcherSets, options.countMax));
  }

  /** Values of a label in the series selected that have samples in the range, sorted by bytes. */
  labelValues(name: string, options: BrowseOptions): BrowseAnswer<string> {
    return this.#browse(options, (view) => browseValues(view, name, options.matcherSets, options.countMax));
  }

  /** The label sets of the series selected that have samples in the range, sorted. */
  series(options: BrowseOptions): BrowseAnswer<Labels> {
    return this.#browse(options, (view) => browseSeries(view, options.matcherSets, options.countMax));
  }

  /** Exemplars in the range, of the series that any of the matcher sets selects (none: all), sorted by labels. */
  exemplars(options: BrowseOptions): BrowseAnswer<SeriesExemplars> {
    return this.#browse(options, (view) => {
      const refs = selectAny(view, options.matcherSets);
      const { store } = this.#views;
      const byRef = readExemplars(
        store,
        view.snapshot,
        options,
        (ref) => hasRef(refs, ref),
        this.#damageReports.report,
      );
      const { ticker } = view;
      const found = Array.from(byRef, ([ref, exemplars]): SeriesExemplars => {
        ticker.tick();
        return { labels: view.labels(ref), exemplars };
      });
      return found.sort(ticker.ticking((left, right) => compareLabels(left.labels, right.labels)));
    });
  }

  /** Metric name → what writers say about it, the latest repeated first; names ascend by bytes. */
  metadata(options: MetadataOptions): ReadonlyMap<string, readonly MetricMetadata[]> {
    const view = this.#open(NO_TIME);
    try {
      return readMetadata(this.#views.store, view.snapshot, options, this.#damageReports.report);
    } finally {
      view.close();
    }
  }

  /** Where the series come from: counts over the whole index, samples or not. */
  cardinality(options: CardinalityOptions): Cardinality {
    const view = this.#open(NO_TIME, options);
    try {
      return view.index.cardinality(options);
    } finally {
      view.close();
    }
  }

  /** Where in time samples are: of the oldest and the newest one; null when there is none. Looks at every series of the head. */
  timeExtent(options: WorkOptions = {}): TimeExtent | null {
    const view = this.#open(NO_TIME, options);
    try {
      return view.timeExtent();
    } finally {
      view.close();
    }
  }

  /** What is on disk in blocks, in the order of their first samples; nothing of what is in the head alone. */
  blocks(): readonly Block[] {
    const view = this.#open(NO_TIME);
    try {
      return view.listedBlocks;
    } finally {
      view.close();
    }
  }

  /**
   * What a selection would read: how many series, exactly, and about how many samples in the range. Headers of blocks
   * and of the head are looked at, no sample is.
   */
  estimate(options: Omit<BrowseOptions, 'countMax'>): SelectionEstimate {
    const view = this.#open(options, options);
    try {
      const refs = selectAny(view, options.matcherSets);
      return { seriesCount: refs.length, ...view.estimate(refs) };
    } finally {
      view.close();
    }
  }

  /** What the first selection has to read of `main` is read now: tens of thousands of series may wait for the index. */
  prepare(): void {
    this.#open(NO_TIME).close();
  }

  /**
   * Closes series sets that are older than `readMsMax` and that nobody closed: disk pages and head memory that they
   * pin are free again. Every `select` does so too; a thread that has not much to read calls it now and then.
   */
  closeExpired(): void {
    this.#views.closeExpired();
  }

  /** Each call returns the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#views.close();
    return this.#closing;
  }

  #browse<T>(options: BrowseOptions, collect: (view: DatabaseView) => readonly T[]): BrowseAnswer<T> {
    const { countMax } = options;
    assert(Number.isInteger(countMax) && countMax >= 0, 'countMax is a whole number, 0 for all', {
      countMax,
    });
    const view = this.#open(options, options);
    try {
      const values = collect(view);
      const truncated = countMax > 0 && values.length > countMax;
      return { values: truncated ? values.slice(0, countMax) : values, truncated };
    } finally {
      view.close();
    }
  }

  #open(bounds: TimeBounds, { checkpoint }: WorkOptions = {}): DatabaseView {
    if (this.#closing !== null) {
      throw new PromontoryError('cannot read: the database is closed', {
        code: ERR_STORE_CLOSED,
        kind: 'unavailable',
      });
    }
    return this.#views.open(bounds, new WorkTicker(checkpoint));
  }
}

/** Reaches into no block. */
const NO_TIME: TimeBounds = {
  rangeStartMsInclusive: Number.POSITIVE_INFINITY,
  rangeEndMsInclusive: Number.NEGATIVE_INFINITY,
};
