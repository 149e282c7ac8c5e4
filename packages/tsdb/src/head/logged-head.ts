/**
 * The head with its logs: every live generation has the log that holds exactly its samples. Records go to the
 * newest: `commit` puts on disk what was added since the last one, and then into memory, where readers see it.
 */
import { join } from 'node:path';
import { assert, errorMessage, PromontoryError } from '@promontory/base';
import type { HistogramSample, SampleBatch, SampleColumns } from '@promontory/model';
import { ERR_HEAD_FULL, ERR_STORE_FAILED, ERR_STORE_WRITE } from '../error-codes.ts';
import { decodeOwnRecord } from '../log/log-record.ts';
import { allocateRecordBatch, findRecordDamage } from '../log/log-record-check.ts';
import {
  deleteLog,
  type Durability,
  expectLogs,
  listLogGenerations,
  Log,
  LOG_FOLDER,
  MISSING_LOG,
  quarantineDamagedLog,
  quarantineStrangeLog,
  reportLogsAside,
} from '../log/log.ts';
import type { OnDamage } from '../store/damage.ts';
import { deletionError } from '../store/lmdb-errors.ts';
import {
  allocateGenerations,
  GENERATIONS_MAX,
  type GenerationsMemory,
  GenerationsWriter,
} from './generations.ts';
import type { AppendSizes, HeadBounds } from './head-memory.ts';
import { appendInAnyOrder, appendInOrder } from './head-samples.ts';
import type { HeadWriter } from './head-writer.ts';
import { NewestTimes } from './newest-times.ts';
import { type PendingRecord, PendingRecords } from './pending-records.ts';

export interface LoggedHeadOptions {
  readonly directory: string;
  readonly bounds: HeadBounds;
  /** Logs up to this generation are in blocks. */
  readonly flushedGeneration: number;
  /** Every series in the logs is below it. */
  readonly nextRef: number;
  /** No block holds a newer sample. */
  readonly blocksNewestMs: number;
  readonly durability: Durability;
  readonly onDamage: OnDamage;
}

export class LoggedHead {
  readonly memory: GenerationsMemory;
  readonly newestTimes: NewestTimes;
  readonly #logDirectory: string;
  readonly #durability: Durability;
  readonly #generations: GenerationsWriter;
  /** Oldest first, the last takes records; one a live generation. */
  #logs: Log[];
  /** Of generations that are in blocks; their files are still there. */
  readonly #leaving = new Set<Log>();
  /** The record that is read. */
  readonly #batch = allocateRecordBatch();
  /** Accepted, and neither on disk nor in memory yet. */
  readonly #pending = new PendingRecords(this.#batch);

  /**
   * Replays the logs of generations above `flushedGeneration`, each into its generation, and deletes the
   * others.
   *
   * @throws PromontoryError ERR_STORE_FORMAT_VERSION, ERR_HEAD_FULL, ERR_STORE_WRITE; nothing stays open then
   */
  constructor(options: LoggedHeadOptions) {
    const { directory, bounds, flushedGeneration, nextRef, blocksNewestMs, onDamage } = options;
    this.newestTimes = new NewestTimes(nextRef, blocksNewestMs);
    this.#durability = options.durability;
    this.#logDirectory = join(directory, LOG_FOLDER);
    reportLogsAside(this.#logDirectory, onDamage);
    for (const generation of listLogGenerations(this.#logDirectory)) {
      if (generation <= flushedGeneration) deleteLog(this.#logDirectory, generation);
    }
    const logs = expectLogs(this.#logDirectory, flushedGeneration, GENERATIONS_MAX, nextRef > 1);
    for (const generation of logs.missing) {
      deleteLog(this.#logDirectory, generation);
      onDamage({ what: 'log', where: `log ${generation}`, reason: MISSING_LOG });
    }
    for (const generation of logs.strange) quarantineStrangeLog(this.#logDirectory, generation, onDamage);
    this.memory = allocateGenerations(bounds);
    this.#generations = new GenerationsWriter(this.memory, flushedGeneration + 1);
    this.#logs = [];
    try {
      this.#replayAll(logs.generations, nextRef, onDamage);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  get active(): HeadWriter {
    return this.#generations.active;
  }

  get oldestFrozen(): HeadWriter | null {
    return this.#generations.oldestFrozen;
  }

  /** Those of now, oldest first, one a live generation. */
  get logs(): readonly Log[] {
    return [...this.#logs];
  }

  /** Bytes of records since the active generation began (or of all replayed ones). */
  get logBytes(): number {
    return this.#logs.reduce(
      (sum, log) => (log.generation >= this.active.generation ? sum + log.bytesWritten : sum),
      0,
    );
  }

  /** Bytes of records of one live generation. */
  logBytesOf(generation: number): number {
    return this.#logs.find((log) => log.generation === generation)?.bytesWritten ?? 0;
  }

  /** Bytes of records that the next commit writes. */
  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  /** What the next commit takes of the active generation, at most. */
  get pendingSizes(): AppendSizes {
    return this.#pending.sizes;
  }

  get hasPending(): boolean {
    return this.#pending.records.length > 0;
  }

  /**
   * Takes a record for the next commit. The active generation has room for it.
   *
   * @param sizes of its samples, at least
   */
  addRecord(record: PendingRecord, sizes: AppendSizes): void {
    this.#pending.add(record, sizes);
  }

  /**
   * Puts all pending records on disk, and then into the active generation.
   *
   * @throws PromontoryError ERR_STORE_WRITE, they stay pending; ERR_STORE_FAILED when they are on disk and not in
   *   memory
   */
  commit(): void {
    const { records } = this.#pending;
    if (records.length === 0) return;
    this.#activeLog.appendDurably(records.map(({ record }) => record));
    try {
      for (const each of records) this.#append(each);
    } catch (cause) {
      throw new PromontoryError('cannot show samples that are on disk: open the database again', {
        code: ERR_STORE_FAILED,
        kind: 'unavailable',
        cause,
      });
    }
    this.#pending.clear();
  }

  /**
   * Freezes the active generation and starts the next. Nothing may be pending.
   *
   * @param nextRef room for refs below it
   * @returns false while all memories are in use
   * @throws PromontoryError ERR_STORE_WRITE when the next log cannot be made; nothing has changed then
   */
  tryFreeze(nextRef: number): boolean {
    assert(!this.hasPending, 'what is appended is on disk before its generation freezes');
    if (!this.#generations.canFreeze()) return false;
    const log = openLog(this.#logDirectory, this.active.generation + 1, this.#durability);
    this.#generations.freeze();
    this.#logs.push(log);
    this.reserveRefs(nextRef);
    return true;
  }

  /** Makes room for refs below `refEnd`, which is within the bound on refs. */
  reserveRefs(refEnd: number): void {
    this.newestTimes.reserve(refEnd);
    assert(this.active.tryReserveRef(refEnd - 1), 'room for every ref within the bound on refs', {
      refEnd,
    });
  }

  /** The oldest frozen generation is in a block: its memory goes, and its log (and older ones), now or with `deleteRetired`. */
  async retireOldest(): Promise<void> {
    const retired = this.#generations.oldestFrozen?.generation ?? 0;
    this.#generations.retireOldest();
    for (const log of this.#logs) if (log.generation <= retired) this.#leaving.add(log);
    this.#logs = this.#logs.filter((log) => log.generation > retired);
    await this.#tryDeleteRetired();
  }

  /**
   * Deletes what is left of logs of retired generations that could not be deleted before.
   *
   * @throws PromontoryError ERR_STORE_WRITE; the next call tries again
   */
  async deleteRetired(): Promise<void> {
    const causes = await this.#tryDeleteRetired();
    if (causes.length > 0) throw deletionError(this.#logDirectory, causes[0]);
  }

  /** Frees memory that a reader still held when its generation was retired. */
  clearRetired(): void {
    this.#generations.clearRetired();
  }

  /** Whether the series has samples in a live generation. */
  has(ref: number): boolean {
    return this.#generations.newestFirst.some((writer) => writer.reader.has(ref));
  }

  /** Appends the series' samples at or after `fromMs`, pending ones too, in no order. */
  readFrom(ref: number, fromMs: number, target: SampleColumns): void {
    this.#pending.readFrom(ref, fromMs, target);
    for (const writer of this.#generations.newestFirst) {
      writer.reader.read(ref, fromMs, Number.POSITIVE_INFINITY, target);
    }
  }

  /** The series' histograms at or after `fromMs`, pending ones too, in no order. */
  readHistogramsFrom(ref: number, fromMs: number): HistogramSample[] {
    const committed = this.#generations.newestFirst.flatMap((writer) =>
      writer.reader.readHistograms(ref, fromMs, Number.POSITIVE_INFINITY),
    );
    return committed.concat(this.#pending.readHistogramsFrom(ref, fromMs));
  }

  async close(): Promise<void> {
    for (const log of this.#logs) await log.close();
  }

  /** @returns why some are still there */
  async #tryDeleteRetired(): Promise<unknown[]> {
    const causes: unknown[] = [];
    for (const log of this.#leaving) {
      try {
        await log.delete();
        this.#leaving.delete(log);
      } catch (cause) {
        causes.push(cause);
      }
    }
    return causes;
  }

  get #activeLog(): Log {
    const log = this.#logs.at(-1);
    assert(log !== undefined, 'there is always an active log');
    return log;
  }

  #append({ record, isInOrder }: PendingRecord): void {
    const batch = this.#batch;
    batch.clear();
    decodeOwnRecord(record, batch, 'pending record');
    const hadRoom = isInOrder ? appendInOrder(this.active, batch) : appendInAnyOrder(this.active, batch);
    assert(hadRoom, 'room was checked before the record was taken');
  }

  #replayAll(generations: readonly number[], nextRef: number, onDamage: OnDamage): void {
    const batch = this.#batch;
    for (const generation of generations) {
      quarantineDamagedLog(this.#logDirectory, generation, onDamage);
      const log = openLog(this.#logDirectory, generation, this.#durability);
      if (this.#logs.length > 0) this.#generations.freeze();
      assert(this.active.generation === generation, 'generations are numbered in sequence', { generation });
      this.#logs.push(log);
      this.reserveRefs(nextRef);
      for (const { record, sequence } of log.replay()) {
        const what = `log ${generation} record ${sequence}`;
        const reason = findRecordDamage(record, batch, what, (ref) => ref < nextRef);
        if (reason === null) this.#replayBatch(batch, what);
        else onDamage({ what: 'log record', where: what, reason });
      }
    }
  }

  /** The samples were checked before they were logged. */
  #replayBatch(batch: SampleBatch, what: string): void {
    if (!appendInAnyOrder(this.active, batch)) throw replayTooLarge(what);
    for (let index = 0; index < batch.sampleCount; index++) {
      this.newestTimes.raise(batch.ref[index]!, batch.timestampMs[index]!);
    }
    for (let index = 0; index < batch.histogramCount; index++) {
      this.newestTimes.raise(batch.histogramRef(index), batch.histogramTimestampMs(index));
    }
  }
}

function replayTooLarge(what: string): PromontoryError {
  return new PromontoryError(
    `cannot replay ${what}: the samples do not fit into the memory of the head; open with a larger headBytesMax`,
    { code: ERR_HEAD_FULL, kind: 'overload' },
  );
}

function openLog(directory: string, generation: number, durability: Durability): Log {
  try {
    return new Log(directory, generation, durability);
  } catch (cause) {
    throw new PromontoryError(`cannot open log ${generation} in ${directory}: ${errorMessage(cause)}`, {
      code: ERR_STORE_WRITE,
      kind: 'unavailable',
      cause,
    });
  }
}
