/**
 * The samples of pending records, found by series: floats are chained through flat columns, newest record first, one
 * chain a slot that some refs share.
 */
import { decodeHistogram, type HistogramSample, type SampleBatch, SampleColumns } from '@promontory/model';

const SLOT_MASK = 0xffff;
const NO_HISTOGRAMS: readonly HistogramSample[] = [];

export class PendingSamples {
  readonly #floats = new SampleColumns();
  /** Of the floats. */
  #refs = new Int32Array(this.#floats.timestampMs.length);
  /** By float: 1 + the one before it in its chain, 0 for none. */
  #before = new Int32Array(this.#floats.timestampMs.length);
  /** By slot: 1 + the last float of its chain, 0 for none. */
  readonly #last = new Int32Array(SLOT_MASK + 1);
  readonly #histograms = new Map<number, HistogramSample[]>();

  /** Copies all that a decoded record holds. */
  add(batch: SampleBatch): void {
    this.#reserve(this.#floats.count + batch.sampleCount);
    for (let index = 0; index < batch.sampleCount; index++) this.#addFloat(batch, index);
    for (let index = 0; index < batch.histogramCount; index++) {
      const ref = batch.histogramRef(index);
      let samples = this.#histograms.get(ref);
      if (samples === undefined) this.#histograms.set(ref, (samples = []));
      const histogram = decodeHistogram(batch.unsafeViewHistogram(index));
      samples.push({ timestampMs: batch.histogramTimestampMs(index), histogram });
    }
  }

  /** Appends the series' floats at or after `fromMs`, in no order. */
  readFrom(ref: number, fromMs: number, target: SampleColumns): void {
    const { timestampMs, valueWords } = this.#floats;
    for (let next = this.#last[ref & SLOT_MASK]!; next > 0; next = this.#before[next - 1]!) {
      const index = next - 1;
      if (this.#refs[index] !== ref || timestampMs[index]! < fromMs) continue;
      const { count } = target;
      target.reserve(count + 1);
      target.timestampMs[count] = timestampMs[index]!;
      target.valueWords[2 * count] = valueWords[2 * index]!;
      target.valueWords[2 * count + 1] = valueWords[2 * index + 1]!;
      target.count++;
    }
  }

  /** The series' histograms at or after `fromMs`, in no order. */
  readHistogramsFrom(ref: number, fromMs: number): HistogramSample[] {
    const samples = this.#histograms.get(ref) ?? NO_HISTOGRAMS;
    return samples.filter(({ timestampMs }) => timestampMs >= fromMs);
  }

  #addFloat(batch: SampleBatch, index: number): void {
    const floats = this.#floats;
    const ref = batch.ref[index]!;
    const at = floats.count++;
    floats.timestampMs[at] = batch.timestampMs[index]!;
    floats.valueWords[2 * at] = batch.valueWords[2 * index]!;
    floats.valueWords[2 * at + 1] = batch.valueWords[2 * index + 1]!;
    this.#refs[at] = ref;
    this.#before[at] = this.#last[ref & SLOT_MASK]!;
    this.#last[ref & SLOT_MASK] = at + 1;
  }

  #reserve(count: number): void {
    this.#floats.reserve(count);
    this.#refs = grown(this.#refs, this.#floats.timestampMs.length);
    this.#before = grown(this.#before, this.#floats.timestampMs.length);
  }
}

function grown(words: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length === words.length) return words;
  const copy = new Int32Array(length);
  copy.set(words);
  return copy;
}
