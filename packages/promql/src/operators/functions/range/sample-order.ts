/** Walks floats and histograms together, in the order of time. */
import type { NativeHistogram } from '@promontory/model';
import type { KernelInput } from './range-kernel.ts';

/** One sample of either kind. One object per walk, changed in place. */
export interface OrderedSample {
  timestampMs: number;
  /** Of no meaning when there is a histogram. */
  value: number;
  histogram: NativeHistogram | null;
  /** 0 when not known. */
  startMs: number;
}

export function emptySample(): OrderedSample {
  return { timestampMs: 0, value: 0, histogram: null, startMs: 0 };
}

export class SampleOrder {
  #input: KernelInput | null = null;
  #float = 0;
  #floatEnd = 0;
  #histogram = 0;
  #histogramEnd = 0;

  /** Starts before the floats from `low` to before `high`, and the histograms likewise. */
  begin(input: KernelInput, low: number, high: number, histogramLow: number, histogramHigh: number): void {
    this.#input = input;
    this.#float = low;
    this.#floatEnd = high;
    this.#histogram = histogramLow;
    this.#histogramEnd = histogramHigh;
  }

  /** @returns false after the last sample; `target` is unchanged then */
  next(target: OrderedSample): boolean {
    if (this.#input === null) return false;
    const { floats, histograms, floatStartsMs, histogramStartsMs } = this.#input;
    const hasFloat = this.#float < this.#floatEnd;
    const histogram = this.#histogram < this.#histogramEnd ? histograms[this.#histogram] : undefined;
    if (hasFloat && (histogram === undefined || floats.timestampMs[this.#float]! < histogram.timestampMs)) {
      target.timestampMs = floats.timestampMs[this.#float]!;
      target.value = floats.value[this.#float]!;
      target.histogram = null;
      target.startMs = floatStartsMs?.[this.#float] ?? 0;
      this.#float++;
      return true;
    }
    if (histogram === undefined) return false;
    target.timestampMs = histogram.timestampMs;
    target.histogram = histogram.histogram;
    target.startMs = histogramStartsMs?.[this.#histogram] ?? 0;
    this.#histogram++;
    return true;
  }
}
