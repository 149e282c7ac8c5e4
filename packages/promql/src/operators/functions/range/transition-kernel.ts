// HOT PATH: one comparison a sample, O(1) a window, no allocation once grown.
/**
 * changes and resets: transitions between neighbours are counted once, a window's count is a difference. The
 * transition into an anchored window counts from the sample before it.
 */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';
import { isStartReset } from './start-timestamps.ts';

export type TransitionFunction = 'changes' | 'resets';

export class TransitionKernel implements RangeKernel {
  readonly usesStartTimestamps: boolean;
  readonly #function: TransitionFunction;
  /** [i]: transitions between the samples 0 to i. */
  #countUpTo = new Int32Array(256);
  #floats: SampleColumns | null = null;

  constructor(transitionFunction: TransitionFunction) {
    this.#function = transitionFunction;
    this.usesStartTimestamps = transitionFunction === 'resets';
  }

  begin(input: KernelInput): void {
    const { value, count } = input.floats;
    this.#floats = input.floats;
    if (this.#countUpTo.length < count) this.#countUpTo = new Int32Array(count * 2);
    const countUpTo = this.#countUpTo;
    const countResets = this.#function === 'resets';
    let transitions = 0;
    countUpTo[0] = 0;
    for (let index = 1; index < count;) {
      const end = input.blocks.endOf(index, count);
      for (; index < end; index++) {
        const previous = value[index - 1]!;
        const current = value[index]!;
        const counts = countResets
          ? current < previous || startsAnew(input, index)
          : current !== previous && !(current !== current && previous !== previous);
        if (counts) transitions++;
        countUpTo[index] = transitions;
      }
    }
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    const timestampMs = this.#floats?.timestampMs;
    if (timestampMs === undefined) return;
    const { low, high, startMs } = window;
    // Only an anchored window has samples before its start. An anchor alone says nothing.
    if (timestampMs[high - 1]! <= startMs) return;
    const from = anchorOf(timestampMs, low, high, startMs);
    target.set(window.step, this.#countUpTo[high - 1]! - this.#countUpTo[from]!);
  }
}

/** @returns the last sample at or before the start of a window, or the first of the window */
export function anchorOf(timestampMs: Float64Array, low: number, high: number, startMs: number): number {
  let anchor = low;
  while (anchor + 1 < high && timestampMs[anchor + 1]! <= startMs) anchor++;
  return anchor;
}

function startsAnew({ floats, floatStartsMs }: KernelInput, index: number): boolean {
  if (floatStartsMs === null) return false;
  const { timestampMs } = floats;
  return isStartReset(
    floatStartsMs[index - 1]!,
    timestampMs[index - 1]!,
    floatStartsMs[index]!,
    timestampMs[index]!,
  );
}
