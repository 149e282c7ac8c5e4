// HOT PATH: one comparison a sample to find the resets, 15 ns a window, no allocation once grown.
/**
 * rate, increase and delta: the difference of the last and the first sample in the window, with what counter
 * resets hid added back, extrapolated to the window's ends.
 */
import { FLOAT, type StepColumn } from '../../../evaluate/step-column.ts';
import { afterZero, extrapolationFactor, factorOf, type SampledSpan } from './extrapolation.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';
import { SamplePositions } from './sample-positions.ts';
import { SampledSpans } from './sampled-spans.ts';
import { isStartReset, startsOverlap } from './start-timestamps.ts';
import type { StepWindows } from './step-windows.ts';

export class RateKernel implements RangeKernel {
  readonly usesStartTimestamps: boolean;
  readonly #isCounter: boolean;
  readonly #isPerSecond: boolean;
  readonly #notes: RangeNotes;
  readonly #span: SampledSpan = {
    firstMs: 0,
    lastMs: 0,
    sampleCount: 0,
    first: 0,
    increase: 0,
    zeroMs: NaN,
  };
  readonly #resets = new SamplePositions();
  /** Samples that claim to have begun before the one before them was taken. */
  readonly #overlaps = new SamplePositions();
  #input: KernelInput | null = null;
  #spans: SampledSpans | null = null;
  #areSpansFound = false;

  /**
   * @param isCounter correct for resets (rate, increase) or not (delta)
   * @param isPerSecond divide by the range (rate)
   */
  constructor(isCounter: boolean, isPerSecond: boolean, notes: RangeNotes) {
    this.usesStartTimestamps = isCounter;
    this.#isCounter = isCounter;
    this.#isPerSecond = isPerSecond;
    this.#notes = notes;
  }

  begin(input: KernelInput): void {
    this.#input = input;
    this.#resets.clear();
    this.#overlaps.clear();
    if (!this.#isCounter) return;
    if (input.floatStartsMs === null)
      this.#resets.addDecreases(input.floats.value, input.floats.count, input.blocks);
    else this.#findResetsByStarts(input, input.floatStartsMs);
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const input = this.#input;
    const { low, high } = window;
    // Other timestamps, or unknown ones.
    this.#areSpansFound = false;
    if (input === null) return;
    const { timestampMs, value } = input.floats;
    if (this.#overlaps.isAnyBetween(low, high - 1)) this.#notes.tell('start-overlap');
    const span = this.#span;
    span.zeroMs = NaN;
    if (input.floatStartsMs !== null) span.zeroMs = zeroInside(window, input, input.floatStartsMs);
    const hasZero = !Number.isNaN(span.zeroMs);
    if (high - low < 2 && !hasZero) return;
    const first = value[low]!;
    let increase = this.#resets.addHidden(value[high - 1]! - first, value, low, high - 1);
    if (hasZero) increase += first;
    span.firstMs = timestampMs[low]!;
    span.lastMs = timestampMs[high - 1]!;
    span.sampleCount = high - low;
    span.first = first;
    span.increase = increase;
    let factor = extrapolationFactor(window, span, this.#isCounter);
    if (this.#isPerSecond) factor /= (window.endMs - window.startMs) / 1000;
    target.set(window.step, increase * factor);
  }

  tryEvaluateAll(windows: StepWindows, target: StepColumn): boolean {
    const input = this.#input;
    if (input === null || input.floatStartsMs !== null) return false;
    const { value, timestampMs } = input.floats;
    const { values, kinds } = target;
    const { low: lows, high: highs } = windows;
    const { sampledSeconds, startSeconds, endSeconds } = this.#spansOf(windows, timestampMs);
    const isCounter = this.#isCounter;
    const divisor = this.#isPerSecond ? windows.rangeMs / 1000 : 1;
    for (let step = 0; step < highs.length; step++) {
      const low = lows[step]!;
      const last = highs[step]! - 1;
      if (last <= low) continue;
      const first = value[low]!;
      const increase = this.#resets.addHidden(value[last]! - first, value, low, last);
      const sampled = sampledSeconds[step]!;
      let start = startSeconds[step]!;
      if (isCounter) start = afterZero(start, sampled, first, increase);
      values[step] = increase * (factorOf(sampled, start, endSeconds[step]!) / divisor);
      kinds[step] = FLOAT;
    }
    return true;
  }

  #spansOf(windows: StepWindows, timestampMs: Float64Array): SampledSpans {
    this.#spans ??= new SampledSpans(windows.low.length);
    if (!this.#areSpansFound) this.#spans.find(windows, timestampMs);
    this.#areSpansFound = true;
    return this.#spans;
  }

  #findResetsByStarts({ floats, blocks }: KernelInput, startsMs: Float64Array): void {
    const { value, timestampMs, count } = floats;
    for (let index = 1; index < count;) {
      const end = blocks.endOf(index, count);
      for (; index < end; index++) {
        const previousStartMs = startsMs[index - 1]!;
        const previousMs = timestampMs[index - 1]!;
        const startMs = startsMs[index]!;
        const isReset =
          value[index]! < value[index - 1]! ||
          isStartReset(previousStartMs, previousMs, startMs, timestampMs[index]!);
        if (isReset) this.#resets.add(index);
        if (startsOverlap(previousStartMs, previousMs, startMs)) this.#overlaps.add(index);
      }
    }
  }
}

/** Where the counter of the window's first sample began, when that is inside of the window; else NaN. */
function zeroInside(window: SampleWindow, { floats }: KernelInput, startsMs: Float64Array): number {
  const startMs = startsMs[window.low]!;
  const isInside = startMs !== 0 && startMs > window.startMs && startMs < floats.timestampMs[window.low]!;
  return isInside ? startMs : NaN;
}
