// HOT PATH: one function call a sample, no allocation.
/** Arithmetic, trims and comparisons between a vector and a scalar, on either side. */
import { isComparison, type BinaryOperator } from '../../ast/expression.ts';
import type { Annotation } from '../../evaluate/annotation-texts.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import { withoutNames } from '../functions/map-operator.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import { comparisonFunction, scalarFunction, type ArithmeticFunction } from './binary-functions.ts';
import { HistogramBinary } from './histogram-binary.ts';

export interface VectorScalarOptions {
  readonly operator: BinaryOperator;
  readonly vector: VectorOperator;
  readonly scalar: ScalarOperator;
  /** The scalar stands on the left. */
  readonly swapped: boolean;
  readonly returnBool: boolean;
  readonly annotate: (annotation: Annotation) => void;
}

/** The histograms of a column, each combined with the step's scalar or taken out. */
function combineHistograms(
  { swapped }: VectorScalarOptions,
  binary: HistogramBinary,
  scalars: Float64Array,
  target: StepColumn,
): void {
  for (let step = 0; step < target.stepCount;) {
    const end = target.blocks.endOf(step, target.stepCount);
    for (; step < end; step++) {
      if (target.kinds[step] !== HISTOGRAM) continue;
      const histogram = target.histogram(step);
      const scalar = scalars[step]!;
      const result = swapped ? binary.combine(scalar, histogram) : binary.combine(histogram, scalar);
      if (result === null || result === 'incompatible') target.remove(step);
      else target.setHistogram(step, result);
    }
  }
}

/** The result is a new quantity: arithmetic, and comparisons that give 0 or 1. */
export class VectorScalarOperator implements VectorOperator {
  readonly #options: VectorScalarOptions;
  readonly #combine: ArithmeticFunction;
  readonly #histograms: HistogramBinary;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(options: VectorScalarOptions) {
    this.#options = options;
    this.#combine = scalarFunction(options.operator);
    this.#histograms = new HistogramBinary(options.operator, options.annotate);
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#options.vector.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { vector, scalar, swapped } = this.#options;
    vector.read(seriesIndex, target);
    const { values } = target;
    const scalars = scalar.values();
    const combine = this.#combine;
    for (let step = 0; step < values.length;) {
      const end = target.blocks.endOf(step, values.length);
      for (; step < end; step++) {
        const value = values[step]!;
        values[step] = swapped ? combine(scalars[step]!, value) : combine(value, scalars[step]!);
      }
    }
    if (target.hasHistograms) combineHistograms(this.#options, this.#histograms, scalars, target);
  }
}

/** A comparison that filters: samples for which it does not hold go away, the others stay as they are. */
export class VectorScalarFilter implements VectorOperator {
  readonly #options: VectorScalarOptions;
  readonly #holds: (left: number, right: number) => boolean;
  readonly #histograms: HistogramBinary;

  constructor(options: VectorScalarOptions) {
    this.#options = options;
    this.#holds = isComparison(options.operator) ? comparisonFunction(options.operator) : () => true;
    this.#histograms = new HistogramBinary(options.operator, options.annotate);
  }

  series(): readonly SeriesMetadata[] {
    return this.#options.vector.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { vector, scalar, swapped } = this.#options;
    vector.read(seriesIndex, target);
    const { values, kinds } = target;
    const scalars = scalar.values();
    if (target.hasHistograms) combineHistograms(this.#options, this.#histograms, scalars, target);
    const holds = this.#holds;
    for (let step = 0; step < values.length;) {
      const end = target.blocks.endOf(step, values.length);
      for (; step < end; step++) {
        const value = values[step]!;
        const scalarValue = scalars[step]!;
        const kept = swapped ? holds(scalarValue, value) : holds(value, scalarValue);
        if (!kept && kinds[step] !== HISTOGRAM) target.remove(step);
      }
    }
  }
}

/** `</` and `>/`: what is left of histograms keeps its name; floats cannot be trimmed. */
export class VectorScalarTrim implements VectorOperator {
  readonly #options: VectorScalarOptions;
  readonly #histograms: HistogramBinary;

  constructor(options: VectorScalarOptions) {
    this.#options = options;
    this.#histograms = new HistogramBinary(options.operator, options.annotate);
  }

  series(): readonly SeriesMetadata[] {
    return this.#options.vector.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { vector, scalar } = this.#options;
    vector.read(seriesIndex, target);
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        if (target.kinds[step] !== FLOAT) continue;
        this.#histograms.refuseFloats();
        target.remove(step);
      }
    }
    if (target.hasHistograms) combineHistograms(this.#options, this.#histograms, scalar.values(), target);
  }
}
