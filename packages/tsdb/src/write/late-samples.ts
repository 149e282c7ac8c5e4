/**
 * The samples of a batch that are not newer than their series: looks at what is there before it decides.
 *
 * They are taken series by series. What a series holds from its first late sample on is read once, from blocks, head
 * and pending records; then all that the batch has of the series goes by in the order of the batch, so that every
 * sample is decided about as if it had come alone. Nothing changes before all series were read: a batch whose series
 * cannot be read fails as a whole.
 */
import { encodeHistogram, type HistogramSample, type SampleBatch, SampleColumns } from '@promontory/model';
import { behindNewest, type Refuse } from './batch-checks.ts';
import {
  clearEntry,
  entryOfHistogram,
  entryRef,
  entryTimestampMs,
  histogramOfEntry,
  walkInOrder,
} from './batch-entries.ts';
import { firstIndexFrom, mergeHistograms, mergeSamples } from '../block/merge-samples.ts';
import { ERR_SAMPLE_DUPLICATE, ERR_SAMPLE_OUT_OF_ORDER } from '../error-codes.ts';
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

/** What a batch has of one series, in its order. */
interface SeriesEntries {
  readonly entries: number[];
  /** The places in `entries` of those that were queued. The others were newer than all of the series. */
  readonly late: number[];
  /** The least time of those that were queued. */
  fromMs: number;
}

/** What is to be done with entries once all series were read. */
interface Decisions {
  readonly present: number[];
  readonly refused: { readonly entry: number; readonly code: string; readonly why: () => string }[];
}

const NO_HISTOGRAMS: readonly HistogramSample[] = [];

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

  /** Queues an entry of the batch under way. In the order of the batch. */
  add(entry: number): void {
    this.#entries.push(entry);
  }

  /**
   * Decides about the queued entries.
   *
   * @throws PromontoryError ERR_STORE_READ and others that reading has: nothing was decided then
   */
  settle(batch: SampleBatch, refuse: Refuse): LateCounts {
    const counts = { appended: 0, present: 0, late: 0, histogramsAppended: 0, histogramsPresent: 0 };
    if (this.#entries.length === 0) return counts;
    const bySeries = entriesBySeries(batch, this.#entries);
    const decisions: Decisions = { present: [], refused: [] };
    for (const [ref, entries] of bySeries) {
      this.#stored.load(this.#head, this.#blocks, ref, entries.fromMs);
      this.#settleSeries(batch, ref, entries, decisions, counts);
    }
    for (const entry of decisions.present) clearEntry(batch, entry);
    for (const { entry, code, why } of decisions.refused) refuse(entry, code, why);
    this.#entries = [];
    return counts;
  }

  /** Forgets what is queued: the batch failed. */
  clear(): void {
    this.#entries = [];
  }

  #settleSeries(
    batch: SampleBatch,
    seriesRef: number,
    { entries, late }: SeriesEntries,
    { present, refused }: Decisions,
    counts: LateCounts,
  ): void {
    const stored = this.#stored;
    const windowMs = this.#outOfOrderWindowMs;
    let next = 0;
    for (let place = 0; place < entries.length; place++) {
      const entry = entries[place]!;
      if (place !== late[next]) {
        stored.put(batch, entry);
        continue;
      }
      next++;
      const { newestMs } = stored;
      const time = entryTimestampMs(batch, entry);
      if (newestMs - time > windowMs) {
        const why = (): string => behindNewest(time, newestMs, windowMs);
        refused.push({ entry, code: ERR_SAMPLE_OUT_OF_ORDER, why });
      } else if (stored.isEmptyAt(time)) {
        stored.put(batch, entry);
        counts.appended++;
        if (entry < 0) counts.histogramsAppended++;
        if (time < newestMs) counts.late++;
      } else if (stored.equals(batch, entry)) {
        present.push(entry);
        counts.present++;
        if (entry < 0) counts.histogramsPresent++;
      } else {
        refused.push({ entry, code: ERR_SAMPLE_DUPLICATE, why: otherValue });
      }
    }
    this.#head.newestTimes.set(seriesRef, stored.newestMs);
  }
}

function otherValue(): string {
  return 'has another value there already; a series takes one value a timestamp';
}

/** Of the series that have queued entries, all that are not refused. */
function entriesBySeries(batch: SampleBatch, queued: readonly number[]): Map<number, SeriesEntries> {
  const bySeries = new Map<number, SeriesEntries>();
  for (const entry of queued) {
    const ref = entryRef(batch, entry);
    const time = entryTimestampMs(batch, entry);
    const series = bySeries.get(ref);
    if (series === undefined) bySeries.set(ref, { entries: [], late: [], fromMs: time });
    else series.fromMs = Math.min(series.fromMs, time);
  }
  let next = 0;
  const visit = (entry: number): void => {
    const series = bySeries.get(entryRef(batch, entry));
    if (series === undefined) return;
    if (entry === queued[next]) {
      series.late.push(series.entries.length);
      next++;
    }
    series.entries.push(entry);
  };
  walkInOrder(
    batch,
    (start, end) => {
      for (let index = start; index < end; index++) visit(index);
    },
    (index) => visit(entryOfHistogram(index)),
  );
  return bySeries;
}

/** What one series holds from a time on, with what the batch adds to it. */
class StoredSeries {
  /** The newest of all, -Infinity of nothing. */
  newestMs = Number.NEGATIVE_INFINITY;
  readonly #columns = new SampleColumns();
  #histograms: readonly HistogramSample[] = NO_HISTOGRAMS;
  /** Time → entry of the batch. */
  readonly #added = new Map<number, number>();

  /** Gathers everything at or after `fromMs`. */
  load(head: LoggedHead, blocks: StoredSamples, ref: number, fromMs: number): void {
    const columns = this.#columns;
    columns.clear();
    if (this.#added.size > 0) this.#added.clear();
    blocks.readFrom(ref, fromMs, columns);
    head.readFrom(ref, fromMs, columns);
    mergeSamples(columns);
    this.#histograms = mergeHistograms([
      ...blocks.readHistogramsFrom(ref, fromMs),
      ...head.readHistogramsFrom(ref, fromMs),
    ]);
    this.newestMs = Math.max(
      columns.count === 0 ? Number.NEGATIVE_INFINITY : columns.timestampMs[columns.count - 1]!,
      this.#histograms.at(-1)?.timestampMs ?? Number.NEGATIVE_INFINITY,
    );
  }

  /** Whether the series has no sample at the time, from earlier or from the batch. */
  isEmptyAt(timestampMs: number): boolean {
    const { timestampMs: times, count } = this.#columns;
    const at = firstIndexFrom(this.#columns.timestampMs, this.#columns.count, timestampMs);
    const hasFloat = at < count && times[at] === timestampMs;
    return !hasFloat && this.#histogramAt(timestampMs) === undefined && !this.#added.has(timestampMs);
  }

  /** The entry of the batch is the series' sample at its time now. */
  put(batch: SampleBatch, entry: number): void {
    const timestampMs = entryTimestampMs(batch, entry);
    this.#added.set(timestampMs, entry);
    if (timestampMs > this.newestMs) this.newestMs = timestampMs;
  }

  /** Whether the sample at the entry's time, which is not empty, is of the entry's kind and has its bits. */
  equals(batch: SampleBatch, entry: number): boolean {
    const time = entryTimestampMs(batch, entry);
    const added = this.#added.get(time);
    if (entry >= 0) {
      if (added !== undefined) return added >= 0 && haveSameValue(batch, added, batch, entry);
      const at = firstIndexFrom(this.#columns.timestampMs, this.#columns.count, time);
      const isThere = at < this.#columns.count && this.#columns.timestampMs[at] === time;
      return isThere && haveSameValue(this.#columns, at, batch, entry);
    }
    const bytes = batch.unsafeViewHistogram(histogramOfEntry(entry));
    if (added !== undefined) {
      return added < 0 && haveSameBytes(batch.unsafeViewHistogram(histogramOfEntry(added)), bytes);
    }
    const stored = this.#histogramAt(time);
    return stored !== undefined && haveSameBytes(encodeHistogram(stored.histogram), bytes);
  }

  #histogramAt(timestampMs: number): HistogramSample | undefined {
    let low = 0;
    let high = this.#histograms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#histograms[middle]!.timestampMs < timestampMs) low = middle + 1;
      else high = middle;
    }
    const found = this.#histograms[low];
    return found?.timestampMs === timestampMs ? found : undefined;
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
