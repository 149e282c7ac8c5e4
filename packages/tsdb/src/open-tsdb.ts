/** The database in one thread, for programs that embed it. */
import type { Labels, MetricMetadata } from '@promontory/model';
import type { BackupSummary } from './backup/make-backup.ts';
import type { Block } from './block/block-header.ts';
import type { DeletionOptions, DeletionResult } from './deletion/sample-deletion.ts';
import type { Cardinality, CardinalityOptions } from './index/cardinality.ts';
import type { MetadataOptions } from './metadata/metadata-store.ts';
import { checkOptions, type TsdbWriterOptions } from './options.ts';
import type { TimeExtent } from './read/estimate-samples.ts';
import type { TsdbSeriesSet } from './read/series-set.ts';
import type { WorkOptions } from './read/work-options.ts';
import type { Damage } from './store/damage.ts';
import { DirectoryLock } from './store/directory-lock.ts';
import {
  TsdbReader,
  type BrowseAnswer,
  type BrowseOptions,
  type SelectionEstimate,
  type SelectOptions,
  type SeriesExemplars,
} from './tsdb-reader.ts';
import { TsdbWriter } from './tsdb-writer.ts';
import { type Appender, BatchAppender } from './write/batch-appender.ts';
import type { LookupClaim } from './write/lookup-claim.ts';
import type { WriterStatistics } from './writer-statistics.ts';

/** After `close` every method but `close` fails with ERR_STORE_CLOSED. */
export interface Tsdb {
  /** Any number of them; each is committed or discarded in the end. */
  appender(): Appender;
  /**
   * The series that all matchers accept. Close the set soon: it pins disk pages and head memory.
   *
   * @throws PromontoryError as every method that reads: ERR_STORE_READ, ERR_STORE_CORRUPT, ERR_STORE_CLOSED
   */
  select(options: SelectOptions): TsdbSeriesSet;
  labelNames(options: BrowseOptions): BrowseAnswer<string>;
  labelValues(name: string, options: BrowseOptions): BrowseAnswer<string>;
  series(options: BrowseOptions): BrowseAnswer<Labels>;
  /** Exemplars in the range, by series. */
  exemplars(options: BrowseOptions): BrowseAnswer<SeriesExemplars>;
  /** Metric name → what writers say about it. */
  metadata(options: MetadataOptions): ReadonlyMap<string, readonly MetricMetadata[]>;
  /** Where the series come from. */
  cardinality(options: CardinalityOptions): Cardinality;
  /** What is on disk in blocks, in the order of their first samples. */
  blocks(): readonly Block[];
  /** The times of the oldest and the newest sample; null when there is none. */
  timeExtent(options?: WorkOptions): TimeExtent | null;
  /** What a selection would read: how many series, and about how many samples. None is read. */
  estimate(options: Omit<BrowseOptions, 'countMax'>): SelectionEstimate;
  /**
   * Deletes the samples and exemplars that the matchers select in the range. When it resolves, reads do not see
   * them; `maintain` gives their space back. They may be written again then; of what is appended before, each may be
   * deleted or stay. What is in memory is flushed first, in a dry run too.
   *
   * @throws PromontoryError ERR_DELETION_INVALID (bad-data), ERR_DELETIONS_MAX (overload), and what `flush` throws;
   *   nothing is deleted then
   */
  deleteSamples(options: DeletionOptions): Promise<DeletionResult>;
  /**
   * Gives the space of what was deleted back now, instead of with `maintain`: resolves when every block from which
   * something was deleted before the call is written anew. Blocks that are damaged stay as they are.
   *
   * @throws PromontoryError ERR_DISK_FULL, ERR_STORE_WRITE, ERR_STORE_READ, ERR_STORE_FAILED, ERR_STORE_CLOSED; what is
   *   left is done by `maintain`
   */
  cleanTombstones(): Promise<void>;
  /**
   * Copies the database, with everything that was committed before the call, to a folder that is empty or not
   * there; reads and writes go on. `restoreTsdb` makes a database of it.
   *
   * @throws PromontoryError ERR_BACKUP_TARGET (bad-data), ERR_BACKUP_WRITE, ERR_DISK_FULL, ERR_STORE_WRITE,
   *   ERR_STORE_FAILED, ERR_STORE_CLOSED (unavailable); no backup is there then
   */
  backup(targetDirectory: string): Promise<BackupSummary>;
  /**
   * Moves all samples from the head to blocks.
   *
   * @throws PromontoryError ERR_HEAD_FULL (overload) while open series sets hold the memory that it needs;
   *   ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL (unavailable): it can be tried again; ERR_STORE_FAILED,
   *   ERR_STORE_CLOSED (unavailable)
   */
  flush(): Promise<void>;
  /**
   * One step of background work (flushes, retention); call it now and then.
   *
   * @returns whether it did any
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL (unavailable): it can be tried again;
   *   ERR_STORE_FAILED, ERR_STORE_CLOSED (unavailable)
   */
  maintain(): Promise<boolean>;
  readonly statistics: Readonly<WriterStatistics>;
  /** What was found damaged and left out since the database was opened, each place once. */
  readonly damages: readonly Damage[];
  /**
   * Commits what appenders handed over, closes the database and gives its folder free. What they have not handed over
   * is lost. Each call returns the same promise.
   *
   * @throws PromontoryError ERR_STORE_WRITE, ERR_DISK_FULL: what was pending is lost, the database is closed
   */
  close(): Promise<void>;
}

/**
 * Opens the database in `directory`, making it when it is not there.
 *
 * @throws PromontoryError ERR_LIMIT_INVALID (bad-data), ERR_STORE_LOCKED, ERR_STORE_WRITE, ERR_STORE_READ
 *   (unavailable), ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION (corrupt), ERR_HEAD_FULL (overload) when `headBytesMax`
 *   is less than what the logs hold; nothing stays open then
 */
export async function openTsdb(options: TsdbWriterOptions): Promise<Tsdb> {
  checkOptions(options);
  const lock = await DirectoryLock.acquire(options.directory);
  let writer: TsdbWriter | null = null;
  try {
    writer = new TsdbWriter(options);
    const reader = new TsdbReader({
      directory: options.directory,
      memory: writer.memory,
      ownerId: 1,
      ...(options.clock && { clock: options.clock }),
      ...(options.onDamage && { onDamage: options.onDamage }),
    });
    return new EmbeddedTsdb(lock, writer, reader);
  } catch (error) {
    await writer?.close();
    await lock.release();
    throw error;
  }
}

class EmbeddedTsdb implements Tsdb {
  readonly #lock: DirectoryLock;
  readonly #writer: TsdbWriter;
  readonly #reader: TsdbReader;
  /** Gives back what appenders claimed that were neither committed nor discarded. */
  readonly #abandoned = new FinalizationRegistry<LookupClaim>((claim) => claim.release());
  #closing: Promise<void> | null = null;

  constructor(lock: DirectoryLock, writer: TsdbWriter, reader: TsdbReader) {
    this.#lock = lock;
    this.#writer = writer;
    this.#reader = reader;
  }

  get statistics(): Readonly<WriterStatistics> {
    return this.#writer.statistics;
  }

  get damages(): readonly Damage[] {
    return [...this.#writer.damages, ...this.#reader.damages];
  }

  appender(): Appender {
    this.#writer.mustBeOpen();
    return new BatchAppender(this.#writer, this.#abandoned);
  }

  select(options: SelectOptions): TsdbSeriesSet {
    return this.#reader.select(options);
  }

  labelNames(options: BrowseOptions): BrowseAnswer<string> {
    return this.#reader.labelNames(options);
  }

  labelValues(name: string, options: BrowseOptions): BrowseAnswer<string> {
    return this.#reader.labelValues(name, options);
  }

  series(options: BrowseOptions): BrowseAnswer<Labels> {
    return this.#reader.series(options);
  }

  exemplars(options: BrowseOptions): BrowseAnswer<SeriesExemplars> {
    return this.#reader.exemplars(options);
  }

  metadata(options: MetadataOptions): ReadonlyMap<string, readonly MetricMetadata[]> {
    return this.#reader.metadata(options);
  }

  cardinality(options: CardinalityOptions): Cardinality {
    return this.#reader.cardinality(options);
  }

  blocks(): readonly Block[] {
    return this.#reader.blocks();
  }

  timeExtent(options: WorkOptions = {}): TimeExtent | null {
    return this.#reader.timeExtent(options);
  }

  estimate(options: Omit<BrowseOptions, 'countMax'>): SelectionEstimate {
    return this.#reader.estimate(options);
  }

  async deleteSamples(options: DeletionOptions): Promise<DeletionResult> {
    return this.#writer.deleteSamples(options);
  }

  async cleanTombstones(): Promise<void> {
    await this.#writer.cleanTombstones();
  }

  async backup(targetDirectory: string): Promise<BackupSummary> {
    return this.#writer.backup(targetDirectory);
  }

  async flush(): Promise<void> {
    this.#reader.closeExpired();
    await this.#writer.flush();
  }

  async maintain(): Promise<boolean> {
    this.#reader.closeExpired();
    return this.#writer.maintain();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#reader.close();
      await this.#writer.close();
    } finally {
      await this.#lock.release();
    }
  }
}
