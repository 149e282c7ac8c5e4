/** The database in one thread, for programs that embed it. */
import { assert, type ErrorContext, PromontoryError } from '@promontory/base';
import {
  ERR_HISTOGRAM_INVALID,
  type HistogramFault,
  LabelFingerprint,
  METRIC_NAME,
  allocateSampleBatch,
  encodeHistogram,
  encodeLabelBytes,
  histogramText,
  type Labels,
  type NativeHistogram,
  reduceToStoredSchema,
  type Rejection,
  RejectionTally,
  SampleBatch,
  validateHistogram,
  walkLabelBytes,
} from '@promontory/model';
import type { BackupSummary } from './backup/make-backup.ts';
import type { DeletionOptions, DeletionResult } from './deletion/sample-deletion.ts';
import { ERR_LABELS_INVALID, ERR_TIMESTAMP_INVALID } from './error-codes.ts';
import type { TsdbLimits, TsdbWriterOptions } from './options.ts';
import { checkExemplar, type Exemplar } from './exemplars/exemplar-record.ts';
import type { Cardinality, CardinalityOptions } from './index/cardinality.ts';
import type { MetricMetadata } from './metadata/metadata-record.ts';
import type { MetadataOptions } from './metadata/metadata-store.ts';
import type { TsdbSeriesSet } from './read/series-set.ts';
import type { Damage } from './store/damage.ts';
import { DirectoryLock } from './store/directory-lock.ts';
import {
  TsdbReader,
  type BrowseAnswer,
  type BrowseOptions,
  type SelectOptions,
  type SeriesExemplars,
} from './tsdb-reader.ts';
import { TsdbWriter } from './tsdb-writer.ts';
import type { WriterStatistics } from './writer-statistics.ts';

const BATCH_SAMPLES_MAX = 1 << 20;
const BATCH_LABEL_BYTES_MAX = 1 << 26;

export interface CommitResult {
  /** Samples now on disk, and those that were there already with the same value. */
  readonly samplesWritten: number;
  /** What was refused and why; empty when all was taken. */
  readonly rejections: readonly Rejection[];
}

/** Collects samples; `commit` stores them. Nothing is visible or durable before. */
export interface Appender {
  /**
   * @param labels the same object for the same series is fastest: its fingerprint is kept
   * @param timestampMs integer milliseconds since the epoch
   * @param startTimestampMs when what the sample counts began, in the same units; 0 or left out when not known
   * @throws PromontoryError ERR_LABELS_INVALID, ERR_TIMESTAMP_INVALID (bad-data): this sample is not taken
   */
  append(labels: Labels, timestampMs: number, value: number, startTimestampMs?: number): void;
  /**
   * Takes a native histogram. Schemas above 8 are reduced to 8. A series has one sample a timestamp, a float or a
   * histogram.
   *
   * @param histogram copied
   * @throws PromontoryError ERR_LABELS_INVALID, ERR_TIMESTAMP_INVALID, ERR_HISTOGRAM_INVALID (bad-data): this
   *   sample is not taken
   */
  appendHistogram(
    labels: Labels,
    timestampMs: number,
    histogram: NativeHistogram,
    startTimestampMs?: number,
  ): void;
  /**
   * Takes an exemplar of a series, which need not have samples yet. The same one taken twice is stored once.
   *
   * @throws PromontoryError ERR_LABELS_INVALID, ERR_EXEMPLAR_INVALID (bad-data): it is not taken
   */
  appendExemplar(labels: Labels, exemplar: Exemplar): void;
  /**
   * Takes what a writer says about a metric; several may say different things.
   *
   * @returns false when as much is stored as may be
   * @throws PromontoryError ERR_METADATA_INVALID (bad-data): it is not taken
   */
  appendMetadata(metricName: string, metadata: MetricMetadata): boolean;
  /**
   * Resolves when the samples are on disk, or as safe as the database's `durability` says; the sync to disk happens in the calling thread. The appender is empty
   * and can be used again.
   */
  commit(): Promise<CommitResult>;
}

export interface Tsdb {
  appender(): Appender;
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
  /**
   * Deletes the samples and exemplars that the matchers select in the range. When it resolves, reads do not see
   * them; `maintain` gives their space back. They may be written again.
   *
   * @throws PromontoryError ERR_DELETION_INVALID (bad-data), ERR_DELETIONS_MAX (overload)
   */
  deleteSamples(options: DeletionOptions): Promise<DeletionResult>;
  /**
   * Copies the database, with everything that was committed before the call, to a folder that is empty or not
   * there; reads and writes go on. `restoreTsdb` makes a database of it.
   *
   * @throws PromontoryError ERR_BACKUP_TARGET (bad-data), ERR_BACKUP_WRITE, ERR_DISK_FULL (unavailable)
   */
  backup(targetDirectory: string): Promise<BackupSummary>;
  /** Moves all samples from the head to blocks. */
  flush(): Promise<void>;
  /** One step of background work (flushes, retention); call it now and then. @returns whether it did any */
  maintain(): Promise<boolean>;
  readonly statistics: Readonly<WriterStatistics>;
  /** What was found damaged and left out since the database was opened, each place once. */
  readonly damages: readonly Damage[];
  /** Calling it twice is fine. */
  close(): Promise<void>;
}

/**
 * Opens the database in `directory`, making it when it is not there.
 *
 * @throws PromontoryError ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION, ERR_STORE_WRITE
 */
export async function openTsdb(options: TsdbWriterOptions): Promise<Tsdb> {
  const lock = await DirectoryLock.acquire(options.directory);
  try {
    const writer = new TsdbWriter(options);
    const reader = new TsdbReader({
      directory: options.directory,
      memory: writer.memory,
      ownerId: 1,
      ...(options.clock && { clock: options.clock }),
      ...(options.onDamage && { onDamage: options.onDamage }),
    });
    return new EmbeddedTsdb(lock, writer, reader);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class EmbeddedTsdb implements Tsdb {
  readonly #lock: DirectoryLock;
  readonly #writer: TsdbWriter;
  readonly #reader: TsdbReader;
  #closed = false;

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
    return new BatchAppender(this.#writer);
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

  async deleteSamples(options: DeletionOptions): Promise<DeletionResult> {
    return this.#writer.deleteSamples(options);
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

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#reader.close();
      await this.#writer.close();
    } finally {
      await this.#lock.release();
    }
  }
}

interface SeriesIdentity {
  readonly lane0: number;
  readonly lane1: number;
  readonly lane2: number;
  readonly labelBytes: Uint8Array;
}

class BatchAppender implements Appender {
  readonly #writer: TsdbWriter;
  readonly #fingerprint: LabelFingerprint;
  readonly #batch = new SampleBatch(
    allocateSampleBatch({ samplesMax: BATCH_SAMPLES_MAX, labelBytesMax: BATCH_LABEL_BYTES_MAX }),
  );
  readonly #identities = new WeakMap<Labels, SeriesIdentity>();
  readonly #tally = new RejectionTally();
  readonly #value = new Float64Array(1);
  readonly #valueWords = new Int32Array(this.#value.buffer);
  #written = 0;
  /** Of series that have a ref, or get one with the batch. */
  #exemplars: { readonly identity: SeriesIdentity; readonly exemplar: Exemplar }[] = [];
  /** In the writer's lookup epochs, while the batch holds refs; -1 for none. */
  #epochSlot = -1;

  constructor(writer: TsdbWriter) {
    this.#writer = writer;
    this.#fingerprint = new LabelFingerprint(writer.fingerprintKey);
  }

  append(labels: Labels, timestampMs: number, value: number, startTimestampMs = 0): void {
    checkTimestamp(timestampMs);
    checkTimestamp(startTimestampMs);
    const batch = this.#batch;
    if (batch.sampleCount === batch.samplesCapacity && !batch.tryGrowSamples()) this.#handOver();
    const ref = this.#mustRefOf(labels);
    const index = batch.sampleCount++;
    batch.ref[index] = ref;
    batch.timestampMs[index] = timestampMs;
    this.#value[0] = value;
    batch.valueWords[2 * index] = this.#valueWords[0]!;
    batch.valueWords[2 * index + 1] = this.#valueWords[1]!;
    if (startTimestampMs !== 0) batch.setStart(index, startTimestampMs);
    this.#handOverUnnoted();
  }

  appendHistogram(
    labels: Labels,
    timestampMs: number,
    histogram: NativeHistogram,
    startTimestampMs = 0,
  ): void {
    checkTimestamp(timestampMs);
    checkTimestamp(startTimestampMs);
    const fault = validateHistogram(histogram);
    if (fault !== null) throw invalidHistogram(labels, histogram, fault);
    const bytes = encodeHistogram(reduceToStoredSchema(histogram));
    const tryAdd = (): boolean =>
      this.#batch.tryAddHistogram(this.#mustRefOf(labels), timestampMs, startTimestampMs, bytes);
    if (!tryAdd()) {
      this.#handOver();
      assert(tryAdd(), 'an empty batch has room for a histogram', { bytes: bytes.length });
    }
    this.#handOverUnnoted();
  }

  appendExemplar(labels: Labels, exemplar: Exemplar): void {
    checkExemplar(exemplar);
    this.#mustRefOf(labels);
    this.#exemplars.push({ identity: this.#identityOf(labels), exemplar });
    this.#handOverUnnoted();
  }

  appendMetadata(metricName: string, metadata: MetricMetadata): boolean {
    return this.#writer.addMetadata(metricName, metadata);
  }

  commit(): Promise<CommitResult> {
    return new Promise((resolve) => {
      this.#handOver();
      this.#addExemplars();
      this.#writer.commit();
      const result = { samplesWritten: this.#written, rejections: this.#tally.toArray() };
      this.#written = 0;
      this.#tally.clear();
      resolve(result);
    });
  }

  /** The batch goes to the head; it becomes durable with the commit. */
  #handOver(): void {
    const { sampleCount, histogramCount, newSeriesCount } = this.#batch;
    if (sampleCount + histogramCount + newSeriesCount > 0) {
      this.#written += this.#writer.append(this.#batch, this.#tally);
      this.#batch.clear();
    }
    if (this.#epochSlot >= 0) this.#writer.lookupEpochs.release(this.#epochSlot);
    this.#epochSlot = -1;
  }

  /** With more appenders under way than slots, a batch must not keep refs between calls. */
  #handOverUnnoted(): void {
    if (this.#epochSlot < 0) this.#handOver();
  }

  #addExemplars(): void {
    for (const { identity, exemplar } of this.#exemplars) {
      const ref = this.#find(identity);
      if (ref !== 0) this.#writer.addExemplar(ref, exemplar);
    }
    this.#exemplars = [];
  }

  #find({ lane0, lane1, lane2 }: SeriesIdentity): number {
    return this.#writer.fingerprintTable.find(lane0, lane1, lane2);
  }

  /** The ref of the series for the batch, which is handed over first when it has no room for a new series. */
  #mustRefOf(labels: Labels): number {
    const ref = this.#refOf(labels);
    if (ref !== 0) return ref;
    this.#handOver();
    return this.#refOf(labels);
  }

  #refOf(labels: Labels): number {
    const identity = this.#identityOf(labels);
    this.#noteEpoch();
    const known = this.#find(identity);
    const { lane0, lane1, lane2, labelBytes } = identity;
    return known !== 0 ? known : this.#batch.addNewSeries(lane0, lane1, lane2, labelBytes);
  }

  #identityOf(labels: Labels): SeriesIdentity {
    let identity = this.#identities.get(labels);
    if (identity === undefined) {
      identity = this.#identify(labels);
      this.#identities.set(labels, identity);
    }
    return identity;
  }

  /** Before the first lookup for a batch: until it is handed over, its refs must stay valid. */
  #noteEpoch(): void {
    if (this.#epochSlot >= 0) return;
    const { lookupEpochs } = this.#writer;
    this.#epochSlot = lookupEpochs.tryClaim();
    if (this.#epochSlot >= 0) lookupEpochs.enter(this.#epochSlot);
  }

  #identify(labels: Labels): SeriesIdentity {
    checkLabels(labels, this.#writer.limits);
    const labelBytes = encodeLabelBytes(labels);
    const view = new DataView(labelBytes.buffer, labelBytes.byteOffset, labelBytes.byteLength);
    this.#fingerprint.reset();
    walkLabelBytes(labelBytes, 0, labelBytes.length, (span) =>
      this.#fingerprint.add(view, span.messageStart, span.valueEnd),
    );
    const { lane0, lane1, lane2 } = this.#fingerprint;
    return { lane0, lane1, lane2, labelBytes };
  }
}

function checkTimestamp(timestampMs: number): void {
  if (Number.isSafeInteger(timestampMs)) return;
  throw new PromontoryError(`cannot append sample: timestamp ${timestampMs}, want whole milliseconds`, {
    code: ERR_TIMESTAMP_INVALID,
    kind: 'bad-data',
  });
}

/** What the index takes for granted, a metric name, and the limits on labels. */
function checkLabels(labels: Labels, limits: TsdbLimits): void {
  if (!labels.has(METRIC_NAME)) {
    throw invalidLabels(labels, `no metric name (label ${METRIC_NAME})`, {});
  }
  checkLimit(labels, 'labels', labels.size, 'labelsPerSeriesMax', limits);
  for (const [name, value] of labels.entries()) {
    checkLimit(labels, 'bytes in a label name', Buffer.byteLength(name), 'labelNameBytesMax', limits);
    checkLimit(labels, 'bytes in a label value', Buffer.byteLength(value), 'labelValueBytesMax', limits);
  }
}

function checkLimit(
  labels: Labels,
  what: string,
  value: number,
  option: 'labelsPerSeriesMax' | 'labelNameBytesMax' | 'labelValueBytesMax',
  limits: TsdbLimits,
): void {
  const limit = limits[option];
  if (value <= limit) return;
  throw invalidLabels(labels, `${value} ${what}, limit ${limit} (${option})`, { option, limit, value });
}

function invalidLabels(labels: Labels, why: string, context: ErrorContext): PromontoryError {
  return new PromontoryError(`cannot append sample of ${describe(labels)}: ${why}`, {
    code: ERR_LABELS_INVALID,
    kind: 'bad-data',
    context,
  });
}

function invalidHistogram(
  labels: Labels,
  histogram: NativeHistogram,
  fault: HistogramFault,
): PromontoryError {
  return new PromontoryError(
    `cannot append sample of ${describe(labels)}: the histogram ${fault.text}; ${histogramText(histogram)}`,
    { code: ERR_HISTOGRAM_INVALID, kind: 'bad-data', context: { reason: fault.reason } },
  );
}

function describe(labels: Labels): string {
  return labels.toString().slice(0, 200);
}
