/**
 * Reads a database from any thread, while its writer goes on.
 *
 * A select pins the head's generations first and opens the LMDB snapshot after: whatever a flush moves in
 * between is then in both, and the generations that the snapshot has as blocks are left out. What was
 * committed before the call is in one of the two.
 */
import { PromontoryError } from '@promontory/base';
import {
  compareLabels,
  compareUtf8,
  decodeLabelBytes,
  type HistogramSample,
  type Labels,
  type Matcher,
  SampleColumns,
} from '@promontory/model';
import { type Block, readBlocks } from './block/block-record.ts';
import { ChunkReader } from './block/chunk-reader.ts';
import { mergeHistograms, mergeSamples } from './block/merge-samples.ts';
import { ChunkCodec } from './chunk/chunk-codec.ts';
import { ERR_STORE_CLOSED, ERR_STORE_CORRUPT } from './error-codes.ts';
import { GenerationsReader, type GenerationsMemory, type Pin } from './head/generations.ts';
import type { HeadReader } from './head/head-reader.ts';
import { IndexReader } from './index/index-reader.ts';
import { LabelCache } from './label-cache.ts';
import { CHECKSUM_BYTES, mustBeIntact } from './store/checksum.ts';
import { refKey } from './store/keys.ts';
import type { LmdbSnapshot } from './store/lmdb-environment.ts';
import { Store } from './store/store.ts';

export interface SelectOptions {
  /** All must match; none means every series. */
  readonly matchers: readonly Matcher[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
}

export interface BrowseOptions {
  /** Alternatives, each a conjunction; none means every series. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
  /** At most this many answers, 0 for all. */
  readonly countMax: number;
}

export interface BrowseAnswer<T> {
  readonly values: readonly T[];
  readonly truncated: boolean;
}

export interface TsdbReaderOptions {
  readonly directory: string;
  /** From the database's writer. */
  readonly memory: GenerationsMemory;
  /** Positive; names this reader when its thread dies and `releaseReaders` must clean up. */
  readonly ownerId: number;
  readonly labelCacheEntriesMax?: number;
}

const LABEL_CACHE_ENTRIES_MAX = 200_000;

export class TsdbReader {
  readonly #store: Store;
  readonly #generations: GenerationsReader;
  readonly #chunks: ChunkReader;
  readonly #labels: LabelCache;
  #closed = false;

  /** The database exists: its writer opened it before. */
  constructor(options: TsdbReaderOptions) {
    this.#store = new Store(options.directory);
    this.#generations = new GenerationsReader(options.memory, options.ownerId);
    this.#chunks = new ChunkReader(this.#store, new ChunkCodec());
    this.#labels = new LabelCache(options.labelCacheEntriesMax ?? LABEL_CACHE_ENTRIES_MAX);
  }

  /**
   * The series that all matchers accept, with samples in the range or not. Close the set soon: it pins disk
   * pages and head memory.
   *
   * @throws PromontoryError ERR_STORE_CLOSED, ERR_STORE_CORRUPT
   */
  select(options: SelectOptions): TsdbSeriesSet {
    return this.#open(options).withRefs(options.matchers);
  }

  /** Label names of the series selected, sorted by bytes. */
  labelNames(options: BrowseOptions): BrowseAnswer<string> {
    return this.#browse(options, (view) => {
      if (options.matcherSets.length === 0) return view.index.labelNames();
      const names = new Set<string>();
      for (const labels of view.labelsOfAny(options.matcherSets)) {
        for (const [name] of labels.entries()) names.add(name);
      }
      return [...names].sort(compareUtf8);
    });
  }

  /** Values of a label in the series selected, sorted by bytes. */
  labelValues(name: string, options: BrowseOptions): BrowseAnswer<string> {
    return this.#browse(options, (view) => {
      if (options.matcherSets.length === 0) return view.index.labelValues(name);
      const values = new Set<string>();
      for (const labels of view.labelsOfAny(options.matcherSets)) {
        if (labels.has(name)) values.add(labels.get(name));
      }
      return [...values].sort(compareUtf8);
    });
  }

  /** The label sets of the series selected that have samples in the range, sorted. */
  series(options: BrowseOptions): BrowseAnswer<Labels> {
    return this.#browse(options, (view) => [...view.labelsOfAny(options.matcherSets)].sort(compareLabels));
  }

  /** Calling it twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#generations.close();
    await this.#store.close();
  }

  #browse<T>(options: BrowseOptions, collect: (view: TsdbSeriesSet) => readonly T[]): BrowseAnswer<T> {
    const view = this.#open(options);
    try {
      const values = collect(view);
      const truncated = options.countMax > 0 && values.length > options.countMax;
      return { values: truncated ? values.slice(0, options.countMax) : values, truncated };
    } finally {
      view.close();
    }
  }

  #open(range: TimeRange): TsdbSeriesSet {
    if (this.#closed) {
      throw new PromontoryError('cannot read: the database is closed', {
        code: ERR_STORE_CLOSED,
        kind: 'unavailable',
      });
    }
    const pin = this.#generations.pin();
    let snapshot: LmdbSnapshot | null = null;
    try {
      snapshot = this.#store.environment.openSnapshot();
      return new TsdbSeriesSet(this.#store, this.#chunks, this.#labels, snapshot, pin, range);
    } catch (error) {
      snapshot?.close();
      pin.unpin();
      throw error;
    }
  }
}

interface TimeRange {
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
}

/** A consistent view of the database and, after `withRefs`, the series that were selected in it. */
export class TsdbSeriesSet {
  readonly index: IndexReader;
  readonly #store: Store;
  readonly #chunks: ChunkReader;
  readonly #labels: LabelCache;
  readonly #snapshot: LmdbSnapshot;
  readonly #pin: Pin;
  readonly #range: TimeRange;
  readonly #blocks: readonly Block[];
  readonly #heads: readonly HeadReader[];
  readonly #scratch = new SampleColumns(1);
  #refs: Int32Array = new Int32Array(0);

  constructor(
    store: Store,
    chunks: ChunkReader,
    labels: LabelCache,
    snapshot: LmdbSnapshot,
    pin: Pin,
    range: TimeRange,
  ) {
    this.#store = store;
    this.#chunks = chunks;
    this.#labels = labels;
    this.#snapshot = snapshot;
    this.#pin = pin;
    this.#range = range;
    const meta = store.readMeta(snapshot);
    if (meta === null) throw corrupt('the meta record is missing');
    this.#heads = pin.heads.filter((head) => head.generation > meta.flushedGeneration);
    this.#blocks = readBlocks(store, snapshot).filter(
      (block) =>
        block.lastTimestampMs >= range.rangeStartMsInclusive &&
        block.firstTimestampMs <= range.rangeEndMsInclusive,
    );
    this.index = new IndexReader(store, snapshot, meta, (ref) => this.#labelsOf(ref));
  }

  withRefs(matchers: readonly Matcher[]): this {
    this.#refs = this.index.select(matchers);
    return this;
  }

  get seriesCount(): number {
    return this.#refs.length;
  }

  labels(seriesIndex: number): Labels {
    return this.#labelsOf(this.#refs[seriesIndex] ?? 0);
  }

  /**
   * Replaces the contents of `target` with the series' samples in the range, ascending and unique. Samples
   * around the range may be there too.
   */
  read(seriesIndex: number, target: SampleColumns): void {
    const ref = this.#refs[seriesIndex] ?? 0;
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#range;
    target.clear();
    for (const block of this.#blocks) this.#chunks.read(block.id, ref, target, this.#snapshot);
    for (const head of this.#heads) head.read(ref, rangeStartMsInclusive, rangeEndMsInclusive, target);
    mergeSamples(target);
  }

  /** The series' native histograms in the range, ascending and unique, owned by the caller. */
  readHistograms(seriesIndex: number): HistogramSample[] {
    const ref = this.#refs[seriesIndex] ?? 0;
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#range;
    return mergeHistograms(
      this.#heads.flatMap((head) => head.readHistograms(ref, rangeStartMsInclusive, rangeEndMsInclusive)),
    );
  }

  /**
   * Replaces the contents of `target`, for each of the series' samples in the range (float or histogram) whose
   * start timestamp is known, with the sample's timestamp and the start timestamp in ms as value; ascending and
   * unique.
   */
  readStartTimestamps(seriesIndex: number, target: SampleColumns): void {
    const ref = this.#refs[seriesIndex] ?? 0;
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#range;
    target.clear();
    for (const head of this.#heads) {
      head.readStartTimestamps(ref, rangeStartMsInclusive, rangeEndMsInclusive, target);
    }
    mergeSamples(target);
  }

  /** Labels of the series that any of the matcher sets selects (none: all) and that have samples in range. */
  *labelsOfAny(matcherSets: readonly (readonly Matcher[])[]): Generator<Labels> {
    const seen = new Set<number>();
    for (const matchers of matcherSets.length === 0 ? [[]] : matcherSets) {
      for (const ref of this.index.select(matchers)) {
        if (seen.has(ref) || !this.#hasSamples(ref)) continue;
        seen.add(ref);
        yield this.#labelsOf(ref);
      }
    }
  }

  /** Calling it twice is fine. */
  close(): void {
    this.#snapshot.close();
    this.#pin.unpin();
  }

  /** For samples in blocks as exact as the blocks' own times. */
  #hasSamples(ref: number): boolean {
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#range;
    const columns = this.#scratch;
    columns.clear();
    for (const head of this.#heads) head.read(ref, rangeStartMsInclusive, rangeEndMsInclusive, columns);
    if (columns.count > 0) return true;
    const hasHistograms = this.#heads.some(
      (head) => head.readHistograms(ref, rangeStartMsInclusive, rangeEndMsInclusive).length > 0,
    );
    return hasHistograms || this.#blocks.some((block) => this.#chunks.has(block.id, ref, this.#snapshot));
  }

  #labelsOf(ref: number): Labels {
    return this.#labels.get(ref, () => {
      const record = this.#store.series.get(refKey(ref), this.#snapshot);
      if (record === undefined) throw corrupt(`series ${ref} has no record`);
      return decodeLabelBytes(mustBeIntact(record, `series ${ref}`).subarray(CHECKSUM_BYTES));
    });
  }
}

function corrupt(why: string): PromontoryError {
  return new PromontoryError(`cannot read the database: ${why}`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
  });
}
