// HOT PATH: `append` at most 110 ns a sample with its log record at 100,000 known series; tsdb-writer.bench.ts.
/**
 * Takes batches into the head: gives new series their refs, checks every sample, appends those that are newer
 * than all of their series at once and the others after a look at what is stored, and hands the record of all
 * that was accepted to the log.
 */
import { assert, type Clock, PromontoryError } from '@promontory/base';
import type { RejectionTally, SampleBatch } from '@promontory/model';
import { ERR_HEAD_FULL } from '../error-codes.ts';
import { appendBytesMax, PAGE_REF_MASK, PAGE_REFS, PAGE_REFS_SHIFT } from '../head/head-memory.ts';
import { APPENDED } from '../head/head-writer.ts';
import type { LoggedHead } from '../head/logged-head.ts';
import { UNKNOWN_MS } from '../head/newest-times.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import type { TsdbLimits } from '../options.ts';
import type { SeriesRegistry } from '../series-registry.ts';
import type { WriterStatistics } from '../writer-statistics.ts';
import { isoTime, type Refuse, refuseOutside, refuseStartsAfterTime } from './batch-checks.ts';
import { clearEntry, entryRef, entryTimestampMs } from './batch-entries.ts';
import { LateSamples, type StoredSamples } from './late-samples.ts';

export interface SampleIntakeParts {
  readonly registry: SeriesRegistry;
  readonly head: LoggedHead;
  readonly blocks: StoredSamples;
  readonly limits: TsdbLimits;
  readonly clock: Clock;
  readonly statistics: WriterStatistics;
}

export class SampleIntake {
  readonly #registry: SeriesRegistry;
  readonly #head: LoggedHead;
  readonly #limits: TsdbLimits;
  readonly #clock: Clock;
  readonly #statistics: WriterStatistics;
  readonly #late: LateSamples;
  #histogramsWritten = 0;

  constructor(parts: SampleIntakeParts) {
    this.#registry = parts.registry;
    this.#head = parts.head;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#statistics = parts.statistics;
    this.#late = new LateSamples(parts.head, parts.blocks, parts.limits.outOfOrderWindowMs);
  }

  /** Of the samples that the last `append` returned, the histograms. */
  get histogramsWritten(): number {
    return this.#histogramsWritten;
  }

  /** Whether the active generation has memory for the batch, whatever its samples are. */
  hasRoom(batch: SampleBatch): boolean {
    const { bytesUsed, pageCount } = this.#head.active;
    const sizes = {
      samples: batch.sampleCount,
      starts: batch.startCount,
      histograms: batch.histogramCount,
      histogramBytes: batch.histogramBytesLength,
    };
    const pages = ((this.#registry.nextRef + batch.newSeriesCount) >>> PAGE_REFS_SHIFT) + 1;
    const wanted = appendBytesMax(sizes, bytesUsed, pages - pageCount);
    return bytesUsed + wanted <= this.#limits.headBytesMax;
  }

  noRoom(batch: SampleBatch): PromontoryError {
    const { headBytesMax } = this.#limits;
    const samples = batch.sampleCount + batch.histogramCount;
    return new PromontoryError(
      `cannot append ${samples} samples: ${this.#head.active.bytesUsed} of ${headBytesMax} bytes of head memory are in use and the flush to disk is behind; retry later or raise headBytesMax`,
      { code: ERR_HEAD_FULL, kind: 'overload', context: { headBytesMax } },
    );
  }

  /**
   * Appends the batch's good samples; there is room for them. Entries that are not to be logged get ref 0.
   * Floats of a series go before its histograms, whatever their times. An error in the middle leaves memory and
   * log apart: the caller must not go on.
   *
   * @param tally receives what was refused, by code
   * @returns the samples that count as written: appended, or there already with the same value
   */
  append(batch: SampleBatch, tally: RejectionTally): number {
    this.#resolveNewSeries(batch, tally);
    const nowMs = this.#clock.nowMs();
    const { retentionMs, futureWindowMs } = this.#limits;
    const refuse: Refuse = (entry, code, why) => this.#refuse(batch, entry, code, tally, why);
    refuseOutside(batch, nowMs - retentionMs, nowMs + futureWindowMs, refuse);
    if (batch.startCount + batch.histogramCount > 0) refuseStartsAfterTime(batch, refuse);
    const floats = this.#appendNewest(batch);
    const histograms = batch.histogramCount > 0 ? this.#appendNewestHistograms(batch) : 0;
    const late = this.#late.settle(batch, refuse);
    if (batch.startCount > 0) this.#appendStarts(batch);
    const record = encodeLogRecord(batch);
    if (record !== null) this.#head.addRecord(record);
    this.#statistics.samplesAppended += floats + histograms + late.appended;
    this.#statistics.histogramsAppended += histograms + late.histogramsAppended;
    this.#statistics.samplesDuplicate += late.present;
    this.#statistics.samplesLate += late.late;
    this.#histogramsWritten = histograms + late.histogramsAppended + late.histogramsPresent;
    return floats + histograms + late.appended + late.present;
  }

  /** Forgets a batch that failed. */
  clear(): void {
    this.#late.clear();
  }

  /** Replaces the negative refs; a series above a limit is refused with its samples. */
  #resolveNewSeries(batch: SampleBatch, tally: RejectionTally): void {
    if (batch.newSeriesCount > 0) {
      const refs = new Int32Array(batch.newSeriesCount);
      for (let index = 0; index < refs.length; index++) refs[index] = this.#registry.refOf(batch, index);
      const { ref } = batch;
      for (let index = 0; index < batch.sampleCount; index++) {
        const given = ref[index]!;
        if (given >= 0) continue;
        ref[index] = refs[-given - 1]!;
        if (ref[index] === 0) this.#refuseSeries(batch, -given - 1, tally);
      }
      for (let index = 0; index < batch.histogramCount; index++) {
        const given = batch.histogramRef(index);
        if (given >= 0) continue;
        const resolved = refs[-given - 1]!;
        batch.setHistogramRef(index, resolved);
        if (resolved === 0) this.#refuseSeries(batch, -given - 1, tally);
      }
    }
    this.#head.reserveRefs(this.#registry.nextRef);
  }

  #refuseSeries(batch: SampleBatch, seriesIndex: number, tally: RejectionTally): void {
    const { code, text } = this.#registry.refusal(batch.unsafeViewLabelBytes(seriesIndex));
    tally.add(code, 1, () => text);
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
        const outcome = active.appendNewest(seriesRef, timestampMs, valueWords, index);
        assert(outcome === APPENDED, 'room was checked before the batch');
        if (known === UNKNOWN_MS) {
          newestTimes.set(seriesRef, time);
          newestMs = newestTimes.unsafeViewTimes();
        } else newestMs[slot] = time;
        appended++;
      } else this.#late.add(index);
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
    if (ref === 0) return;
    const time = isoTime(entryTimestampMs(batch, entry));
    tally.add(code, 1, () => `sample of ${this.#describeSeries(ref)} at ${time} ${why}`);
  }

  /** For error texts: must not fail, whatever is on disk. */
  #describeSeries(ref: number): string {
    return this.#registry.labels(ref)?.toString() ?? `series ${ref}`;
  }
}
