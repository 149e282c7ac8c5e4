/**
 * The records that are accepted and not on disk yet, and so not in the head: readers do not see them. Whoever decides
 * about late samples has to, and reads them here. Only then are records decoded, each once.
 */
import { freeMemory } from '@promontory/base';
import type { HistogramSample, SampleBatch, SampleColumns } from '@promontory/model';
import { decodeOwnRecord } from '../log/log-record.ts';
import type { AppendSizes } from './head-memory.ts';
import { PendingSamples } from './pending-samples.ts';

export interface PendingRecord {
  /** Owned by whom it is given to. */
  readonly record: Buffer;
  /** Whether each of its samples is newer than all of its series before it. */
  readonly isInOrder: boolean;
}

const NO_SIZES: AppendSizes = { samples: 0, starts: 0, histograms: 0, histogramBytes: 0 };

export class PendingRecords {
  readonly #scratch: SampleBatch;
  #records: PendingRecord[] = [];
  #bytes = 0;
  #sizes = NO_SIZES;
  /** What the first `#decodedCount` records hold; null until a series is read. */
  #samples: PendingSamples | null = null;
  #decodedCount = 0;

  /** @param scratch a batch with room for any record; overwritten */
  constructor(scratch: SampleBatch) {
    this.#scratch = scratch;
  }

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
    this.#samples = null;
    this.#decodedCount = 0;
  }

  /** Appends the series' floats at or after `fromMs`, in no order. */
  readFrom(ref: number, fromMs: number, target: SampleColumns): void {
    this.#decoded()?.readFrom(ref, fromMs, target);
  }

  /** The series' histograms at or after `fromMs`, in no order. */
  readHistogramsFrom(ref: number, fromMs: number): HistogramSample[] {
    return this.#decoded()?.readHistogramsFrom(ref, fromMs) ?? [];
  }

  #decoded(): PendingSamples | null {
    for (; this.#decodedCount < this.#records.length; this.#decodedCount++) {
      this.#scratch.clear();
      decodeOwnRecord(this.#records[this.#decodedCount]!.record, this.#scratch, 'pending record');
      this.#samples ??= new PendingSamples();
      this.#samples.add(this.#scratch);
    }
    return this.#samples;
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
