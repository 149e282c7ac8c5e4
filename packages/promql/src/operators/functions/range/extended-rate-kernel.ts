/**
 * rate, increase and delta over anchored and smoothed windows: the difference of the values at the window's ends,
 * with what counter resets hid added back. Nothing is extrapolated.
 */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { interpolateFloats } from './interpolate.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';
import { findEnds, type WindowEnds } from './window-ends.ts';

export interface ExtendedRateOptions {
  readonly isCounter: boolean;
  readonly isPerSecond: boolean;
  /** Smoothed, or else anchored. */
  readonly isSmoothed: boolean;
}

export class ExtendedRateKernel implements RangeKernel {
  readonly #options: ExtendedRateOptions;
  readonly #ends: WindowEnds = { first: 0, last: 0 };
  #floats: SampleColumns | null = null;

  constructor(options: ExtendedRateOptions) {
    this.#options = options;
  }

  begin({ floats }: KernelInput): void {
    this.#floats = floats;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const floats = this.#floats;
    if (floats === null) return;
    const { isCounter, isPerSecond, isSmoothed } = this.#options;
    const timestampAt = (index: number): number => floats.timestampMs[index]!;
    if (!findEnds(timestampAt, window, window, isSmoothed, this.#ends)) return;
    const { first, last } = this.#ends;
    const left =
      isSmoothed && timestampAt(first) < window.startMs
        ? interpolateFloats(floats, first, window.startMs, isCounter)
        : floats.value[first]!;
    const right =
      isSmoothed && timestampAt(last) > window.endMs
        ? interpolateFloats(floats, last - 1, window.endMs, isCounter)
        : floats.value[last]!;
    let increase = right - left;
    if (isCounter) increase += this.#resets(floats, window, left, right);
    const rangeSeconds = (window.endMs - window.startMs) / 1000;
    target.set(window.step, isPerSecond ? increase / rangeSeconds : increase);
  }

  /** What resets hid between the ends; the values at the ends already know of resets at the ends. */
  #resets({ timestampMs, value }: SampleColumns, window: SampleWindow, left: number, right: number): number {
    const { first, last } = this.#ends;
    const from = timestampMs[first]! <= window.startMs ? first + 1 : first;
    const to = timestampMs[last]! >= window.endMs ? last - 1 : last;
    let hidden = 0;
    let previous = left;
    for (let index = from; index <= to; index++) {
      const current = value[index]!;
      if (current < previous) hidden += previous;
      previous = current;
    }
    return right < previous ? hidden + previous : hidden;
  }
}
