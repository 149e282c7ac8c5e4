/**
 * The single writer of a database: takes batches, makes them durable and visible, and does the work behind the scenes.
 *
 * A batch goes: `append` (decided about), `commit` (on disk, then visible; only now may it be acknowledged). One
 * commit covers every batch appended since the last. When a commit fails, what it held is kept and goes in front of
 * the next; until one succeeds, `append` refuses new batches. A batch that fails in `append` for a reason with a code
 * leaves nothing behind. After an error that no one foresaw the writer takes nothing more (ERR_STORE_FAILED) until
 * the database is opened again and memory built anew from the log.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, errorCode, PromontoryError } from '@promontory/base';
import type { RejectionTally, SampleBatch } from '@promontory/model';
import { type BackupSummary, makeBackup } from './backup/make-backup.ts';
import { ERR_HEAD_FULL, ERR_STORE_CLOSED, ERR_STORE_FAILED } from './error-codes.ts';
import {
  checkDeletion,
  type DeletionOptions,
  type DeletionResult,
  SampleDeletion,
} from './deletion/sample-deletion.ts';
import type { FingerprintTable } from './head/fingerprint-table.ts';
import type { GenerationsMemory } from './head/generations.ts';
import { mustFitIntoRecord } from './log/log-record-check.ts';
import type { LookupEpochs } from './head/lookup-epochs.ts';
import type { DatabaseParts } from './maintenance/database-parts.ts';
import { Maintenance } from './maintenance/maintenance.ts';
import { Turns } from './maintenance/turns.ts';
import { openParts } from './open-parts.ts';
import {
  checkOptions,
  resolveClock,
  resolveLimits,
  type TsdbLimits,
  type TsdbWriterOptions,
} from './options.ts';
import { type Damage, DamageLog } from './store/damage.ts';
import { ExtrasIntake, type ExtrasWritten } from './write/extras-intake.ts';
import { SampleIntake, type SamplesWritten } from './write/sample-intake.ts';
import { SampleRateLimit } from './write/sample-rate-limit.ts';
import { noStatistics, type WriterStatistics } from './writer-statistics.ts';

/** Bytes that a commit may write beside its log records: pages of trees, series. */
const COMMIT_BYTES_BESIDE = 4 * 1024 ** 2;

/** What became of a batch: what was accepted, or was there already with the same value. */
export interface BatchWritten extends SamplesWritten, ExtrasWritten {}

export class TsdbWriter {
  readonly statistics: WriterStatistics = noStatistics();
  readonly fingerprintKey: Int32Array;
  readonly limits: TsdbLimits;
  readonly #clock: Clock;
  readonly #damages: DamageLog;
  readonly #parts: DatabaseParts;
  readonly #intake: SampleIntake;
  readonly #extras: ExtrasIntake;
  readonly #rate: SampleRateLimit;
  readonly #maintenance: Maintenance;
  readonly #turns = new Turns();
  #closing: Promise<void> | null = null;
  #commitFailed = false;
  #failure: unknown = null;
  #activeSinceMs: number;

  /**
   * Opens or makes the database and replays its logs. The caller holds the directory's lock.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT when what all depends on is damaged, ERR_STORE_FORMAT_VERSION,
   *   ERR_STORE_WRITE, ERR_STORE_READ, ERR_HEAD_FULL, ERR_LIMIT_INVALID; nothing stays open then
   */
  constructor(options: TsdbWriterOptions) {
    checkOptions(options);
    this.limits = resolveLimits(options.limits);
    this.#clock = resolveClock(options.clock);
    this.#damages = new DamageLog(options.onDamage);
    this.#parts = openParts({
      writer: options,
      limits: this.limits,
      clock: this.#clock,
      statistics: this.statistics,
      onDamage: this.#damages.report,
    });
    this.fingerprintKey = this.#parts.meta.current.fingerprintKey;
    this.#intake = new SampleIntake(this.#parts);
    this.#extras = new ExtrasIntake({ ...this.#parts, limits: this.limits, clock: this.#clock });
    this.#rate = new SampleRateLimit(this.limits.samplesPerSecondMax, this.#clock);
    this.#maintenance = new Maintenance(this.#parts);
    this.#activeSinceMs = this.#clock.monotonicMs();
  }

  /** What readers in other threads attach to. */
  get memory(): GenerationsMemory {
    return this.#parts.head.memory;
  }

  /** Fingerprint → ref; its memory moves when the table grows. */
  get fingerprintTable(): FingerprintTable {
    return this.#parts.registry.table;
  }

  /** Whoever looks series up in the table in another thread, or keeps what it found, notes it here. */
  get lookupEpochs(): LookupEpochs {
    return this.#parts.registry.epochs;
  }

  get seriesCount(): number {
    return this.#parts.registry.seriesCount;
  }

  /** What was found damaged and left out since the database was opened, each place once. */
  get damages(): readonly Damage[] {
    return this.#damages.damages;
  }

  /**
   * Checks what the batch holds and takes what is good for the next `commit`: neither durable nor visible before.
   * Samples that are not to be logged get ref 0.
   *
   * @param tally receives the samples that were refused, by code
   * @param extrasTally the same of exemplars and metadata
   * @returns what counts as written: accepted, or there already with the same value
   * @throws PromontoryError ERR_HEAD_FULL, ERR_SAMPLE_RATE (overload), ERR_BATCH_TOO_LARGE (too-large),
   *   ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL, ERR_STORE_CLOSED, ERR_STORE_FAILED (unavailable): nothing of the
   *   batch is accepted, but its new series
   */
  append(batch: SampleBatch, tally: RejectionTally, extrasTally: RejectionTally = tally): BatchWritten {
    this.mustBeOpen();
    mustFitIntoRecord(batch);
    const samples = batch.sampleCount + batch.histogramCount;
    this.#rate.mustHave(samples);
    if (this.#commitFailed) this.#commit();
    this.#parts.guard.mustHaveRoom(this.#parts.head.pendingBytes + COMMIT_BYTES_BESIDE);
    this.#mustMakeRoom(batch);
    try {
      const written = this.#intake.append(batch, tally);
      this.#rate.take(samples);
      return { ...written, ...this.#extras.append(batch, extrasTally) };
    } catch (error) {
      if (!(error instanceof PromontoryError) || error.kind === 'internal') this.#failure = error;
      throw error;
    }
  }

  /** What is pending is counted at its most: once it is in memory, there may be room. */
  #mustMakeRoom(batch: SampleBatch): void {
    if (this.#intake.hasRoom(batch)) return;
    this.#commit();
    if (this.#intake.hasRoom(batch)) return;
    if (!this.#tryFreeze() || !this.#intake.hasRoom(batch)) throw this.#intake.noRoom(batch);
  }

  /**
   * Makes everything taken so far durable, and then shows it.
   *
   * @throws PromontoryError ERR_STORE_WRITE, ERR_DISK_FULL: nothing may be acknowledged; the next commit tries
   *   again; ERR_STORE_FAILED, ERR_STORE_CLOSED
   */
  commit(): void {
    this.mustBeOpen();
    this.#commit();
  }

  #commit(): void {
    this.mustBeWell();
    const { head, registry, exemplars, metadata, guard } = this.#parts;
    if (!head.hasPending && !registry.hasUnrecorded && !exemplars.hasPending && !metadata.hasPending) return;
    this.#commitFailed = true;
    guard.mustHaveRoom(head.pendingBytes + COMMIT_BYTES_BESIDE);
    try {
      this.#commitMain();
      head.commit();
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
    this.#commitFailed = false;
    this.statistics.commits++;
  }

  /** True once the writer is unusable until the database is opened again. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** @throws PromontoryError ERR_STORE_CLOSED after `close`, ERR_STORE_FAILED when `hasFailed` */
  mustBeOpen(): void {
    this.mustBeWell();
    if (this.#closing === null) return;
    throw new PromontoryError('cannot use the database: it is closed, or being closed', {
      code: ERR_STORE_CLOSED,
      kind: 'unavailable',
    });
  }

  /** @throws PromontoryError ERR_STORE_FAILED when `hasFailed`, with the error that did it as its cause */
  mustBeWell(): void {
    if (this.#failure === null) return;
    throw new PromontoryError(
      'cannot write: an earlier error left the writer unusable; open the database again',
      {
        code: ERR_STORE_FAILED,
        kind: 'unavailable',
        cause: this.#failure,
      },
    );
  }

  /**
   * Does one piece of the work behind the scenes. Call it between commits; with nothing to do it returns at once.
   *
   * @returns whether there was anything to do that could be done now
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL: the piece can be tried again;
   *   ERR_STORE_FAILED, ERR_STORE_CLOSED
   */
  async maintain(): Promise<boolean> {
    this.mustBeOpen();
    return !this.#turns.isTaken && this.#takeTurn(() => this.#maintainOnce());
  }

  async #maintainOnce(): Promise<boolean> {
    this.#parts.head.clearRetired();
    if (this.#maintenance.stepRetention()) return true;
    const mayFreeze = this.#parts.head.oldestFrozen === null;
    const froze = mayFreeze && (this.#isActiveFull() || this.#isActiveOld()) && this.#tryFreeze();
    return (await this.#maintenance.step()) || froze;
  }

  /**
   * Writes everything in the head to blocks and all series into the index. Waits for a backup that is under way.
   *
   * @throws PromontoryError ERR_HEAD_FULL while open series sets hold the memory that it needs; ERR_STORE_WRITE,
   *   ERR_DISK_FULL, ERR_STORE_READ, ERR_STORE_FAILED, ERR_STORE_CLOSED
   */
  async flush(): Promise<void> {
    await this.#takeTurn(() => this.#flushAll());
  }

  /**
   * Deletes samples and exemplars for good: when it resolves, no later read sees them. Their space comes back
   * with `maintain`. Of what it selects, what is appended meanwhile may be deleted or stay; once it has resolved,
   * what was deleted may be written again.
   *
   * @throws PromontoryError ERR_DELETION_INVALID (bad-data), ERR_DELETIONS_MAX (overload), ERR_STORE_CLOSED,
   *   and what `flush` throws; nothing is deleted then
   */
  async deleteSamples(options: DeletionOptions): Promise<DeletionResult> {
    checkDeletion(options);
    return this.#takeTurn(async () => {
      await this.#flushAll();
      const deletion = new SampleDeletion(this.#parts, options);
      await deletion.count(() => this.mustBeOpen());
      return deletion.finish(options.dryRun ?? false);
    });
  }

  /**
   * Writes every block anew from which something was deleted: when it resolves, nothing that was deleted before the
   * call takes space any more, but in blocks that are damaged, which stay as they are. Reads, writes and other
   * turns of the event loop go on.
   *
   * @throws PromontoryError ERR_DISK_FULL, ERR_STORE_WRITE, ERR_STORE_READ, ERR_STORE_FAILED, ERR_STORE_CLOSED; what is
   *   left is done by `maintain`
   */
  async cleanTombstones(): Promise<void> {
    await this.#takeTurn(async () => {
      while (await this.#maintenance.stepDeletions()) await this.#letOthersRun();
    });
  }

  /** Between steps of something long: the thread that writes has to commit meanwhile. */
  async #letOthersRun(): Promise<void> {
    await nextTurn();
    this.mustBeOpen();
  }

  /**
   * Copies the database to a folder that is empty or not there, while reads and writes go on: everything that was
   * committed before the call, and of what is committed meanwhile whole batches, or only their new series,
   * exemplars and metadata. Flushes and maintenance wait.
   *
   * @throws PromontoryError ERR_BACKUP_TARGET (bad-data), ERR_BACKUP_WRITE, ERR_DISK_FULL, ERR_STORE_CLOSED, and
   *   what `commit` throws; no backup is there then
   */
  async backup(targetDirectory: string): Promise<BackupSummary> {
    return this.#takeTurn(() => {
      this.#commit();
      return makeBackup(this.#parts, targetDirectory, () => this.mustBeOpen());
    });
  }

  async #flushAll(): Promise<void> {
    this.#commit();
    while (await this.#maintenance.stepFlush()) await this.#letOthersRun();
    if (this.#parts.head.active.seriesCount === 0) return;
    if (!this.#tryFreeze()) throw headPinned();
    while (await this.#maintenance.stepFlush()) await this.#letOthersRun();
  }

  /**
   * Commits and closes. The logs stay and are replayed at the next open. A deletion or backup that is under way
   * fails with ERR_STORE_CLOSED. Each call returns the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#turns.take(() => this.#closeParts());
    return this.#closing;
  }

  async #closeParts(): Promise<void> {
    const { head, blocks, store } = this.#parts;
    try {
      await this.#maintenance.abort();
      if (!this.hasFailed) this.#commit();
    } finally {
      await head.close();
      await blocks.close();
      await store.close();
    }
  }

  /** What the main environment gets with a commit, first: a log record may name only series that are on disk. */
  #commitMain(): void {
    const { registry, exemplars, metadata, store } = this.#parts;
    const indexes = registry.waitingCount >= this.limits.waitingSeriesMax;
    const putsSeries = registry.hasUnrecorded || indexes;
    if (!putsSeries && !exemplars.hasPending && !metadata.hasPending) return;
    store.environment.writeDurably(() => {
      if (putsSeries) registry.put(indexes);
      exemplars.putPending();
      metadata.putPending();
    });
    if (putsSeries) registry.markPut();
    exemplars.markStored();
    metadata.markStored();
  }

  /** An error that only opening the database again can mend makes the writer unusable. */
  #noteFailure(error: unknown): void {
    if (errorCode(error) === ERR_STORE_FAILED) this.#failure = error;
  }

  /** Waits until no other work on files goes on. */
  async #takeTurn<T>(action: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      this.mustBeOpen();
      try {
        return await action();
      } catch (error) {
        this.#noteFailure(error);
        throw error;
      }
    });
  }

  #isActiveFull(): boolean {
    const { head } = this.#parts;
    const { logBytesMax, headBytesMax } = this.limits;
    return head.logBytes >= logBytesMax || head.active.bytesUsed * 2 >= headBytesMax;
  }

  #isActiveOld(): boolean {
    const ageMs = this.#clock.monotonicMs() - this.#activeSinceMs;
    return ageMs >= this.limits.generationAgeMsMax && this.#parts.head.active.seriesCount > 0;
  }

  /** @returns false while all memories are in use */
  #tryFreeze(): boolean {
    this.#commit();
    if (!this.#parts.head.tryFreeze(this.#parts.registry.nextRef)) return false;
    this.#activeSinceMs = this.#clock.monotonicMs();
    return true;
  }
}

function headPinned(): PromontoryError {
  return new PromontoryError(
    'cannot flush: open series sets hold the memory of earlier samples; close them first',
    {
      code: ERR_HEAD_FULL,
      kind: 'overload',
    },
  );
}
