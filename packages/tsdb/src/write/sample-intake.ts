// HOT PATH: `append` at most 110 ns a sample with its log record at 100,000 known series; tsdb-writer.bench.ts.
/**
 * Decides about batches: gives new series their refs, checks every sample, accepts those that are newer than all of
 * their series at once and the others after a look at what is stored, and hands the record of all that was accepted
 * to the head, for the next commit.
 *
 * Samples are decided about in the order of the batch, each as if it had been committed before the next one came.
 */
import { type Clock, PromontoryError } from '@promontory/base';
import type { RejectionTally, SampleBatch } from '@promontory/model';
import { ERR_HEAD_FULL, ERR_SAMPLE_OUT_OF_ORDER } from '../error-codes.ts';
import {
  appendBytesMax,
  type AppendSizes,
  PAGE_REF_MASK,
  PAGE_REFS,
  PAGE_REFS_SHIFT,
} from '../head/head-memory.ts';
import type { LoggedHead } from '../head/logged-head.ts';
import { UNKNOWN_MS } from '../head/newest-times.ts';
import { addSizes } from '../head/pending-records.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import type { TsdbLimits } from '../options.ts';
import type { SeriesRegistry } from '../series-registry.ts';
import type { WriterStatistics } from '../writer-statistics.ts';
import { behindNewest, isoTime, type Refuse, refuseOutside, refuseStartsAfterTime } from './batch-checks.ts';
import { clearEntry, entryOfHistogram, entryRef, entryTimestampMs, walkInOrder } from './batch-entries.ts';
import { LateSamples, type StoredSamples } from './late-samples.ts';

export interface SampleIntakeParts {
  readonly registry: SeriesRegistry;
  readonly head: LoggedHead;
  readonly blocks: StoredSamples;
  readonly limits: TsdbLimits;
  readonly clock: Clock;
  readonly statistics: WriterStatistics;
}

/** Samples that were accepted, or were there already with the same value. */
export interface SamplesWritten {
  /** Floats and histograms. */
  readonly samples: number;
  /** Of them, the histograms. */
  readonly histograms: number;
}

export class SampleIntake {
  readonly #registry: SeriesRegistry;
  readonly #head: LoggedHead;
  readonly #limits: TsdbLimits;
  readonly #clock: Clock;
  readonly #statistics: WriterStatistics;
  readonly #late: LateSamples;

  constructor(parts: SampleIntakeParts) {
    this.#registry = parts.registry;
    this.#head = parts.head;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#statistics = parts.statistics;
    this.#late = new LateSamples(parts.head, parts.blocks, parts.limits.outOfOrderWindowMs);
  }

  /** Whether the active generation has memory for what is pending and the batch, whatever its samples are. */
  hasRoom(batch: SampleBatch): boolean {
    const { active, pendingSizes } = this.#head;
    const { bytesUsed, pageCount } = active;
    const pages = ((this.#registry.nextRef + batch.newSeriesCount) >>> PAGE_REFS_SHIFT) + 1;
    const sizes = addSizes(pendingSizes, sizesOf(batch));
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
   * Accepts the batch's good samples; there is room for them. Entries that are not to be logged get ref 0.
   *
   * @param tally receives what was refused, by code
   * @throws PromontoryError ERR_STORE_READ and others that reading has: nothing of the batch is accepted then
   */
  append(batch: SampleBatch, tally: RejectionTally): SamplesWritten {
    try {
      return this.#append(batch, tally);
    } catch (error) {
      this.#late.clear();
      this.#forgetTimes(batch);
      throw error;
    }
  }

  #append(batch: SampleBatch, tally: RejectionTally): SamplesWritten {
    this.#resolveNewSeries(batch, tally);
    const refuse: Refuse = (entry, code, why) => this.#refuse(batch, entry, code, tally, why);
    refuseOutside(batch, this.#clock.nowMs(), this.#limits, refuse);
    if (batch.startCount + batch.histogramCount > 0) refuseStartsAfterTime(batch, refuse);
    let floats = 0;
    let histograms = 0;
    walkInOrder(
      batch,
      (start, end) => (floats += this.#acceptNewest(batch, start, end, refuse)),
      (index) => (histograms += this.#acceptNewestHistogram(batch, index, refuse)),
    );
    const late = this.#late.settle(batch, refuse);
    const record = encodeLogRecord(batch);
    if (record !== null) this.#head.addRecord({ record, isInOrder: late.appended === 0 }, sizesOf(batch));
    this.#statistics.samplesAppended += floats + histograms + late.appended;
    this.#statistics.histogramsAppended += histograms + late.histogramsAppended;
    this.#statistics.samplesDuplicate += late.present;
    this.#statistics.samplesLate += late.late;
    return {
      samples: floats + histograms + late.appended + late.present,
      histograms: histograms + late.histogramsAppended + late.histogramsPresent,
    };
  }

  /** Of a batch that failed: the newest times of its series may be those of samples that are not stored. */
  #forgetTimes(batch: SampleBatch): void {
    const refs = new Set<number>();
    for (let index = 0; index < batch.sampleCount; index++) refs.add(batch.ref[index]!);
    for (let index = 0; index < batch.histogramCount; index++) refs.add(batch.histogramRef(index));
    this.#head.newestTimes.drop(Array.from(refs).filter((ref) => ref > 0));
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
    const { code, why } = this.#registry.refusal(batch.unsafeViewLabelBytes(seriesIndex));
    tally.add(code, 1, why);
  }

  /** Accepts the samples of [start, end) that are newer than all of their series; queues or refuses the others. */
  #acceptNewest(batch: SampleBatch, start: number, end: number, refuse: Refuse): number {
    const { ref, timestampMs } = batch;
    const { newestTimes } = this.#head;
    const pageOf = newestTimes.unsafeViewPages();
    const { boundMs } = newestTimes;
    let newestMs = newestTimes.unsafeViewTimes();
    let accepted = 0;
    for (let index = start; index < end; index++) {
      const seriesRef = ref[index]!;
      if (seriesRef === 0) continue;
      const time = timestampMs[index]!;
      const slot = pageOf[seriesRef >>> PAGE_REFS_SHIFT]! * PAGE_REFS + (seriesRef & PAGE_REF_MASK);
      const known = newestMs[slot]!;
      if (time > known || (known === UNKNOWN_MS && time > boundMs)) {
        if (known === UNKNOWN_MS) {
          newestTimes.set(seriesRef, time);
          newestMs = newestTimes.unsafeViewTimes();
        } else newestMs[slot] = time;
        accepted++;
      } else this.#queueLate(batch, index, known, refuse);
    }
    return accepted;
  }

  /** The same for a histogram. @returns how many were accepted */
  #acceptNewestHistogram(batch: SampleBatch, index: number, refuse: Refuse): number {
    const seriesRef = batch.histogramRef(index);
    if (seriesRef === 0) return 0;
    const { newestTimes } = this.#head;
    const time = batch.histogramTimestampMs(index);
    const known = newestTimes.get(seriesRef);
    if (time <= (known === UNKNOWN_MS ? newestTimes.boundMs : known)) {
      this.#queueLate(batch, entryOfHistogram(index), known, refuse);
      return 0;
    }
    newestTimes.set(seriesRef, time);
    return 1;
  }

  /** What is too far behind a newest time that is known needs no look at what is stored. */
  #queueLate(batch: SampleBatch, entry: number, knownMs: number, refuse: Refuse): void {
    const { outOfOrderWindowMs } = this.#limits;
    const time = entryTimestampMs(batch, entry);
    if (knownMs === UNKNOWN_MS || knownMs - time <= outOfOrderWindowMs) this.#late.add(entry);
    else refuse(entry, ERR_SAMPLE_OUT_OF_ORDER, () => behindNewest(time, knownMs, outOfOrderWindowMs));
  }

  #refuse(batch: SampleBatch, entry: number, code: string, tally: RejectionTally, why: () => string): void {
    const ref = entryRef(batch, entry);
    clearEntry(batch, entry);
    if (ref === 0) return;
    const time = entryTimestampMs(batch, entry);
    tally.add(code, 1, () => `sample of ${this.#describeSeries(ref)} at ${isoTime(time)} ${why()}`);
  }

  /** For error texts: must not fail, whatever is on disk. */
  #describeSeries(ref: number): string {
    return this.#registry.labels(ref)?.toString() ?? `series ${ref}`;
  }
}

function sizesOf(batch: SampleBatch): AppendSizes {
  return {
    samples: batch.sampleCount,
    starts: batch.startCount,
    histograms: batch.histogramCount,
    histogramBytes: batch.histogramBytesLength,
  };
}
