/**
 * The samples of a batch that are not newer than their series: looks at what is there before it decides.
 *
 * They are taken series by series, oldest first, floats and histograms together: a series has one sample a
 * timestamp, of either kind. What a series holds from its first late sample on is read once, and a cursor moves
 * through it beside the samples, so that a batch costs one sort and one pass for each of its series, however its
 * samples are ordered.
 */
import { assert } from '@promontory/base';
import { encodeHistogram, type HistogramSample, type SampleBatch, SampleColumns } from '@promontory/model';
import { isoTime, type Refuse } from './batch-checks.ts';
import {
  clearEntry,
  compareEntries,
  entryOfHistogram,
  entryRef,
  entryTimestampMs,
  histogramOfEntry,
} from './batch-entries.ts';
import { firstIndexFrom, mergeHistograms, mergeSamples } from '../block/merge-samples.ts';
import { ERR_SAMPLE_DUPLICATE, ERR_SAMPLE_OUT_OF_ORDER } from '../error-codes.ts';
import { APPENDED } from '../head/head-writer.ts';
import type { LoggedHead } from '../head/logged-head.ts';

/** What became of the samples that were not refused. */
export interface LateCounts {
  appended: number;
  /** There already with the same value: their ref is 0 now. */
  present: number;
  /** Of the appended, those older than their series' newest. */
  late: number;
  /** Of the appended, and of those present, the histograms. */
  histogramsAppended: number;
  histogramsPresent: number;
}

/** What blocks hold of a series. */
export interface StoredSamples {
  /** Appends to `target` at least the float samples at or after `fromMs`; unordered. */
  readFrom(ref: number, fromMs: number, target: SampleColumns): void;
  /** At least the histograms at or after `fromMs`; unordered. */
  readHistogramsFrom(ref: number, fromMs: number): readonly HistogramSample[];
}

export class LateSamples {
  readonly #head: LoggedHead;
  readonly #blocks: StoredSamples;
  readonly #outOfOrderWindowMs: number;
  readonly #stored = new StoredSeries();
  #entries: number[] = [];

  constructor(head: LoggedHead, blocks: StoredSamples, outOfOrderWindowMs: number) {
    this.#head = head;
    this.#blocks = blocks;
    this.#outOfOrderWindowMs = outOfOrderWindowMs;
  }

  /** Queues float sample `index` of the batch under way. */
  add(index: number): void {
    this.#entries.push(index);
  }

  /** Queues histogram `index` of the batch under way. */
  addHistogram(index: number): void {
    this.#entries.push(entryOfHistogram(index));
  }

  /** Decides about the queued samples, in the order of series, time and place in the batch. */
  settle(batch: SampleBatch, refuse: Refuse): LateCounts {
    const counts = { appended: 0, present: 0, late: 0, histogramsAppended: 0, histogramsPresent: 0 };
    const entries = this.#entries;
    if (entries.length === 0) return counts;
    this.#entries = [];
    entries.sort((left, right) => compareEntries(batch, left, right));
    for (let start = 0; start < entries.length;) {
      const ref = entryRef(batch, entries[start]!);
      let end = start + 1;
      while (end < entries.length && entryRef(batch, entries[end]!) === ref) end++;
      this.#settleSeries(batch, ref, entries.slice(start, end), refuse, counts);
      start = end;
    }
    return counts;
  }

  /** Forgets what is queued: the batch failed. */
  clear(): void {
    this.#entries = [];
  }

  #settleSeries(
    batch: SampleBatch,
    seriesRef: number,
    entries: readonly number[],
    refuse: Refuse,
    counts: LateCounts,
  ): void {
    const stored = this.#stored;
    stored.load(this.#head, this.#blocks, seriesRef, entryTimestampMs(batch, entries[0]!));
    const { newestMs } = stored;
    let appendedNewestMs = Number.NEGATIVE_INFINITY;
    for (const entry of entries) {
      const time = entryTimestampMs(batch, entry);
      stored.moveTo(time);
      if (newestMs - time > this.#outOfOrderWindowMs) {
        refuse(entry, ERR_SAMPLE_OUT_OF_ORDER, this.#tooLate(newestMs));
      } else if (stored.isEmpty) {
        this.#append(batch, entry, seriesRef);
        stored.put(batch, entry);
        appendedNewestMs = time;
        counts.appended++;
        if (entry < 0) counts.histogramsAppended++;
        if (time < newestMs) counts.late++;
      } else if (stored.equals(batch, entry)) {
        clearEntry(batch, entry);
        counts.present++;
        if (entry < 0) counts.histogramsPresent++;
      } else {
        refuse(entry, ERR_SAMPLE_DUPLICATE, 'has another value there already');
      }
    }
    // The bound of a series that is known only from blocks becomes exact here.
    this.#head.newestTimes.set(seriesRef, Math.max(newestMs, appendedNewestMs));
  }

  #append(batch: SampleBatch, entry: number, seriesRef: number): void {
    const time = entryTimestampMs(batch, entry);
    const head = this.#head.active;
    let outcome: number;
    if (entry < 0) {
      const index = histogramOfEntry(entry);
      const bytes = batch.unsafeViewHistogram(index);
      outcome = head.appendHistogram(seriesRef, time, batch.histogramStartMs(index), bytes);
    } else {
      const { timestampMs, valueWords } = batch;
      outcome = head.append(seriesRef, timestampMs, valueWords, entry);
      if (outcome !== APPENDED) outcome = head.appendLate(seriesRef, timestampMs, valueWords, entry);
    }
    assert(outcome === APPENDED, 'room was checked before the batch');
  }

  #tooLate(newestMs: number): string {
    const windowSeconds = this.#outOfOrderWindowMs / 1000;
    return `is more than ${windowSeconds} s behind its series' newest sample, at ${isoTime(newestMs)}; raise the out-of-order window`;
  }
}

/** What one series holds, with a cursor that moves through it in time. */
class StoredSeries {
  /** The newest of all that was loaded, -Infinity of nothing. */
  newestMs = Number.NEGATIVE_INFINITY;
  readonly #columns = new SampleColumns();
  #histograms: readonly HistogramSample[] = [];
  #cursor = 0;
  #histogramCursor = 0;
  #timestampMs = Number.NEGATIVE_INFINITY;
  /** What the batch itself put at the cursor's time. */
  #batchEntry: number | null = null;

  /** Gathers everything at or after `fromMs`; the cursor is before it. */
  load(head: LoggedHead, blocks: StoredSamples, ref: number, fromMs: number): void {
    const columns = this.#columns;
    columns.clear();
    blocks.readFrom(ref, fromMs, columns);
    head.readFrom(ref, fromMs, columns);
    mergeSamples(columns);
    const histograms = [...blocks.readHistogramsFrom(ref, fromMs), ...head.readHistogramsFrom(ref, fromMs)];
    this.#histograms = mergeHistograms(histograms);
    this.#cursor = firstIndexFrom(columns, fromMs);
    this.#histogramCursor = 0;
    this.#timestampMs = Number.NEGATIVE_INFINITY;
    this.#batchEntry = null;
    this.newestMs = Math.max(
      columns.count === 0 ? Number.NEGATIVE_INFINITY : columns.timestampMs[columns.count - 1]!,
      this.#histograms.at(-1)?.timestampMs ?? Number.NEGATIVE_INFINITY,
    );
  }

  /** Moves the cursor to a time at or after where it is. */
  moveTo(timestampMs: number): void {
    if (timestampMs !== this.#timestampMs) this.#batchEntry = null;
    this.#timestampMs = timestampMs;
    const { count, timestampMs: times } = this.#columns;
    while (this.#cursor < count && times[this.#cursor]! < timestampMs) this.#cursor++;
    const histograms = this.#histograms;
    const before = (index: number): boolean => (histograms[index]?.timestampMs ?? timestampMs) < timestampMs;
    while (before(this.#histogramCursor)) this.#histogramCursor++;
  }

  get #hasFloat(): boolean {
    const { count, timestampMs } = this.#columns;
    return this.#cursor < count && timestampMs[this.#cursor] === this.#timestampMs;
  }

  get #histogram(): HistogramSample | null {
    const sample = this.#histograms[this.#histogramCursor];
    return sample?.timestampMs === this.#timestampMs ? sample : null;
  }

  /** True when the series has no sample at the cursor's time, from earlier or from the batch. */
  get isEmpty(): boolean {
    return this.#batchEntry === null && !this.#hasFloat && this.#histogram === null;
  }

  /** The entry of the batch is the series' sample at the cursor's time now. */
  put(batch: SampleBatch, entry: number): void {
    assert(entryTimestampMs(batch, entry) === this.#timestampMs, 'the cursor is at the sample');
    this.#batchEntry = entry;
  }

  /** Whether the sample at the cursor's time is of the entry's kind and has its bits. */
  equals(batch: SampleBatch, entry: number): boolean {
    const other = this.#batchEntry;
    if (entry >= 0) {
      if (other === null) return this.#hasFloat && haveSameValue(this.#columns, this.#cursor, batch, entry);
      return other >= 0 && haveSameValue(batch, other, batch, entry);
    }
    const bytes = batch.unsafeViewHistogram(histogramOfEntry(entry));
    if (other !== null) {
      return other < 0 && haveSameBytes(batch.unsafeViewHistogram(histogramOfEntry(other)), bytes);
    }
    const stored = this.#histogram;
    return stored !== null && haveSameBytes(encodeHistogram(stored.histogram), bytes);
  }
}

interface Values {
  readonly valueWords: Int32Array;
}

function haveSameValue(left: Values, leftIndex: number, right: Values, rightIndex: number): boolean {
  return (
    left.valueWords[2 * leftIndex] === right.valueWords[2 * rightIndex] &&
    left.valueWords[2 * leftIndex + 1] === right.valueWords[2 * rightIndex + 1]
  );
}

function haveSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
