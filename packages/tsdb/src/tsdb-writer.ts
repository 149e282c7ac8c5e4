// HOT PATH: `append` at most 110 ns a sample with its log record at 100,000 known series; tsdb-writer.bench.ts.
/**
 * The single writer of a database: checks batches, appends them to the head, makes them durable, turns full
 * generations into blocks and drops blocks past the retention.
 *
 * A batch goes: `append` (visible to readers in memory), `commit` (on disk; only now may it be acknowledged).
 * One commit covers every batch appended since the last. When a commit fails, what it held is kept and goes
 * in front of the next; until one succeeds, `append` refuses new batches, so memory and disk cannot part. An
 * error that no one foresaw in the middle of a batch would part them: after it the writer takes nothing more
 * (ERR_STORE_FAILED) until the database is opened again and memory built anew from the log.
 */
import { randomBytes } from 'node:crypto';
import { assert, type Clock, PromontoryError } from '@promontory/base';
import { decodeLabelBytes, type RejectionTally, type SampleBatch } from '@promontory/model';
import { isoTime, type Refuse, refuseOutside, refuseStartsAfterTime } from './batch-checks.ts';
import { clearEntry, entryRef, entryTimestampMs } from './batch-entries.ts';
import { BlockFlush } from './block/block-flush.ts';
import { BlockStore } from './block/block-store.ts';
import { ERR_HEAD_FULL, ERR_SERIES_MAX, ERR_STORE_FAILED } from './error-codes.ts';
import type { FingerprintTable } from './head/fingerprint-table.ts';
import type { GenerationsMemory } from './head/generations.ts';
import {
  appendBytesMax,
  PAGE_REF_MASK,
  PAGE_REFS,
  PAGE_REFS_SHIFT,
  REF_END_MAX,
} from './head/head-memory.ts';
import { APPENDED, NOT_NEWEST } from './head/head-writer.ts';
import { UNKNOWN_MS } from './head/newest-times.ts';
import { LoggedHead } from './head/logged-head.ts';
import { LateSamples } from './late-samples.ts';
import { encodeLogRecord } from './log/log-record.ts';
import { resolveClock, resolveLimits, type TsdbLimits, type TsdbWriterOptions } from './options.ts';
import { SampleRateLimit } from './sample-rate-limit.ts';
import { SeriesRegistry } from './series-registry.ts';
import { CHECKSUM_BYTES, isRecordIntact } from './store/checksum.ts';
import { refKey } from './store/keys.ts';
import type { Meta } from './store/meta-record.ts';
import { Store } from './store/store.ts';

const FLUSH_SERIES_PER_STEP = 1000;
const RETENTION_CHECK_INTERVAL_MS = 60_000;

/** What happened so far; counters only grow. */
export interface WriterStatistics {
  /** Floats and histograms. */
  samplesAppended: number;
  histogramsAppended: number;
  samplesDuplicate: number;
  samplesLate: number;
  commits: number;
  blocksWritten: number;
  blocksDropped: number;
  /** Left out at open: their samples are lost. */
  logRecordsDamaged: number;
}

export class TsdbWriter {
  readonly statistics: WriterStatistics = {
    samplesAppended: 0,
    histogramsAppended: 0,
    samplesDuplicate: 0,
    samplesLate: 0,
    commits: 0,
    blocksWritten: 0,
    blocksDropped: 0,
    logRecordsDamaged: 0,
  };
  readonly fingerprintKey: Int32Array;
  readonly limits: TsdbLimits;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #registry: SeriesRegistry;
  readonly #head: LoggedHead;
  readonly #blocks: BlockStore;
  readonly #late: LateSamples;
  readonly #rate: SampleRateLimit;
  #histogramsWritten = 0;
  #nextBlockId: number;
  #flushedGeneration: number;
  #flush: BlockFlush | null = null;
  #commitFailed = false;
  #failure: unknown = null;
  #activeSinceMs: number;
  #retentionCheckedMs = Number.NEGATIVE_INFINITY;

  /**
   * Opens or makes the database and replays its logs. The caller holds the directory's lock.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION, ERR_STORE_WRITE
   */
  constructor(options: TsdbWriterOptions) {
    this.limits = resolveLimits(options.limits);
    this.#clock = resolveClock(options.clock);
    this.#store = new Store(options.directory);
    const meta = this.#store.readMeta() ?? this.#createMeta();
    this.fingerprintKey = meta.fingerprintKey;
    this.#flushedGeneration = meta.flushedGeneration;
    const { seriesMax, headBytesMax } = this.limits;
    this.#registry = new SeriesRegistry(this.#store, seriesMax, meta.nextRef, meta.indexedRefEnd);
    this.#registry.load(meta.fingerprintKey);
    this.#blocks = new BlockStore(this.#store);
    this.#nextBlockId = Math.max(meta.nextBlockId, this.#blocks.nextFreeId);
    const bounds = { refEndMax: REF_END_MAX, arenaBytesMax: headBytesMax };
    this.#head = new LoggedHead({
      directory: options.directory,
      bounds,
      flushedGeneration: meta.flushedGeneration,
      nextRef: meta.nextRef,
      blocksNewestMs: this.#blocks.newestMs,
      onDamage: (damage) => {
        this.statistics.logRecordsDamaged++;
        options.onDamage?.(damage);
      },
    });
    this.#late = new LateSamples(this.#head, this.#blocks, this.limits.outOfOrderWindowMs);
    this.#rate = new SampleRateLimit(this.limits.samplesPerSecondMax, this.#clock);
    this.#activeSinceMs = this.#clock.monotonicMs();
  }

  /** What readers in other threads attach to. */
  get memory(): GenerationsMemory {
    return this.#head.memory;
  }

  /** Fingerprint → ref; its memory moves when the table grows. */
  get fingerprintTable(): FingerprintTable {
    return this.#registry.table;
  }

  get seriesCount(): number {
    return this.#registry.nextRef - 1;
  }

  /**
   * Checks the batch's samples and appends the good ones to the head. Entries that are not to be logged get
   * ref 0. Not durable before `commit`.
   *
   * @param tally receives what was refused, by code
   * Floats of a series go before its histograms, whatever their times.
   *
   * @returns the samples that count as written: appended, or there already with the same value
   * @throws PromontoryError ERR_HEAD_FULL, ERR_SAMPLE_RATE (overload), ERR_STORE_WRITE, ERR_STORE_FAILED (unavailable): nothing
   *   of the batch may be acknowledged
   */
  append(batch: SampleBatch, tally: RejectionTally): number {
    this.mustBeWell();
    this.#rate.mustTake(batch.sampleCount + batch.histogramCount);
    if (this.#commitFailed) this.commit();
    this.#mustHaveRoom(batch);
    try {
      return this.#appendChecked(batch, tally);
    } catch (error) {
      this.#failure = error;
      this.#late.clear();
      throw error;
    }
  }

  /** Of the samples that the last `append` returned, the histograms. */
  get histogramsWritten(): number {
    return this.#histogramsWritten;
  }

  /**
   * Makes everything appended so far durable.
   *
   * @throws PromontoryError ERR_STORE_WRITE: nothing may be acknowledged; the next commit tries again;
   *   ERR_STORE_FAILED
   */
  commit(): void {
    this.mustBeWell();
    if (!this.#head.hasPending && !this.#registry.hasUnrecorded) return;
    this.#commitFailed = true;
    this.#commitSeries();
    this.#head.commit();
    this.#commitFailed = false;
    this.statistics.commits++;
  }

  /** True once an error in the middle of a batch made the writer unusable. */
  get hasFailed(): boolean {
    return this.#failure !== null;
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

  /** True when `maintain` has work that should not wait for a quiet moment. */
  get wantsMaintenance(): boolean {
    return this.#flush !== null || this.#isActiveFull();
  }

  /**
   * Does one piece of the work behind the scenes: a step of a flush, of dropping old blocks. Call it
   * between commits; with nothing to do it returns at once.
   *
   * @returns whether there was anything to do that could be done now
   * @throws PromontoryError ERR_STORE_WRITE; the step can be tried again
   */
  async maintain(): Promise<boolean> {
    this.#head.clearRetired();
    let progressed = false;
    if (this.#flush === null && (this.#isActiveFull() || this.#isActiveOld())) progressed = this.#tryFreeze();
    const frozen = this.#head.oldestFrozen;
    if (this.#flush === null && frozen !== null)
      this.#flush = new BlockFlush(this.#store, frozen, this.#nextBlockId);
    if (this.#flush !== null) {
      await this.#stepFlush(this.#flush);
      return true;
    }
    if (this.#blocks.hasChunksToRemove) {
      this.#blocks.removeChunksStep();
      return true;
    }
    this.#checkRetention();
    return progressed;
  }

  /**
   * Writes everything in the head to blocks and all series into the index.
   *
   * @throws PromontoryError ERR_HEAD_FULL while open series sets hold the memory that it needs; ERR_STORE_WRITE
   */
  async flush(): Promise<void> {
    this.commit();
    while (this.#head.oldestFrozen !== null) await this.maintain();
    if (this.#head.active.seriesCount === 0) return;
    if (!this.#tryFreeze()) throw headPinned();
    while (this.#head.oldestFrozen !== null) await this.maintain();
  }

  /** Commits and closes. The logs stay and are replayed at the next open. */
  async close(): Promise<void> {
    try {
      if (!this.hasFailed) this.commit();
    } finally {
      await this.#head.close();
      await this.#store.close();
    }
  }

  #createMeta(): Meta {
    const key = randomBytes(12);
    const meta: Meta = {
      fingerprintKey: Int32Array.of(key.readInt32LE(0), key.readInt32LE(4), key.readInt32LE(8)),
      nextRef: 1,
      indexedRefEnd: 1,
      nextBlockId: 1,
      flushedGeneration: 0,
    };
    this.#store.environment.writeDurably(() => this.#store.putMeta(meta));
    return meta;
  }

  #putMeta(change: Partial<Meta>): void {
    this.#store.putMeta({
      fingerprintKey: this.fingerprintKey,
      nextRef: this.#registry.recordedRefEnd,
      indexedRefEnd: this.#registry.indexedRefEnd,
      nextBlockId: this.#nextBlockId,
      flushedGeneration: this.#flushedGeneration,
      ...change,
    });
  }

  #mustHaveRoom(batch: SampleBatch): void {
    const { headBytesMax } = this.limits;
    const samples = batch.sampleCount + batch.histogramCount;
    const fits = (): boolean => {
      const { bytesUsed } = this.#head.active;
      return bytesUsed + this.#bytesWanted(batch) <= headBytesMax;
    };
    if (fits() || (this.#tryFreeze() && fits())) return;
    throw new PromontoryError(
      `cannot append ${samples} samples: ${this.#head.active.bytesUsed} of ${headBytesMax} bytes of head memory are in use and the flush to disk is behind; retry later or raise headBytesMax`,
      { code: ERR_HEAD_FULL, kind: 'overload', context: { headBytesMax } },
    );
  }

  #bytesWanted(batch: SampleBatch): number {
    const { bytesUsed, pageCount } = this.#head.active;
    const sizes = {
      samples: batch.sampleCount,
      starts: batch.startCount,
      histograms: batch.histogramCount,
      histogramBytes: batch.histogramBytesLength,
    };
    const pages = ((this.#registry.nextRef + batch.newSeriesCount) >>> PAGE_REFS_SHIFT) + 1;
    return appendBytesMax(sizes, bytesUsed, pages - pageCount);
  }

  #appendChecked(batch: SampleBatch, tally: RejectionTally): number {
    this.#resolveNewSeries(batch, tally);
    const nowMs = this.#clock.nowMs();
    const { retentionMs, futureWindowMs } = this.limits;
    const refuse: Refuse = (entry, code, why) => this.#refuse(batch, entry, code, tally, why);
    refuseOutside(batch, nowMs - retentionMs, nowMs + futureWindowMs, refuse);
    if (batch.startCount + batch.histogramCount > 0) refuseStartsAfterTime(batch, refuse);
    const floats = this.#appendNewest(batch);
    const histograms = batch.histogramCount > 0 ? this.#appendNewestHistograms(batch) : 0;
    const late = this.#late.settle(batch, refuse);
    if (batch.startCount > 0) this.#appendStarts(batch);
    const record = encodeLogRecord(batch);
    if (record !== null) this.#head.addRecord(record);
    this.statistics.samplesAppended += floats + histograms + late.appended;
    this.statistics.histogramsAppended += histograms + late.histogramsAppended;
    this.statistics.samplesDuplicate += late.present;
    this.statistics.samplesLate += late.late;
    this.#histogramsWritten = histograms + late.histogramsAppended + late.histogramsPresent;
    return floats + histograms + late.appended + late.present;
  }

  /** Replaces the negative refs; a series above the limit is refused with its samples. */
  #resolveNewSeries(batch: SampleBatch, tally: RejectionTally): void {
    if (batch.newSeriesCount > 0) {
      const refs = new Int32Array(batch.newSeriesCount);
      for (let index = 0; index < refs.length; index++) refs[index] = this.#registry.refOf(batch, index);
      const { ref } = batch;
      for (let index = 0; index < batch.sampleCount; index++) {
        const given = ref[index]!;
        if (given >= 0) continue;
        ref[index] = refs[-given - 1]!;
        if (ref[index] === 0) tally.add(ERR_SERIES_MAX, 1, () => this.#seriesMaxText(batch, -given - 1));
      }
      for (let index = 0; index < batch.histogramCount; index++) {
        const given = batch.histogramRef(index);
        if (given >= 0) continue;
        const resolved = refs[-given - 1]!;
        batch.setHistogramRef(index, resolved);
        if (resolved === 0) tally.add(ERR_SERIES_MAX, 1, () => this.#seriesMaxText(batch, -given - 1));
      }
    }
    this.#head.reserveRefs(this.#registry.nextRef);
  }

  #seriesMaxText(batch: SampleBatch, seriesIndex: number): string {
    const labels = decodeLabelBytes(batch.unsafeViewLabelBytes(seriesIndex)).toString();
    return `series ${labels} is new, and the database has ${this.limits.seriesMax}, its limit (seriesMax)`;
  }

  /** Appends the samples that are newer than all of their series and queues the others. */
  #appendNewest(batch: SampleBatch): number {
    const { ref, timestampMs, valueWords, sampleCount } = batch;
    const { active } = this.#head;
    const { newestTimes } = this.#head;
    const pageOf = newestTimes.unsafeViewPages();
    const { boundMs } = newestTimes;
    let newestMs = newestTimes.unsafeViewTimes();
    let appended = 0;
    for (let index = 0; index < sampleCount; index++) {
      const seriesRef = ref[index]!;
      if (seriesRef === 0) continue;
      const time = timestampMs[index]!;
      const slot = pageOf[seriesRef >>> PAGE_REFS_SHIFT]! * PAGE_REFS + (seriesRef & PAGE_REF_MASK);
      const known = newestMs[slot]!;
      if (time > known || (known === UNKNOWN_MS && time > boundMs)) {
        const outcome = active.append(seriesRef, timestampMs, valueWords, index);
        if (outcome === APPENDED) {
          if (known === UNKNOWN_MS) {
            newestTimes.set(seriesRef, time);
            newestMs = newestTimes.unsafeViewTimes();
          } else newestMs[slot] = time;
          appended++;
          continue;
        }
        assert(outcome === NOT_NEWEST, 'room was checked before the batch');
      }
      this.#late.add(index);
    }
    return appended;
  }

  /** The same for histograms. */
  #appendNewestHistograms(batch: SampleBatch): number {
    const { active, newestTimes } = this.#head;
    let appended = 0;
    for (let index = 0; index < batch.histogramCount; index++) {
      const seriesRef = batch.histogramRef(index);
      if (seriesRef === 0) continue;
      const time = batch.histogramTimestampMs(index);
      const known = newestTimes.get(seriesRef);
      if (time <= (known === UNKNOWN_MS ? newestTimes.boundMs : known)) {
        this.#late.addHistogram(index);
        continue;
      }
      const bytes = batch.unsafeViewHistogram(index);
      const outcome = active.appendHistogram(seriesRef, time, batch.histogramStartMs(index), bytes);
      assert(outcome === APPENDED, 'room was checked before the batch');
      newestTimes.set(seriesRef, time);
      appended++;
    }
    return appended;
  }

  /** Of the float samples that were appended: their refs are positive still. */
  #appendStarts(batch: SampleBatch): void {
    const { active } = this.#head;
    for (let index = 0; index < batch.startCount; index++) {
      const startMs = batch.startOf(index);
      const seriesRef = batch.ref[index]!;
      if (startMs === 0 || seriesRef <= 0) continue;
      const outcome = active.appendStart(seriesRef, batch.timestampMs[index]!, startMs);
      assert(outcome === APPENDED, 'room was checked before the batch');
    }
  }

  #refuse(batch: SampleBatch, entry: number, code: string, tally: RejectionTally, why: string): void {
    const ref = entryRef(batch, entry);
    clearEntry(batch, entry);
    if (ref !== 0) {
      const time = isoTime(entryTimestampMs(batch, entry));
      tally.add(code, 1, () => `sample of ${this.#describeSeries(ref)} at ${time} ${why}`);
    }
  }

  /** For error texts: must not fail, whatever is on disk. */
  #describeSeries(ref: number): string {
    const waiting = this.#registry.waitingLabelBytes(ref);
    if (waiting !== null) return decodeLabelBytes(waiting).toString();
    const record = this.#store.series.get(refKey(ref));
    if (record === undefined || !isRecordIntact(record)) return `series ${ref}`;
    return decodeLabelBytes(record.subarray(CHECKSUM_BYTES)).toString();
  }

  /** Series records go first: a log record may name only series that are on disk. */
  #commitSeries(): void {
    const indexes = this.#registry.waitingCount >= this.limits.waitingSeriesMax;
    if (!this.#registry.hasUnrecorded && !indexes) return;
    const nextRef = this.#registry.nextRef;
    this.#store.environment.writeDurably(() => {
      this.#registry.putRecords();
      if (indexes) this.#registry.putIndex();
      this.#putMeta(indexes ? { nextRef, indexedRefEnd: nextRef } : { nextRef });
    });
    this.#registry.markRecorded();
    if (indexes) this.#registry.markIndexed();
  }

  #isActiveFull(): boolean {
    const { logBytesMax, headBytesMax } = this.limits;
    return this.#head.logBytes >= logBytesMax || this.#head.active.bytesUsed * 2 >= headBytesMax;
  }

  #isActiveOld(): boolean {
    const ageMs = this.#clock.monotonicMs() - this.#activeSinceMs;
    return ageMs >= this.limits.generationAgeMsMax && this.#head.active.seriesCount > 0;
  }

  /** @returns false while all memories are in use */
  #tryFreeze(): boolean {
    this.commit();
    if (!this.#head.tryFreeze(this.#registry.nextRef)) return false;
    this.#activeSinceMs = this.#clock.monotonicMs();
    return true;
  }

  async #stepFlush(flush: BlockFlush): Promise<void> {
    if (!flush.isComplete) flush.step(FLUSH_SERIES_PER_STEP);
    if (!flush.isComplete) return;
    this.commit();
    const block = flush.block();
    const indexedRefEnd = this.#registry.nextRef;
    this.#store.environment.writeDurably(() => {
      if (block !== null) this.#blocks.put(block);
      this.#registry.putIndex();
      this.#putMeta({
        nextBlockId: this.#nextBlockId + 1,
        flushedGeneration: flush.generation,
        indexedRefEnd,
      });
    });
    this.#registry.markIndexed();
    this.#nextBlockId++;
    this.#flushedGeneration = flush.generation;
    if (block !== null) this.#blocks.add(block);
    this.#flush = null;
    this.statistics.blocksWritten++;
    await this.#head.retireOldest();
  }

  #checkRetention(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#retentionCheckedMs < RETENTION_CHECK_INTERVAL_MS) return;
    this.#retentionCheckedMs = nowMs;
    this.#store.environment.dropStaleReaders();
    this.statistics.blocksDropped += this.#blocks.dropBefore(this.#clock.nowMs() - this.limits.retentionMs);
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
