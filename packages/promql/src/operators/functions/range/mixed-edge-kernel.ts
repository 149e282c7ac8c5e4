/** count_over_time and its kin where native histograms are: they look at the ends of the window, or at its length. */
import { unreachable } from '@promontory/base';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { EdgeFunction } from './edge-kernels.ts';
import type { HistogramKernel, KernelInput, SampleWindow } from './range-kernel.ts';

export class MixedEdgeKernel implements HistogramKernel {
  readonly #function: EdgeFunction;
  #input: KernelInput | null = null;

  constructor(edgeFunction: EdgeFunction) {
    this.#function = edgeFunction;
  }

  begin(input: KernelInput): void {
    this.#input = input;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#input === null) return;
    const { step, low, high, histogramLow, histogramHigh } = window;
    switch (this.#function) {
      case 'count_over_time':
        return target.set(step, high - low + histogramHigh - histogramLow);
      case 'present_over_time':
        return target.set(step, 1);
      case 'first_over_time':
      case 'ts_of_first_over_time':
        return this.#setFirst(this.#input, window, target);
      case 'last_over_time':
      case 'ts_of_last_over_time':
        return this.#setLast(this.#input, window, target);
      default:
        return unreachable(this.#function);
    }
  }

  #setFirst({ floats, histograms }: KernelInput, window: SampleWindow, target: StepColumn): void {
    const { low, high, histogramLow } = window;
    const floatMs = low < high ? floats.timestampMs[low]! : Infinity;
    const histogram = histograms[histogramLow]!;
    if (this.#function !== 'first_over_time') {
      target.set(window.step, Math.min(floatMs, histogram.timestampMs) / 1000);
    } else if (floatMs < histogram.timestampMs) target.set(window.step, floats.value[low]!);
    else target.setHistogram(window.step, histogram.histogram);
  }

  #setLast({ floats, histograms }: KernelInput, window: SampleWindow, target: StepColumn): void {
    const { low, high, histogramHigh } = window;
    const floatMs = low < high ? floats.timestampMs[high - 1]! : -Infinity;
    const histogram = histograms[histogramHigh - 1]!;
    if (this.#function !== 'last_over_time') {
      target.set(window.step, Math.max(floatMs, histogram.timestampMs) / 1000);
    } else if (floatMs > histogram.timestampMs) target.set(window.step, floats.value[high - 1]!);
    else target.setHistogram(window.step, histogram.histogram);
  }
}
