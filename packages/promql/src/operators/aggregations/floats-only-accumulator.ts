import type { StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata } from '../operator.ts';
import type { Accumulator } from './accumulator.ts';

/** min, max, stddev, stdvar and quantile know floats only, and say when they leave histograms out. */
export class FloatsOnlyAccumulator implements Accumulator {
  readonly #floats: Accumulator;
  readonly #onHistograms: () => void;

  constructor(floats: Accumulator, onHistograms: () => void) {
    this.#floats = floats;
    this.#onHistograms = onHistograms;
  }

  add(groupIndex: number, column: StepColumn, series: SeriesMetadata): void {
    if (column.holdsHistograms()) this.#onHistograms();
    this.#floats.add(groupIndex, column, series);
  }

  finish(groupIndex: number, target: StepColumn): void {
    this.#floats.finish(groupIndex, target);
  }
}
