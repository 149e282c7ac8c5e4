/** Functions that know floats only leave native histograms out, and say so where both are in a window. */
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { HistogramKernel, RangeKernel, SampleWindow } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';

export class FloatsOnlyKernel implements HistogramKernel {
  readonly #floats: RangeKernel;
  readonly #notes: RangeNotes;

  /** @param floats begun by whoever walks the windows */
  constructor(floats: RangeKernel, notes: RangeNotes) {
    this.#floats = floats;
    this.#notes = notes;
  }

  begin(): void {
    // The floats' kernel has begun already.
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (window.low === window.high) return;
    this.#notes.tell('histograms-ignored');
    this.#floats.evaluate(window, target);
  }
}
