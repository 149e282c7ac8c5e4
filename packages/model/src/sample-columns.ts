import { isStaleAt } from './staleness.ts';

/**
 * The samples of one series as columns, owned by the reader and filled by the source.
 *
 * Entries `[0, count)` are valid: timestamps ascending and unique, in milliseconds (integers), each with
 * its value. Staleness markers are kept as bits; test them with `isStale`, never through arithmetic.
 * The arrays are replaced when `reserve` grows them: read them again after each fill.
 */
export class SampleColumns {
  timestampMs: Float64Array;
  value: Float64Array;
  /** The words of `value`: low word first. */
  valueWords: Int32Array;
  count: number;

  constructor(capacity = 256) {
    this.timestampMs = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.valueWords = new Int32Array(this.value.buffer);
    this.count = 0;
  }

  /** Makes room for `capacity` samples in all, keeping those that are there. */
  reserve(capacity: number): void {
    if (capacity <= this.timestampMs.length) return;
    const grown = Math.max(capacity, this.timestampMs.length * 2);
    const timestampMs = new Float64Array(grown);
    timestampMs.set(this.timestampMs.subarray(0, this.count));
    const value = new Float64Array(grown);
    value.set(this.value.subarray(0, this.count));
    this.timestampMs = timestampMs;
    this.value = value;
    this.valueWords = new Int32Array(value.buffer);
  }

  isStale(index: number): boolean {
    return isStaleAt(this.valueWords, index);
  }

  /** For tests and cold paths: a NaN's bits may not survive the call. */
  push(timestampMs: number, value: number): void {
    this.reserve(this.count + 1);
    this.timestampMs[this.count] = timestampMs;
    this.value[this.count] = value;
    this.count++;
  }

  clear(): void {
    this.count = 0;
  }
}
