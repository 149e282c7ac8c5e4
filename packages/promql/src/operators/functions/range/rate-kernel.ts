// HOT PATH: one comparison a sample to find the resets, 15 ns a window, no allocation once grown.
/**
 * rate, increase and delta: the difference of the last and the first sample in the window, with what counter
 * resets hid added back, extrapolated to the window's ends as Prometheus does it.
 *
 * The positions of all resets are found once per series; two advancing indices then give the resets inside a
 * window, which are added in the order of time so that the sum is the one of a scan of the window.
 */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { RangeKernel, SampleWindow } from './range-kernel.ts';

/** Up to this many average intervals from an end, the series is taken to reach it. */
const EXTRAPOLATION_INTERVALS = 1.1;

export class RateKernel implements RangeKernel {
  readonly #isCounter: boolean;
  readonly #isPerSecond: boolean;
  #samples: SampleColumns | null = null;
  /** Indices of samples smaller than the one before. */
  #resets = new Int32Array(16);
  #resetCount = 0;
  #firstReset = 0;

  /**
   * @param isCounter correct for resets (rate, increase) or not (delta)
   * @param isPerSecond divide by the range (rate)
   */
  constructor(isCounter: boolean, isPerSecond: boolean) {
    this.#isCounter = isCounter;
    this.#isPerSecond = isPerSecond;
  }

  begin(samples: SampleColumns): void {
    this.#samples = samples;
    this.#resetCount = 0;
    this.#firstReset = 0;
    if (this.#isCounter) this.#findResets(samples);
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const samples = this.#samples;
    const { low, high } = window;
    if (samples === null || high - low < 2) return;
    const { timestampMs, value } = samples;
    const first = value[low]!;
    let increase = value[high - 1]! - first;
    if (this.#resetCount > 0) increase = this.#addResets(increase, window);
    const sampledSeconds = (timestampMs[high - 1]! - timestampMs[low]!) / 1000;
    const averageSeconds = sampledSeconds / (high - low - 1);
    const limitSeconds = averageSeconds * EXTRAPOLATION_INTERVALS;
    let startSeconds = (timestampMs[low]! - window.startMs) / 1000;
    if (startSeconds >= limitSeconds) startSeconds = averageSeconds / 2;
    if (this.#isCounter && increase > 0 && first >= 0) {
      // A counter cannot have been negative: it started where its slope meets zero.
      const zeroSeconds = sampledSeconds * (first / increase);
      if (zeroSeconds < startSeconds) startSeconds = zeroSeconds;
    }
    let endSeconds = (window.endMs - timestampMs[high - 1]!) / 1000;
    if (endSeconds >= limitSeconds) endSeconds = averageSeconds / 2;
    let factor = (sampledSeconds + startSeconds + endSeconds) / sampledSeconds;
    if (this.#isPerSecond) factor /= (window.endMs - window.startMs) / 1000;
    target.set(window.step, increase * factor);
  }

  #addResets(increase: number, window: SampleWindow): number {
    const resets = this.#resets;
    const value = this.#samples?.value;
    if (value === undefined) return increase;
    while (this.#firstReset < this.#resetCount && resets[this.#firstReset]! <= window.low) this.#firstReset++;
    let corrected = increase;
    for (let index = this.#firstReset; index < this.#resetCount; index++) {
      const position = resets[index]!;
      if (position >= window.high) break;
      corrected += value[position - 1]!;
    }
    return corrected;
  }

  #findResets(samples: SampleColumns): void {
    const { value, count } = samples;
    let resetCount = 0;
    for (let index = 1; index < count; index++) {
      if (!(value[index]! < value[index - 1]!)) continue;
      if (resetCount === this.#resets.length) this.#growResets();
      this.#resets[resetCount++] = index;
    }
    this.#resetCount = resetCount;
  }

  #growResets(): void {
    const grown = new Int32Array(this.#resets.length * 2);
    grown.set(this.#resets);
    this.#resets = grown;
  }
}
