/**
 * rate, increase and delta over anchored and smoothed windows: the difference of the values at the window's ends,
 * with what counter resets hid added back. Nothing is extrapolated.
 */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { interpolateFloats } from './interpolate.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';
import { SamplePositions } from './sample-positions.ts';
import { WindowEnds } from './window-ends.ts';

export interface ExtendedRateOptions {
  readonly isCounter: boolean;
  readonly isPerSecond: boolean;
  /** Smoothed, or else anchored. */
  readonly isSmoothed: boolean;
}

export class ExtendedRateKernel implements RangeKernel {
  readonly #options: ExtendedRateOptions;
  readonly #ends: WindowEnds;
  readonly #resets = new SamplePositions();
  #floats: SampleColumns | null = null;

  constructor(options: ExtendedRateOptions) {
    this.#options = options;
    this.#ends = new WindowEnds(options.isSmoothed);
  }

  begin({ floats, blocks }: KernelInput): void {
    this.#floats = floats;
    this.#resets.clear();
    if (this.#options.isCounter) this.#resets.addDecreases(floats.value, floats.count, blocks);
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const floats = this.#floats;
    if (floats === null) return;
    const { isCounter, isPerSecond, isSmoothed } = this.#options;
    const { timestampMs } = floats;
    if (!this.#ends.find(timestampMs, window.low, window.high, window)) return;
    const { first, last } = this.#ends;
    const left =
      isSmoothed && timestampMs[first]! < window.startMs
        ? interpolateFloats(floats, first, window.startMs, isCounter)
        : floats.value[first]!;
    const right =
      isSmoothed && timestampMs[last]! > window.endMs
        ? interpolateFloats(floats, last - 1, window.endMs, isCounter)
        : floats.value[last]!;
    let increase = right - left;
    if (isCounter) increase += this.#hidden(floats, window, left, right);
    const rangeSeconds = (window.endMs - window.startMs) / 1000;
    target.set(window.step, isPerSecond ? increase / rangeSeconds : increase);
  }

  /** What resets hid between the ends; the values at the ends already know of resets at the ends. */
  #hidden({ timestampMs, value }: SampleColumns, window: SampleWindow, left: number, right: number): number {
    const { first, last } = this.#ends;
    const from = timestampMs[first]! <= window.startMs ? first + 1 : first;
    const to = timestampMs[last]! >= window.endMs ? last - 1 : last;
    if (from > to) return right < left ? left : 0;
    let hidden = value[from]! < left ? left : 0;
    hidden = this.#resets.addHidden(hidden, value, from, to);
    return right < value[to]! ? hidden + value[to]! : hidden;
  }
}
