/**
 * What travels with the samples of a batch: exemplars and metadata, as columns in shared memory.
 *
 * Exemplar number k has three words in `exemplarWords` (the ref of its series, as for samples; offset and length of
 * its canonical label bytes in `bytes`) and two numbers in `exemplarNumbers` (timestamp in ms, value). Metadata number
 * k has five words in `metadataWords`: the index of its type, and where its texts (metric name, unit, help, one after
 * another) begin in `bytes` and how long each is.
 *
 * Memory and hand-over as for the samples (sample-batch.ts).
 */
import { allocateColumn, tryGrowColumn } from './growable-column.ts';
import { METRIC_TYPES, type MetricMetadata, type MetricType } from './metric-type.ts';

const HEADER_WORDS = 4;
const EXEMPLAR_WORDS = 3;
const EXEMPLAR_NUMBERS = 2;
const METADATA_WORDS = 5;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export interface BatchExtrasMemory {
  readonly header: SharedArrayBuffer;
  readonly exemplarWords: SharedArrayBuffer;
  readonly exemplarNumbers: SharedArrayBuffer;
  readonly metadataWords: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

/**
 * @param countMax most exemplars, and as many metadata
 * @param bytesMax of labels and texts together
 */
export function allocateBatchExtras(countMax: number, bytesMax: number): BatchExtrasMemory {
  return {
    header: new SharedArrayBuffer(HEADER_WORDS * 4),
    exemplarWords: allocateColumn(0, countMax * EXEMPLAR_WORDS * 4),
    exemplarNumbers: allocateColumn(0, countMax * EXEMPLAR_NUMBERS * 8),
    metadataWords: allocateColumn(0, countMax * METADATA_WORDS * 4),
    bytes: allocateColumn(0, bytesMax),
  };
}

export class BatchExtras {
  exemplarCount = 0;
  metadataCount = 0;
  #bytesLength = 0;
  readonly #memory: BatchExtrasMemory;
  readonly #header: Int32Array;
  #exemplarWords: Int32Array;
  #exemplarNumbers: Float64Array;
  #metadataWords: Int32Array;
  #bytes: Uint8Array;

  constructor(memory: BatchExtrasMemory) {
    this.#memory = memory;
    this.#header = new Int32Array(memory.header);
    this.#exemplarWords = wordsOf(memory.exemplarWords);
    this.#exemplarNumbers = numbersOf(memory.exemplarNumbers);
    this.#metadataWords = wordsOf(memory.metadataWords);
    this.#bytes = bytesOf(memory.bytes);
  }

  clear(): void {
    this.exemplarCount = 0;
    this.metadataCount = 0;
    this.#bytesLength = 0;
  }

  /**
   * @param ref of a known or a new series of the batch
   * @param labelBytes canonical; copied
   * @returns false when a bound is reached; nothing changes then
   */
  tryAddExemplar(ref: number, timestampMs: number, value: number, labelBytes: Uint8Array): boolean {
    const { exemplarWords, exemplarNumbers } = this.#memory;
    const index = this.exemplarCount;
    const hasRoom =
      tryGrowColumn(exemplarWords, (index + 1) * EXEMPLAR_WORDS * 4) &&
      tryGrowColumn(exemplarNumbers, (index + 1) * EXEMPLAR_NUMBERS * 8) &&
      this.#tryReserve(labelBytes.length);
    if (!hasRoom) return false;
    this.#attach();
    const words = this.#exemplarWords;
    const base = index * EXEMPLAR_WORDS;
    words[base] = ref;
    words[base + 1] = this.#bytesLength;
    words[base + 2] = labelBytes.length;
    this.#exemplarNumbers[EXEMPLAR_NUMBERS * index] = timestampMs;
    this.#exemplarNumbers[EXEMPLAR_NUMBERS * index + 1] = value;
    this.#append(labelBytes);
    this.exemplarCount++;
    return true;
  }

  /**
   * The texts are UTF-8, whether valid is not checked here; they are copied.
   *
   * @returns false when a bound is reached; nothing changes then
   */
  tryAddMetadata(type: MetricType, metricName: Uint8Array, unit: Uint8Array, help: Uint8Array): boolean {
    const index = this.metadataCount;
    const hasRoom =
      tryGrowColumn(this.#memory.metadataWords, (index + 1) * METADATA_WORDS * 4) &&
      this.#tryReserve(metricName.length + unit.length + help.length);
    if (!hasRoom) return false;
    this.#attach();
    const words = this.#metadataWords;
    const base = index * METADATA_WORDS;
    words[base] = METRIC_TYPES.indexOf(type);
    words[base + 1] = this.#bytesLength;
    words[base + 2] = metricName.length;
    words[base + 3] = unit.length;
    words[base + 4] = help.length;
    this.#append(metricName);
    this.#append(unit);
    this.#append(help);
    this.metadataCount++;
    return true;
  }

  exemplarRef(index: number): number {
    return this.#exemplarWords[index * EXEMPLAR_WORDS]!;
  }

  setExemplarRef(index: number, ref: number): void {
    this.#exemplarWords[index * EXEMPLAR_WORDS] = ref;
  }

  exemplarTimestampMs(index: number): number {
    return this.#exemplarNumbers[index * EXEMPLAR_NUMBERS]!;
  }

  exemplarValue(index: number): number {
    return this.#exemplarNumbers[index * EXEMPLAR_NUMBERS + 1]!;
  }

  /** @returns canonical bytes; a view, valid until the batch is cleared or grows */
  unsafeViewExemplarLabels(index: number): Uint8Array {
    const offset = this.#exemplarWords[index * EXEMPLAR_WORDS + 1]!;
    return this.#bytes.subarray(offset, offset + this.#exemplarWords[index * EXEMPLAR_WORDS + 2]!);
  }

  metadataMetricName(index: number): string {
    return this.#text(index, 0);
  }

  metadata(index: number): MetricMetadata {
    const type = METRIC_TYPES[this.#metadataWords[index * METADATA_WORDS]!] ?? 'unknown';
    return { type, unit: this.#text(index, 1), help: this.#text(index, 2) };
  }

  publish(): void {
    this.#header[0] = this.exemplarCount;
    this.#header[1] = this.metadataCount;
    this.#header[2] = this.#bytesLength;
  }

  refresh(): void {
    this.#attach();
    this.exemplarCount = this.#header[0]!;
    this.metadataCount = this.#header[1]!;
    this.#bytesLength = this.#header[2]!;
  }

  /** @param which of the three texts */
  #text(index: number, which: 0 | 1 | 2): string {
    const words = this.#metadataWords;
    const base = index * METADATA_WORDS;
    let start = words[base + 1]!;
    for (let text = 0; text < which; text++) start += words[base + 2 + text]!;
    // A copy: text is not decoded from shared memory.
    return decoder.decode(this.#bytes.slice(start, start + words[base + 2 + which]!));
  }

  #tryReserve(byteCount: number): boolean {
    return tryGrowColumn(this.#memory.bytes, this.#bytesLength + byteCount);
  }

  #append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#bytesLength);
    this.#bytesLength += bytes.length;
  }

  #attach(): void {
    const { exemplarWords, exemplarNumbers, metadataWords, bytes } = this.#memory;
    if (exemplarWords.byteLength !== this.#exemplarWords.byteLength)
      this.#exemplarWords = wordsOf(exemplarWords);
    if (exemplarNumbers.byteLength !== this.#exemplarNumbers.byteLength)
      this.#exemplarNumbers = numbersOf(exemplarNumbers);
    if (metadataWords.byteLength !== this.#metadataWords.byteLength)
      this.#metadataWords = wordsOf(metadataWords);
    if (bytes.byteLength !== this.#bytes.byteLength) this.#bytes = bytesOf(bytes);
  }
}

/** Of a fixed length: views that follow a growing buffer are slow. */
function wordsOf(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength >>> 2);
}

function numbersOf(memory: SharedArrayBuffer): Float64Array {
  return new Float64Array(memory, 0, memory.byteLength >>> 3);
}

function bytesOf(memory: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(memory, 0, memory.byteLength);
}
