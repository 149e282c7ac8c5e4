/**
 * The samples of a batch that are not newer than their series: looks at what is there before it decides.
 *
 * They are taken series by series, oldest first. What a series holds from its first late sample on is read
 * once, and a cursor moves through it beside the samples, so that a batch costs one sort and one pass for each
 * of its series, however its samples are ordered.
 */
import { assert } from '@promontory/base';
import { type SampleBatch, SampleColumns } from '@promontory/model';
import { isoTime, type Refuse } from './batch-checks.ts';
import type { BlockStore } from './block/block-store.ts';
import { firstIndexFrom, mergeSamples } from './block/merge-samples.ts';
import { ERR_SAMPLE_DUPLICATE, ERR_SAMPLE_OUT_OF_ORDER } from './error-codes.ts';
import { APPENDED } from './head/head-writer.ts';
import type { LoggedHead } from './head/logged-head.ts';

/** What became of the samples that were not refused. */
export interface LateCounts {
  appended: number;
  /** There already with the same value: their ref is 0 now. */
  present: number;
  /** Of the appended, those older than their series' newest. */
  late: number;
}

export class LateSamples {
  readonly #head: LoggedHead;
  readonly #blocks: BlockStore;
  readonly #outOfOrderWindowMs: number;
  readonly #columns = new SampleColumns();
  #indexes: number[] = [];

  constructor(head: LoggedHead, blocks: BlockStore, outOfOrderWindowMs: number) {
    this.#head = head;
    this.#blocks = blocks;
    this.#outOfOrderWindowMs = outOfOrderWindowMs;
  }

  /** Queues sample `index` of the batch under way. */
  add(index: number): void {
    this.#indexes.push(index);
  }

  /** Decides about the queued samples, in the order of series, time and place in the batch. */
  settle(batch: SampleBatch, refuse: Refuse): LateCounts {
    const counts: LateCounts = { appended: 0, present: 0, late: 0 };
    const indexes = this.#indexes;
    if (indexes.length === 0) return counts;
    this.#indexes = [];
    const { ref, timestampMs } = batch;
    indexes.sort(
      (left, right) => ref[left]! - ref[right]! || timestampMs[left]! - timestampMs[right]! || left - right,
    );
    for (let start = 0; start < indexes.length;) {
      let end = start + 1;
      while (end < indexes.length && ref[indexes[end]!] === ref[indexes[start]!]) end++;
      this.#settleSeries(batch, indexes.slice(start, end), refuse, counts);
      start = end;
    }
    return counts;
  }

  /** Forgets what is queued: the batch failed. */
  clear(): void {
    this.#indexes = [];
  }

  #settleSeries(batch: SampleBatch, indexes: readonly number[], refuse: Refuse, counts: LateCounts): void {
    const seriesRef = batch.ref[indexes[0]!]!;
    const columns = this.#columns;
    let cursor = this.#readFrom(seriesRef, batch.timestampMs[indexes[0]!]!);
    const storedNewestMs =
      columns.count === 0 ? Number.NEGATIVE_INFINITY : columns.timestampMs[columns.count - 1]!;
    let previous = -1;
    for (const index of indexes) {
      const time = batch.timestampMs[index]!;
      while (cursor < columns.count && columns.timestampMs[cursor]! < time) cursor++;
      const isStored = cursor < columns.count && columns.timestampMs[cursor] === time;
      const isRepeated = previous >= 0 && batch.timestampMs[previous] === time;
      if (storedNewestMs - time > this.#outOfOrderWindowMs) {
        refuse(index, ERR_SAMPLE_OUT_OF_ORDER, this.#tooLate(storedNewestMs));
      } else if (isStored || isRepeated) {
        const words = isStored ? columns.valueWords : batch.valueWords;
        if (haveSameValue(words, isStored ? cursor : previous, batch.valueWords, index)) {
          batch.ref[index] = 0;
          counts.present++;
        } else {
          refuse(index, ERR_SAMPLE_DUPLICATE, 'has another value there already');
        }
      } else {
        this.#append(batch, index, seriesRef);
        previous = index;
        counts.appended++;
        if (time < storedNewestMs) counts.late++;
      }
    }
    // The bound of a series that is known only from blocks becomes exact here.
    this.#head.newestTimes.set(
      seriesRef,
      Math.max(storedNewestMs, previous < 0 ? Number.NEGATIVE_INFINITY : batch.timestampMs[previous]!),
    );
  }

  #append(batch: SampleBatch, index: number, seriesRef: number): void {
    const time = batch.timestampMs[index]!;
    const low = batch.valueWords[2 * index]!;
    const high = batch.valueWords[2 * index + 1]!;
    const head = this.#head.active;
    if (head.append(seriesRef, time, low, high) === APPENDED) return;
    assert(head.appendLate(seriesRef, time, low, high) === APPENDED, 'room was checked before the batch');
  }

  /**
   * Gathers the series' samples around and after `fromMs` into the scratch columns, in order.
   *
   * @returns the index of the first one at or after `fromMs`
   */
  #readFrom(ref: number, fromMs: number): number {
    this.#columns.clear();
    this.#blocks.readFrom(ref, fromMs, this.#columns);
    this.#head.readFrom(ref, fromMs, this.#columns);
    mergeSamples(this.#columns);
    return firstIndexFrom(this.#columns, fromMs);
  }

  #tooLate(newestMs: number): string {
    const windowSeconds = this.#outOfOrderWindowMs / 1000;
    return `is more than ${windowSeconds} s behind its series' newest sample, at ${isoTime(newestMs)}; raise the out-of-order window`;
  }
}

function haveSameValue(left: Int32Array, leftIndex: number, right: Int32Array, rightIndex: number): boolean {
  return (
    left[2 * leftIndex] === right[2 * rightIndex] && left[2 * leftIndex + 1] === right[2 * rightIndex + 1]
  );
}
