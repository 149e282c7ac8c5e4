/**
 * The samples of one write on their way from decoding to the store, as columns in shared memory.
 *
 * Sample i has `ref[i]`, `timestampMs[i]` and the two words of its value `valueWords[2i]` (low) and
 * `valueWords[2i + 1]`. A positive ref names a known series. A negative one, -(k + 1), names the k-th new
 * series of this batch: five words in `newSeries` (three fingerprint lanes, offset and length of its
 * canonical label bytes in `labelBytes`). Zero marks a sample that is not to be stored.
 *
 * Two things that most batches lack stand beside these columns and cost nothing while they are empty:
 * - start timestamps: the first `startCount` samples have theirs in `startTimestampMs`, 0 for unknown;
 * - native histograms: number k has four words in `histogramWords` (ref as above, offset and length of its
 *   canonical bytes in `histogramBytes`, and how many samples were added before it) and two numbers in
 *   `histogramTimes` (its own time and its start timestamp, 0 for unknown).
 * Exemplars and metadata are in `extras` (batch-extras.ts).
 *
 * One thread fills the batch, then hands it over; the other reads it and hands it back. The memory grows
 * in place up to its bound and is kept: `attach` gives another thread its own views of the same memory.
 */
import { assert } from '@promontory/base';
import { allocateBatchExtras, BatchExtras, type BatchExtrasMemory } from './batch-extras.ts';
import { allocateColumn, tryGrowColumn } from './growable-column.ts';

const HEADER_WORDS = 8;
const SAMPLES_INITIAL = 4096;
const NEW_SERIES_WORDS = 5;
const HISTOGRAM_WORDS = 4;
const HISTOGRAM_TIMES = 2;
const HISTOGRAM_BYTES_INITIAL = 1 << 12;

export interface SampleBatchMemory {
  readonly header: SharedArrayBuffer;
  readonly ref: SharedArrayBuffer;
  readonly timestampMs: SharedArrayBuffer;
  readonly value: SharedArrayBuffer;
  readonly newSeries: SharedArrayBuffer;
  readonly labelBytes: SharedArrayBuffer;
  readonly startTimestampMs: SharedArrayBuffer;
  readonly histogramWords: SharedArrayBuffer;
  readonly histogramTimes: SharedArrayBuffer;
  readonly histogramBytes: SharedArrayBuffer;
  readonly extras: BatchExtrasMemory;
}

export interface SampleBatchBounds {
  /** Most samples, and as many histograms, exemplars and metadata. */
  readonly samplesMax: number;
  /** Of new series, and as many of exemplars and metadata. */
  readonly labelBytesMax: number;
  /** Bytes of all histograms together; as many as of labels unless it is given. */
  readonly histogramBytesMax?: number;
}

export function allocateSampleBatch(bounds: SampleBatchBounds): SampleBatchMemory {
  const { samplesMax } = bounds;
  const samples = Math.min(SAMPLES_INITIAL, samplesMax);
  const histogramBytesMax = Math.max(
    HISTOGRAM_BYTES_INITIAL,
    bounds.histogramBytesMax ?? bounds.labelBytesMax,
  );
  return {
    header: new SharedArrayBuffer(HEADER_WORDS * 4),
    ref: allocateColumn(samples * 4, samplesMax * 4),
    timestampMs: allocateColumn(samples * 8, samplesMax * 8),
    value: allocateColumn(samples * 8, samplesMax * 8),
    newSeries: allocateColumn(NEW_SERIES_WORDS * 4, samplesMax * NEW_SERIES_WORDS * 4),
    labelBytes: allocateColumn(1 << 16, Math.max(1 << 16, bounds.labelBytesMax)),
    startTimestampMs: allocateColumn(0, samplesMax * 8),
    histogramWords: allocateColumn(HISTOGRAM_WORDS * 4, samplesMax * HISTOGRAM_WORDS * 4),
    histogramTimes: allocateColumn(HISTOGRAM_TIMES * 8, samplesMax * HISTOGRAM_TIMES * 8),
    histogramBytes: allocateColumn(HISTOGRAM_BYTES_INITIAL, histogramBytesMax),
    extras: allocateBatchExtras(samplesMax, bounds.labelBytesMax),
  };
}

export class SampleBatch {
  readonly memory: SampleBatchMemory;
  readonly extras: BatchExtras;
  ref: Int32Array;
  timestampMs: Float64Array;
  valueWords: Int32Array;
  newSeries: Int32Array;
  labelBytes: Uint8Array;
  startTimestampMs: Float64Array;
  histogramWords: Int32Array;
  histogramTimes: Float64Array;
  histogramBytes: Uint8Array;
  /** Valid entries of the sample columns. */
  sampleCount = 0;
  newSeriesCount = 0;
  labelBytesLength = 0;
  /** Samples below this index have a start timestamp or 0, the others have none. */
  startCount = 0;
  histogramCount = 0;
  histogramBytesLength = 0;
  readonly #header: Int32Array;

  constructor(memory: SampleBatchMemory) {
    this.memory = memory;
    this.extras = new BatchExtras(memory.extras);
    this.#header = new Int32Array(memory.header);
    this.ref = new Int32Array(memory.ref, 0, memory.ref.byteLength >>> 2);
    this.timestampMs = new Float64Array(memory.timestampMs, 0, memory.timestampMs.byteLength >>> 3);
    this.valueWords = new Int32Array(memory.value, 0, memory.value.byteLength >>> 2);
    this.newSeries = new Int32Array(memory.newSeries, 0, memory.newSeries.byteLength >>> 2);
    this.labelBytes = new Uint8Array(memory.labelBytes, 0, memory.labelBytes.byteLength);
    const { startTimestampMs, histogramWords, histogramTimes, histogramBytes } = memory;
    this.startTimestampMs = new Float64Array(startTimestampMs, 0, startTimestampMs.byteLength >>> 3);
    this.histogramWords = new Int32Array(histogramWords, 0, histogramWords.byteLength >>> 2);
    this.histogramTimes = new Float64Array(histogramTimes, 0, histogramTimes.byteLength >>> 3);
    this.histogramBytes = new Uint8Array(histogramBytes, 0, histogramBytes.byteLength);
  }

  clear(): void {
    this.sampleCount = 0;
    this.newSeriesCount = 0;
    this.labelBytesLength = 0;
    this.startCount = 0;
    this.histogramCount = 0;
    this.histogramBytesLength = 0;
    this.extras.clear();
  }

  /** Whether there is nothing in it to store. */
  get isEmpty(): boolean {
    const { exemplarCount, metadataCount } = this.extras;
    return this.sampleCount + this.histogramCount + exemplarCount + metadataCount === 0;
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

  /**
   * Gives sample `sampleIndex`, which has room already, a start timestamp. Samples before it that were given
   * none have 0. Call it in the order of samples.
   */
  setStart(sampleIndex: number, startTimestampMs: number): void {
    if (sampleIndex >= this.startTimestampMs.length) {
      const hasRoom = tryGrowColumn(this.memory.startTimestampMs, this.ref.length * 8);
      assert(hasRoom && sampleIndex < this.ref.length, 'the sample has room', { sampleIndex });
      this.#attachStarts();
    }
    this.startTimestampMs.fill(0, this.startCount, sampleIndex);
    this.startTimestampMs[sampleIndex] = startTimestampMs;
    this.startCount = sampleIndex + 1;
  }

  /** Gives what has none a start timestamp: samples from `firstSample` on, and histograms from `firstHistogram` on. */
  setMissingStarts(firstSample: number, firstHistogram: number, startTimestampMs: number): void {
    for (let index = firstSample; index < this.sampleCount; index++) {
      if (index >= this.startCount) this.setStart(index, startTimestampMs);
      else if (this.startTimestampMs[index] === 0) this.startTimestampMs[index] = startTimestampMs;
    }
    for (let index = firstHistogram; index < this.histogramCount; index++) {
      const at = HISTOGRAM_TIMES * index + 1;
      if (this.histogramTimes[at] === 0) this.histogramTimes[at] = startTimestampMs;
    }
  }

  /** @returns the start timestamp of a sample in ms, 0 when it is not known */
  startOf(sampleIndex: number): number {
    return sampleIndex < this.startCount ? this.startTimestampMs[sampleIndex]! : 0;
  }

  /**
   * Appends a histogram. Its place in the batch is behind the `sampleCount` samples of now.
   *
   * @param ref of a known or a new series, as for samples
   * @param startTimestampMs 0 when it is not known
   * @param bytes canonical (encodeHistogram); copied
   * @returns false when the bound on histograms or on their bytes is reached; nothing changes then
   */
  tryAddHistogram(ref: number, timestampMs: number, startTimestampMs: number, bytes: Uint8Array): boolean {
    const { histogramWords, histogramTimes, histogramBytes } = this.memory;
    const count = this.histogramCount;
    const hasRoom =
      tryGrowColumn(histogramWords, (count + 1) * HISTOGRAM_WORDS * 4) &&
      tryGrowColumn(histogramTimes, (count + 1) * HISTOGRAM_TIMES * 8) &&
      tryGrowColumn(histogramBytes, this.histogramBytesLength + bytes.length);
    if (!hasRoom) return false;
    this.#attachHistograms();
    const base = count * HISTOGRAM_WORDS;
    this.histogramWords[base] = ref;
    this.histogramWords[base + 1] = this.histogramBytesLength;
    this.histogramWords[base + 2] = bytes.length;
    this.histogramWords[base + 3] = this.sampleCount;
    this.histogramTimes[HISTOGRAM_TIMES * count] = timestampMs;
    this.histogramTimes[HISTOGRAM_TIMES * count + 1] = startTimestampMs;
    this.histogramBytes.set(bytes, this.histogramBytesLength);
    this.histogramBytesLength += bytes.length;
    this.histogramCount++;
    return true;
  }

  histogramRef(histogramIndex: number): number {
    return this.histogramWords[histogramIndex * HISTOGRAM_WORDS]!;
  }

  setHistogramRef(histogramIndex: number, ref: number): void {
    this.histogramWords[histogramIndex * HISTOGRAM_WORDS] = ref;
  }

  /** Samples below this index were added before the histogram, the others after it. */
  histogramPlace(histogramIndex: number): number {
    return this.histogramWords[histogramIndex * HISTOGRAM_WORDS + 3]!;
  }

  histogramTimestampMs(histogramIndex: number): number {
    return this.histogramTimes[histogramIndex * HISTOGRAM_TIMES]!;
  }

  /** @returns 0 when it is not known */
  histogramStartMs(histogramIndex: number): number {
    return this.histogramTimes[histogramIndex * HISTOGRAM_TIMES + 1]!;
  }

  /** @returns canonical bytes; a view, valid until the batch is cleared or grows */
  unsafeViewHistogram(histogramIndex: number): Uint8Array {
    const offset = this.histogramWords[histogramIndex * HISTOGRAM_WORDS + 1]!;
    const length = this.histogramWords[histogramIndex * HISTOGRAM_WORDS + 2]!;
    return this.histogramBytes.subarray(offset, offset + length);
  }

  /** The filling thread calls this before it hands the batch over. */
  publish(): void {
    this.#header[0] = this.sampleCount;
    this.#header[1] = this.newSeriesCount;
    this.#header[2] = this.labelBytesLength;
    this.#header[3] = this.startCount;
    this.#header[4] = this.histogramCount;
    this.#header[5] = this.histogramBytesLength;
    this.extras.publish();
  }

  /** The reading thread calls this when it takes the batch: counts and grown memory become visible. */
  refresh(): void {
    this.#attachSamples();
    this.#attachSeries();
    this.#attachStarts();
    this.#attachHistograms();
    this.sampleCount = this.#header[0] ?? 0;
    this.newSeriesCount = this.#header[1] ?? 0;
    this.labelBytesLength = this.#header[2] ?? 0;
    this.startCount = this.#header[3] ?? 0;
    this.histogramCount = this.#header[4] ?? 0;
    this.histogramBytesLength = this.#header[5] ?? 0;
    this.extras.refresh();
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
  #attachStarts(): void {
    const { startTimestampMs } = this.memory;
    if (startTimestampMs.byteLength === this.startTimestampMs.byteLength) return;
    this.startTimestampMs = new Float64Array(startTimestampMs, 0, startTimestampMs.byteLength >>> 3);
  }

  #attachHistograms(): void {
    const { histogramWords, histogramTimes, histogramBytes } = this.memory;
    if (histogramWords.byteLength !== this.histogramWords.byteLength) {
      this.histogramWords = new Int32Array(histogramWords, 0, histogramWords.byteLength >>> 2);
    }
    if (histogramTimes.byteLength !== this.histogramTimes.byteLength) {
      this.histogramTimes = new Float64Array(histogramTimes, 0, histogramTimes.byteLength >>> 3);
    }
    if (histogramBytes.byteLength !== this.histogramBytes.byteLength) {
      this.histogramBytes = new Uint8Array(histogramBytes, 0, histogramBytes.byteLength);
    }
  }
}
