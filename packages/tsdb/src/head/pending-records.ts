/**
 * The records that are accepted and not on disk yet, and so not in the head: readers do not see them. Whoever decides
 * about late samples has to, and asks for some series at a time.
 */
import { freeMemory } from '@promontory/base';
import { decodeHistogram, type HistogramSample, type SampleBatch, SampleColumns } from '@promontory/model';
import { decodeOwnRecord, unsafeViewFloatRefs, unsafeViewHistogramRefs } from '../log/log-record.ts';
import type { AppendSizes } from './head-memory.ts';

export interface PendingRecord {
  /** Owned by whom it is given to. */
  readonly record: Buffer;
  /** Whether each of its samples is newer than all of its series before it. */
  readonly isInOrder: boolean;
}

/** What one series has in records that are pending; times in no order. */
export interface PendingSeries {
  readonly floats: SampleColumns;
  readonly histograms: HistogramSample[];
}

const NO_SIZES: AppendSizes = { samples: 0, starts: 0, histograms: 0, histogramBytes: 0 };

/** Slots of the filter that most refs which are not wanted do not pass. */
const FILTER_MASK = 0xffff;

export class PendingRecords {
  readonly #filter = new Uint8Array(FILTER_MASK + 1);
  #records: PendingRecord[] = [];
  #bytes = 0;
  #sizes = NO_SIZES;

  get records(): readonly PendingRecord[] {
    return this.#records;
  }

  /** Of the records. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the records take of the head, at most. */
  get sizes(): AppendSizes {
    return this.#sizes;
  }

  add(added: PendingRecord, sizes: AppendSizes): void {
    this.#records.push(added);
    this.#bytes += added.record.length;
    this.#sizes = addSizes(this.#sizes, sizes);
  }

  /** Forgets the records and gives their memory back. */
  clear(): void {
    for (const { record } of this.#records) freeMemory(record);
    this.#records = [];
    this.#bytes = 0;
    this.#sizes = NO_SIZES;
  }

  /**
   * @param scratch a batch with room for any record; overwritten
   * @returns of the series wanted, those that have samples here
   */
  collect(wanted: ReadonlySet<number>, scratch: SampleBatch): Map<number, PendingSeries> {
    const found = new Map<number, PendingSeries>();
    if (this.#records.length === 0) return found;
    for (const ref of wanted) this.#filter[ref & FILTER_MASK] = 1;
    for (const { record } of this.#records) {
      const hasWanted =
        this.#hasAny(unsafeViewFloatRefs(record), wanted) ||
        this.#hasAny(unsafeViewHistogramRefs(record), wanted);
      if (!hasWanted) continue;
      scratch.clear();
      decodeOwnRecord(record, scratch, 'pending record');
      addWanted(scratch, wanted, found);
    }
    for (const ref of wanted) this.#filter[ref & FILTER_MASK] = 0;
    return found;
  }

  #hasAny(refs: Int32Array, wanted: ReadonlySet<number>): boolean {
    for (let index = 0; index < refs.length; index++) {
      const ref = refs[index]!;
      if (this.#filter[ref & FILTER_MASK] !== 0 && wanted.has(ref)) return true;
    }
    return false;
  }
}

export function addSizes(left: AppendSizes, right: AppendSizes): AppendSizes {
  return {
    samples: left.samples + right.samples,
    starts: left.starts + right.starts,
    histograms: left.histograms + right.histograms,
    histogramBytes: left.histogramBytes + right.histogramBytes,
  };
}

function addWanted(batch: SampleBatch, wanted: ReadonlySet<number>, found: Map<number, PendingSeries>): void {
  for (let index = 0; index < batch.sampleCount; index++) {
    const ref = batch.ref[index]!;
    if (!wanted.has(ref)) continue;
    const { floats } = seriesOf(found, ref);
    const { count } = floats;
    floats.reserve(count + 1);
    floats.timestampMs[count] = batch.timestampMs[index]!;
    floats.valueWords[2 * count] = batch.valueWords[2 * index]!;
    floats.valueWords[2 * count + 1] = batch.valueWords[2 * index + 1]!;
    floats.count++;
  }
  for (let index = 0; index < batch.histogramCount; index++) {
    const ref = batch.histogramRef(index);
    if (!wanted.has(ref)) continue;
    const histogram = decodeHistogram(batch.unsafeViewHistogram(index));
    seriesOf(found, ref).histograms.push({ timestampMs: batch.histogramTimestampMs(index), histogram });
  }
}

function seriesOf(found: Map<number, PendingSeries>, ref: number): PendingSeries {
  let series = found.get(ref);
  if (series === undefined) found.set(ref, (series = { floats: new SampleColumns(4), histograms: [] }));
  return series;
}
