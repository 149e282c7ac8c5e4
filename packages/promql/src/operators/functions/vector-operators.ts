/** Vectors made of scalars and times: `vector(s)`, `timestamp(v)` and `start_timestamp(v)`. */
import { Labels } from '@promontory/model';
import { NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { TimeGrid } from '../../evaluate/time-grid.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import type { InstantSelector } from '../selectors/instant-selector.ts';
import { withoutNames } from './map-operator.ts';

const NAMELESS: readonly SeriesMetadata[] = [{ labels: Labels.empty, dropName: false }];

export class VectorOfScalar implements VectorOperator {
  readonly #scalar: ScalarOperator;

  constructor(scalar: ScalarOperator) {
    this.#scalar = scalar;
  }

  series(): readonly SeriesMetadata[] {
    return NAMELESS;
  }

  read(_seriesIndex: number, target: StepColumn): void {
    target.clear();
    target.setFloats(this.#scalar.values(), null);
  }
}

/** The times of a selector's own samples. */
export class SampleTimeOperator implements VectorOperator {
  readonly #selector: InstantSelector;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(selector: InstantSelector) {
    this.#selector = selector;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#selector.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#selector.readSampleTimes(seriesIndex, target);
  }
}

/** The start timestamps of a selector's own samples. */
export class StartTimestampOperator implements VectorOperator {
  readonly #selector: InstantSelector;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(selector: InstantSelector) {
    this.#selector = selector;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#selector.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#selector.readStartTimestamps(seriesIndex, target);
  }
}

/** The times of computed samples, which are those of the steps. */
export class StepTimeOperator implements VectorOperator {
  readonly #operand: VectorOperator;
  readonly #grid: TimeGrid;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(operand: VectorOperator, grid: TimeGrid) {
    this.#operand = operand;
    this.#grid = grid;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#operand.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        if (target.kinds[step] !== NO_SAMPLE) target.set(step, this.#grid.timeMs(step) / 1000);
      }
    }
  }
}

/** No series at all: what a function gives that does not apply to its argument. */
export const NO_SERIES: VectorOperator = {
  series: () => [],
  read: (_seriesIndex, target) => target.clear(),
};
