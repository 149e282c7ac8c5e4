/** The samples of a chunk of integer histograms, behind its layout; see histogram-chunk.ts. */
import { type HistogramBuckets, type NativeHistogram } from '@promontory/model';
import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { DoubleWords } from './double-words.ts';
import type { HistogramLayout, LayoutSpans } from './histogram-layout.ts';
import type { HistogramRun } from './histogram-run.ts';
import type { DecodedHistogram, HistogramReader, HistogramWriter } from './histogram-samples.ts';
import { readVarbitInt, readVarbitUint, writeVarbitInt, writeVarbitUint } from './varbit.ts';
import { XorValue } from './xor-value.ts';

/** A whole number and how it changed last. */
class Stepped {
  value = 0;
  step = 0;

  start(value: number): void {
    this.value = value;
    this.step = 0;
  }

  /** @returns the change of the change */
  moveTo(value: number): number {
    const step = value - this.value;
    const change = step - this.step;
    this.value = value;
    this.step = step;
    return change;
  }

  moveBy(change: number): void {
    this.step += change;
    this.value += this.step;
  }
}

export class IntegerHistogramWriter implements HistogramWriter {
  readonly #sum = new XorValue();
  readonly #words = new DoubleWords();
  readonly #count = new Stepped();
  readonly #zeroCount = new Stepped();
  /** Differences of neighbouring buckets, and how they changed last. */
  #differences = new Float64Array(0);
  #steps = new Float64Array(0);
  #counts = new Float64Array(0);

  writeFirst(writer: BitWriter, histogram: NativeHistogram, run: HistogramRun): void {
    const { bucketCount } = run;
    if (bucketCount > this.#counts.length) {
      this.#differences = new Float64Array(2 * bucketCount);
      this.#steps = new Float64Array(2 * bucketCount);
      this.#counts = new Float64Array(2 * bucketCount);
    }
    this.#count.start(histogram.count);
    this.#zeroCount.start(histogram.zeroCount);
    writeVarbitUint(writer, histogram.count);
    writeVarbitUint(writer, histogram.zeroCount);
    this.#setSum(histogram);
    this.#sum.writeFirst(writer, this.#words.high, this.#words.low);
    run.spread(histogram, this.#counts);
    for (let at = 0; at < bucketCount; at++) {
      const difference = this.#differenceAt(at, run);
      this.#differences[at] = difference;
      this.#steps[at] = 0;
      writeVarbitInt(writer, difference);
    }
  }

  write(writer: BitWriter, histogram: NativeHistogram, run: HistogramRun): void {
    this.#setSum(histogram);
    if (histogram.isStale) {
      // Counts of a marker mean nothing: they go on as they were.
      writer.bits(0, 2);
      this.#sum.write(writer, this.#words.high, this.#words.low);
      return;
    }
    writeVarbitInt(writer, this.#count.moveTo(histogram.count));
    writeVarbitInt(writer, this.#zeroCount.moveTo(histogram.zeroCount));
    this.#sum.write(writer, this.#words.high, this.#words.low);
    run.spread(histogram, this.#counts);
    const differences = this.#differences;
    const steps = this.#steps;
    for (let at = 0; at < run.bucketCount; at++) {
      const difference = this.#differenceAt(at, run);
      const step = difference - differences[at]!;
      writeVarbitInt(writer, step - steps[at]!);
      differences[at] = difference;
      steps[at] = step;
    }
  }

  #setSum({ isStale, sum }: NativeHistogram): void {
    if (isStale) this.#words.setStale();
    else this.#words.value = sum;
  }

  /** To the bucket before of the same sign, or to 0. */
  #differenceAt(at: number, run: HistogramRun): number {
    const isFirst = at === 0 || at === run.positive.count;
    return this.#counts[at]! - (isFirst ? 0 : this.#counts[at - 1]!);
  }
}

export class IntegerHistogramReader implements HistogramReader {
  readonly #layout: HistogramLayout;
  readonly #sum = new XorValue();
  readonly #words = new DoubleWords();
  readonly #count = new Stepped();
  readonly #zeroCount = new Stepped();
  readonly #differences: Float64Array;
  readonly #steps: Float64Array;

  constructor(layout: HistogramLayout) {
    const bucketCount = layout.positive.bucketCount + layout.negative.bucketCount;
    this.#layout = layout;
    this.#differences = new Float64Array(bucketCount);
    this.#steps = new Float64Array(bucketCount);
  }

  readFirst(reader: BitReader): DecodedHistogram | null {
    this.#count.start(readVarbitUint(reader));
    this.#zeroCount.start(readVarbitUint(reader));
    this.#sum.readFirst(reader);
    for (let at = 0; at < this.#differences.length; at++) this.#differences[at] = readVarbitInt(reader);
    return this.#words.setWords(this.#sum.high, this.#sum.low).isStale ? null : this.#decoded();
  }

  read(reader: BitReader): DecodedHistogram | null {
    this.#count.moveBy(readVarbitInt(reader));
    this.#zeroCount.moveBy(readVarbitInt(reader));
    this.#sum.read(reader);
    if (this.#words.setWords(this.#sum.high, this.#sum.low).isStale) return null;
    const differences = this.#differences;
    const steps = this.#steps;
    for (let at = 0; at < differences.length; at++) {
      steps[at] = steps[at]! + readVarbitInt(reader);
      differences[at] = differences[at]! + steps[at]!;
    }
    return this.#decoded();
  }

  #decoded(): DecodedHistogram {
    const { positive, negative } = this.#layout;
    return {
      count: this.#count.value,
      zeroCount: this.#zeroCount.value,
      sum: this.#words.value,
      positive: this.#buckets(positive, 0),
      negative: this.#buckets(negative, positive.bucketCount),
    };
  }

  #buckets({ spanOffsets, spanLengths, bucketCount }: LayoutSpans, start: number): HistogramBuckets {
    const counts = new Float64Array(bucketCount);
    let count = 0;
    for (let at = 0; at < bucketCount; at++) {
      count += this.#differences[start + at]!;
      counts[at] = count;
    }
    return { spanOffsets, spanLengths, counts };
  }
}
