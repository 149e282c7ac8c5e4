/**
 * One series as chunks in the order of time: floats and histograms take turns as their samples do, and no chunk
 * overlaps another.
 *
 * A chunk has at most 120 samples, as Prometheus's own do: readers seek by chunk and decode from its beginning, and what
 * comes after them in other systems expects chunks of that size. Longer ones would save 1 to 2 % of the bytes.
 */
import type { HistogramSample, SampleColumns } from '@promontory/model';
import { BitWriter } from './bit-writer.ts';
import { HistogramChunkEncoder } from './histogram-chunk.ts';
import { CHUNK_SAMPLES_MAX, HistogramRun } from './histogram-run.ts';
import { XorChunkEncoder } from './xor-chunk.ts';
import type { WireChunkEncoding } from '../proto/read-response.ts';
import { sampleBounds, type SeriesSamples } from '../sample-range.ts';

/** One a thread, used for series after series: its buffers stay. */
export class SeriesChunks {
  /** Of the chunk that `next` made last. */
  encoding: WireChunkEncoding = 'unknown';
  startMsInclusive = 0;
  endMsInclusive = 0;
  readonly #writer = new BitWriter();
  readonly #xor = new XorChunkEncoder();
  readonly #histogramEncoder = new HistogramChunkEncoder();
  readonly #run = new HistogramRun();
  #samples: SeriesSamples | null = null;
  #float = 0;
  #floatEnd = 0;
  #histogram = 0;
  #histogramEnd = 0;

  /** How many samples of the range are in no chunk yet. */
  get samplesLeft(): number {
    return this.#floatEnd - this.#float + this.#histogramEnd - this.#histogram;
  }

  /** Begins with a series; samples outside the range are left out. */
  start(samples: SeriesSamples): void {
    const { floatStart, floatEnd, histogramStart, histogramEnd } = sampleBounds(samples);
    this.#samples = samples;
    this.#float = floatStart;
    this.#floatEnd = floatEnd;
    this.#histogram = histogramStart;
    this.#histogramEnd = histogramEnd;
  }

  /** @returns false at the end of the series; else there is one more chunk */
  next(): boolean {
    const samples = this.#samples;
    if (samples === null || this.samplesLeft === 0) {
      this.#samples = null;
      return false;
    }
    const { floats, histograms } = samples;
    const floatMs =
      this.#float < this.#floatEnd ? floats.timestampMs[this.#float]! : Number.POSITIVE_INFINITY;
    const histogramMs =
      this.#histogram < this.#histogramEnd
        ? histograms[this.#histogram]!.timestampMs
        : Number.POSITIVE_INFINITY;
    if (floatMs < histogramMs) this.#nextFloats(floats, histogramMs);
    else this.#nextHistograms(histograms, floatMs);
    return true;
  }

  /** @returns the chunk that `next` made; the memory of this object, until the next call of `next` or `start` */
  unsafeView(): Uint8Array {
    return this.#writer.unsafeView();
  }

  #nextFloats(floats: SampleColumns, beforeMs: number): void {
    const start = this.#float;
    let end = Math.min(this.#floatEnd, start + CHUNK_SAMPLES_MAX);
    while (end > start + 1 && floats.timestampMs[end - 1]! >= beforeMs) end--;
    this.#xor.encode(floats, start, end, this.#writer);
    this.#float = end;
    this.encoding = 'xor';
    this.startMsInclusive = floats.timestampMs[start]!;
    this.endMsInclusive = floats.timestampMs[end - 1]!;
  }

  #nextHistograms(histograms: readonly HistogramSample[], beforeMs: number): void {
    const start = this.#histogram;
    let end = Math.min(this.#histogramEnd, start + CHUNK_SAMPLES_MAX);
    while (end > start + 1 && histograms[end - 1]!.timestampMs >= beforeMs) end--;
    end = this.#run.plan(histograms, start, end);
    this.#histogramEncoder.encode(histograms, [start, end], this.#run, this.#writer);
    this.#histogram = end;
    const first = histograms[start]!;
    this.encoding = first.histogram.isInteger ? 'histogram' : 'float-histogram';
    this.startMsInclusive = first.timestampMs;
    this.endMsInclusive = histograms[end - 1]!.timestampMs;
  }
}
