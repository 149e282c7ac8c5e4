// HOT PATH: one function call a sample, no allocation.
/** Functions that change every value and nothing else: math, dates, clamp, round, the sign. */
import { goMax, goMin } from '../../evaluate/go-math.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import { CountsSlab } from '../../histogram/counts-slab.ts';
import { scaleHistogram } from '../../histogram/scale-histogram.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import type { MathFunction } from './math-functions.ts';

/**
 * Shared by operators whose output series are their input series without the metric name. What has none
 * already is passed on, so that functions nested in each other share one list.
 */
export function withoutNames(series: readonly SeriesMetadata[]): readonly SeriesMetadata[] {
  if (series.every(({ dropName }) => dropName)) return series;
  return series.map(({ labels }) => ({ labels, dropName: true }));
}

/** Floats mapped one by one; histograms are left out. */
export class MapOperator implements VectorOperator {
  readonly #operand: VectorOperator;
  readonly #map: MathFunction;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(operand: VectorOperator, map: MathFunction) {
    this.#operand = operand;
    this.#map = map;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#operand.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    target.removeHistograms();
    const { values, kinds } = target;
    const map = this.#map;
    for (let step = 0; step < values.length;) {
      const end = target.blocks.endOf(step, values.length);
      for (; step < end; step++) {
        if (kinds[step] === FLOAT) values[step] = map(values[step]!);
      }
    }
  }
}

/** The unary minus. */
export class NegateOperator implements VectorOperator {
  readonly #operand: VectorOperator;
  readonly #memory = new CountsSlab();
  #series: readonly SeriesMetadata[] | null = null;

  constructor(operand: VectorOperator) {
    this.#operand = operand;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#operand.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    const { values } = target;
    for (let step = 0; step < values.length;) {
      const end = target.blocks.endOf(step, values.length);
      for (; step < end; step++) values[step] = -values[step]!;
    }
    if (!target.hasHistograms) return;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        if (target.kinds[step] === HISTOGRAM) {
          target.setHistogram(step, scaleHistogram(target.histogram(step), -1, this.#memory));
        }
      }
    }
  }
}

/** clamp, clamp_min and clamp_max; a lower bound above the upper one leaves nothing. */
export class ClampOperator implements VectorOperator {
  readonly #operand: VectorOperator;
  readonly #minimum: ScalarOperator;
  readonly #maximum: ScalarOperator;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(operand: VectorOperator, minimum: ScalarOperator, maximum: ScalarOperator) {
    this.#operand = operand;
    this.#minimum = minimum;
    this.#maximum = maximum;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#operand.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    target.removeHistograms();
    const minimums = this.#minimum.values();
    const maximums = this.#maximum.values();
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const minimum = minimums[step]!;
        const maximum = maximums[step]!;
        if (maximum < minimum) target.remove(step);
        else target.values[step] = goMax(minimum, goMin(maximum, target.values[step]!));
      }
    }
  }
}

/** round: to the nearest multiple, halves upwards. */
export class RoundOperator implements VectorOperator {
  readonly #operand: VectorOperator;
  readonly #nearest: ScalarOperator;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(operand: VectorOperator, nearest: ScalarOperator) {
    this.#operand = operand;
    this.#nearest = nearest;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#operand.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    target.removeHistograms();
    const nearest = this.#nearest.values();
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        // The inverse costs less precision than a division by 0.1 would.
        const inverse = 1 / nearest[step]!;
        target.values[step] = Math.floor(target.values[step]! * inverse + 0.5) / inverse;
      }
    }
  }
}
