/**
 * The samples of one write on their way from decoding to the store, as columns in shared memory.
 *
 * Sample i has `ref[i]`, `timestampMs[i]` and the two words of its value `valueWords[2i]` (low) and
 * `valueWords[2i + 1]`. A positive ref names a known series. A negative one, -(k + 1), names the k-th new
 * series of this batch: five words in `newSeries` (three fingerprint lanes, offset and length of its
 * canonical label bytes in `labelBytes`). Zero marks a sample that is not to be stored.
 *
 * One thread fills the batch, then hands it over; the other reads it and hands it back. The memory grows
 * in place up to its bound and is kept: `attach` gives another thread its own views of the same memory.
 */
import { allocateColumn, tryGrowColumn } from './growable-column.ts';

const HEADER_WORDS = 8;
const SAMPLES_INITIAL = 4096;
const NEW_SERIES_WORDS = 5;

export interface SampleBatchMemory {
  readonly header: SharedArrayBuffer;
  readonly ref: SharedArrayBuffer;
  readonly timestampMs: SharedArrayBuffer;
  readonly value: SharedArrayBuffer;
  readonly newSeries: SharedArrayBuffer;
  readonly labelBytes: SharedArrayBuffer;
}

export interface SampleBatchBounds {
  readonly samplesMax: number;
  readonly labelBytesMax: number;
}

export function allocateSampleBatch(bounds: SampleBatchBounds): SampleBatchMemory {
  const samples = Math.min(SAMPLES_INITIAL, bounds.samplesMax);
  return {
    header: new SharedArrayBuffer(HEADER_WORDS * 4),
    ref: allocateColumn(samples * 4, bounds.samplesMax * 4),
    timestampMs: allocateColumn(samples * 8, bounds.samplesMax * 8),
    value: allocateColumn(samples * 8, bounds.samplesMax * 8),
    newSeries: allocateColumn(NEW_SERIES_WORDS * 4, bounds.samplesMax * NEW_SERIES_WORDS * 4),
    labelBytes: allocateColumn(1 << 16, Math.max(1 << 16, bounds.labelBytesMax)),
  };
}

export class SampleBatch {
  readonly memory: SampleBatchMemory;
  ref: Int32Array;
  timestampMs: Float64Array;
  valueWords: Int32Array;
  newSeries: Int32Array;
  labelBytes: Uint8Array;
  /** Valid entries of the sample columns. */
  sampleCount = 0;
  newSeriesCount = 0;
  labelBytesLength = 0;
  readonly #header: Int32Array;

  constructor(memory: SampleBatchMemory) {
    this.memory = memory;
    this.#header = new Int32Array(memory.header);
    this.ref = new Int32Array(memory.ref, 0, memory.ref.byteLength >>> 2);
    this.timestampMs = new Float64Array(memory.timestampMs, 0, memory.timestampMs.byteLength >>> 3);
    this.valueWords = new Int32Array(memory.value, 0, memory.value.byteLength >>> 2);
    this.newSeries = new Int32Array(memory.newSeries, 0, memory.newSeries.byteLength >>> 2);
    this.labelBytes = new Uint8Array(memory.labelBytes, 0, memory.labelBytes.byteLength);
  }

  clear(): void {
    this.sampleCount = 0;
    this.newSeriesCount = 0;
    this.labelBytesLength = 0;
  }

  get samplesCapacity(): number {
    return this.ref.length;
  }

  /** @returns false when the bound on samples is reached */
  tryGrowSamples(): boolean {
    const wanted = this.ref.length + 1;
    const { ref, timestampMs, value } = this.memory;
    if (!tryGrowColumn(ref, wanted * 4)) return false;
    if (!tryGrowColumn(timestampMs, wanted * 8) || !tryGrowColumn(value, wanted * 8)) return false;
    this.#attachSamples();
    return true;
  }

  /**
   * Appends a new series.
   *
   * @param labelBytes canonical bytes; copied
   * @returns its negative ref, or 0 when the bound on label bytes is reached
   */
  addNewSeries(lane0: number, lane1: number, lane2: number, labelBytes: Uint8Array): number {
    const { newSeries, labelBytes: heap } = this.memory;
    const wantedWords = (this.newSeriesCount + 1) * NEW_SERIES_WORDS;
    if (!tryGrowColumn(newSeries, wantedWords * 4)) return 0;
    if (!tryGrowColumn(heap, this.labelBytesLength + labelBytes.length)) return 0;
    this.#attachSeries();
    const base = this.newSeriesCount * NEW_SERIES_WORDS;
    this.newSeries[base] = lane0;
    this.newSeries[base + 1] = lane1;
    this.newSeries[base + 2] = lane2;
    this.newSeries[base + 3] = this.labelBytesLength;
    this.newSeries[base + 4] = labelBytes.length;
    this.labelBytes.set(labelBytes, this.labelBytesLength);
    this.labelBytesLength += labelBytes.length;
    this.newSeriesCount++;
    return -this.newSeriesCount;
  }

  /** One of the three lanes of a new series' fingerprint. */
  newSeriesLane(seriesIndex: number, lane: 0 | 1 | 2): number {
    return this.newSeries[seriesIndex * NEW_SERIES_WORDS + lane] ?? 0;
  }

  /** @returns a view, valid until the batch is cleared or grows */
  unsafeViewLabelBytes(seriesIndex: number): Uint8Array {
    const base = seriesIndex * NEW_SERIES_WORDS;
    const offset = this.newSeries[base + 3] ?? 0;
    return this.labelBytes.subarray(offset, offset + (this.newSeries[base + 4] ?? 0));
  }

  /** The filling thread calls this before it hands the batch over. */
  publish(): void {
    this.#header[0] = this.sampleCount;
    this.#header[1] = this.newSeriesCount;
    this.#header[2] = this.labelBytesLength;
  }

  /** The reading thread calls this when it takes the batch: counts and grown memory become visible. */
  refresh(): void {
    this.#attachSamples();
    this.#attachSeries();
    this.sampleCount = this.#header[0] ?? 0;
    this.newSeriesCount = this.#header[1] ?? 0;
    this.labelBytesLength = this.#header[2] ?? 0;
  }

  #attachSamples(): void {
    const { ref, timestampMs, value } = this.memory;
    if (ref.byteLength === this.ref.byteLength && value.byteLength === this.valueWords.byteLength) return;
    this.ref = new Int32Array(ref, 0, ref.byteLength >>> 2);
    this.timestampMs = new Float64Array(timestampMs, 0, timestampMs.byteLength >>> 3);
    this.valueWords = new Int32Array(value, 0, value.byteLength >>> 2);
  }

  #attachSeries(): void {
    const { newSeries, labelBytes } = this.memory;
    if (newSeries.byteLength !== this.newSeries.byteLength) {
      this.newSeries = new Int32Array(newSeries, 0, newSeries.byteLength >>> 2);
    }
    if (labelBytes.byteLength !== this.labelBytes.byteLength) {
      this.labelBytes = new Uint8Array(labelBytes, 0, labelBytes.byteLength);
    }
  }
}
