/** The samples of a chunk of float histograms, behind its layout; see histogram-chunk.ts. */
import { type HistogramBuckets, type NativeHistogram } from '@promontory/model';
import { type BitReader, invalidChunk } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { DoubleWords } from './double-words.ts';
import type { HistogramLayout, LayoutSpans } from './histogram-layout.ts';
import type { HistogramRun } from './histogram-run.ts';
import type { DecodedHistogram, HistogramReader, HistogramWriter } from './histogram-samples.ts';
import { XorValue } from './xor-value.ts';

const VALUE_BITS = 64;

export class FloatHistogramWriter implements HistogramWriter {
  readonly #count = new XorValue();
  readonly #zeroCount = new XorValue();
  readonly #sum = new XorValue();
  readonly #words = new DoubleWords();
  readonly #buckets: XorValue[] = [];
  #counts = new Float64Array(0);

  writeFirst(writer: BitWriter, histogram: NativeHistogram, run: HistogramRun): void {
    const { bucketCount } = run;
    if (bucketCount > this.#counts.length) this.#counts = new Float64Array(2 * bucketCount);
    while (this.#buckets.length < bucketCount) this.#buckets.push(new XorValue());
    const words = this.#words;
    this.#writeFirstValue(writer, this.#count, histogram.count);
    this.#writeFirstValue(writer, this.#zeroCount, histogram.zeroCount);
    this.#setSum(histogram);
    this.#sum.writeFirst(writer, words.high, words.low);
    run.spread(histogram, this.#counts);
    for (let at = 0; at < bucketCount; at++) {
      this.#writeFirstValue(writer, this.#buckets[at]!, this.#counts[at]!);
    }
  }

  write(writer: BitWriter, histogram: NativeHistogram, run: HistogramRun): void {
    // Counts of a marker mean nothing: they stay as they were.
    if (histogram.isStale) writer.bits(0, 2);
    else {
      this.#writeValue(writer, this.#count, histogram.count);
      this.#writeValue(writer, this.#zeroCount, histogram.zeroCount);
    }
    this.#setSum(histogram);
    this.#sum.write(writer, this.#words.high, this.#words.low);
    if (histogram.isStale) return;
    run.spread(histogram, this.#counts);
    for (let at = 0; at < run.bucketCount; at++) {
      this.#writeValue(writer, this.#buckets[at]!, this.#counts[at]!);
    }
  }

  #writeFirstValue(writer: BitWriter, state: XorValue, value: number): void {
    this.#words.value = value;
    state.writeFirst(writer, this.#words.high, this.#words.low);
  }

  #writeValue(writer: BitWriter, state: XorValue, value: number): void {
    this.#words.value = value;
    state.write(writer, this.#words.high, this.#words.low);
  }

  #setSum({ isStale, sum }: NativeHistogram): void {
    if (isStale) this.#words.setStale();
    else this.#words.value = sum;
  }
}

export class FloatHistogramReader implements HistogramReader {
  readonly #layout: HistogramLayout;
  readonly #count = new XorValue();
  readonly #zeroCount = new XorValue();
  readonly #sum = new XorValue();
  readonly #words = new DoubleWords();
  readonly #buckets: readonly XorValue[];

  /** @throws PromontoryError ERR_CHUNK_INVALID when the buckets cannot be in what is left */
  constructor(layout: HistogramLayout, bitsLeft: number) {
    const bucketCount = layout.positive.bucketCount + layout.negative.bucketCount;
    if (bucketCount * VALUE_BITS > bitsLeft) {
      throw invalidChunk(`${bucketCount} buckets do not fit into it`);
    }
    this.#layout = layout;
    this.#buckets = Array.from({ length: bucketCount }, () => new XorValue());
  }

  readFirst(reader: BitReader): DecodedHistogram | null {
    this.#count.readFirst(reader);
    this.#zeroCount.readFirst(reader);
    this.#sum.readFirst(reader);
    for (const bucket of this.#buckets) bucket.readFirst(reader);
    return this.#isStale() ? null : this.#decoded();
  }

  read(reader: BitReader): DecodedHistogram | null {
    this.#count.read(reader);
    this.#zeroCount.read(reader);
    this.#sum.read(reader);
    if (this.#isStale()) return null;
    for (const bucket of this.#buckets) bucket.read(reader);
    return this.#decoded();
  }

  #isStale(): boolean {
    return this.#words.setWords(this.#sum.high, this.#sum.low).isStale;
  }

  #decoded(): DecodedHistogram {
    const { positive, negative } = this.#layout;
    return {
      count: this.#number(this.#count),
      zeroCount: this.#number(this.#zeroCount),
      sum: this.#number(this.#sum),
      positive: this.#bucketsOf(positive, 0),
      negative: this.#bucketsOf(negative, positive.bucketCount),
    };
  }

  #bucketsOf({ spanOffsets, spanLengths, bucketCount }: LayoutSpans, start: number): HistogramBuckets {
    const counts = new Float64Array(bucketCount);
    for (let at = 0; at < bucketCount; at++) counts[at] = this.#number(this.#buckets[start + at]!);
    return { spanOffsets, spanLengths, counts };
  }

  #number({ high, low }: XorValue): number {
    return this.#words.setWords(high, low).value;
  }
}
