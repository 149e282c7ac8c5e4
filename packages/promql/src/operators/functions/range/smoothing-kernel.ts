/** double_exponential_smoothing (Holt's linear method). */
import type { SampleColumns } from '@promontory/model';
import { executionError } from '../../../evaluate/execution-error.ts';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { ScalarOperator } from '../../operator.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export class SmoothingKernel implements RangeKernel {
  readonly #smoothing: ScalarOperator;
  readonly #trend: ScalarOperator;
  #samples: SampleColumns | null = null;

  constructor(smoothing: ScalarOperator, trend: ScalarOperator) {
    this.#smoothing = smoothing;
    this.#trend = trend;
  }

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const value = this.#samples?.value;
    if (value === undefined) return;
    const smoothing = requireFactor('smoothing', this.#smoothing.values()[window.step]!);
    const trend = requireFactor('trend', this.#trend.values()[window.step]!);
    if (window.high - window.low < 2) return;
    let previous = 0;
    let smoothed = value[window.low]!;
    let slope = value[window.low + 1]! - value[window.low]!;
    for (let index = window.low + 1; index < window.high;) {
      const end = target.blocks.endOf(index, window.high);
      for (; index < end; index++) {
        if (index > window.low + 1) slope = trend * (smoothed - previous) + (1 - trend) * slope;
        const next = smoothing * value[index]! + (1 - smoothing) * (smoothed + slope);
        previous = smoothed;
        smoothed = next;
      }
    }
    target.set(window.step, smoothed);
  }
}

function requireFactor(name: 'smoothing' | 'trend', factor: number): number {
  // NaN is let through, as in Prometheus, and gives NaN.
  if (!(factor <= 0 || factor >= 1)) return factor;
  const short = name === 'smoothing' ? 'sf' : 'tf';
  throw executionError(`invalid ${name} factor. Expected: 0 < ${short} < 1, got: ${factor.toFixed(6)}`);
}
