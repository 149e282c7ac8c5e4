// HOT PATH: one function call a sample, no allocation.
/** Arithmetic and comparisons between a vector and a scalar, on either side. */
import { isComparison, type BinaryOperator } from '../../ast/expression.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import { withoutNames } from '../functions/map-operator.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import { comparisonFunction, scalarFunction, type ArithmeticFunction } from './binary-functions.ts';

export interface VectorScalarOptions {
  readonly operator: BinaryOperator;
  readonly vector: VectorOperator;
  readonly scalar: ScalarOperator;
  /** The scalar stands on the left. */
  readonly swapped: boolean;
  readonly returnBool: boolean;
}

/** The result is a new quantity: arithmetic, and comparisons that give 0 or 1. */
export class VectorScalarOperator implements VectorOperator {
  readonly #options: VectorScalarOptions;
  readonly #combine: ArithmeticFunction;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(options: VectorScalarOptions) {
    this.#options = options;
    this.#combine = scalarFunction(options.operator);
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
    for (let step = 0; step < values.length; step++) {
      const value = values[step]!;
      values[step] = swapped ? combine(scalars[step]!, value) : combine(value, scalars[step]!);
    }
  }
}

/** A comparison that filters: samples for which it does not hold go away, the others stay as they are. */
export class VectorScalarFilter implements VectorOperator {
  readonly #options: VectorScalarOptions;
  readonly #holds: (left: number, right: number) => boolean;

  constructor(options: VectorScalarOptions) {
    this.#options = options;
    this.#holds = isComparison(options.operator) ? comparisonFunction(options.operator) : () => true;
  }

  series(): readonly SeriesMetadata[] {
    return this.#options.vector.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { vector, scalar, swapped } = this.#options;
    vector.read(seriesIndex, target);
    const { values, present } = target;
    const scalars = scalar.values();
    const holds = this.#holds;
    for (let step = 0; step < values.length; step++) {
      const value = values[step]!;
      const scalarValue = scalars[step]!;
      const kept = swapped ? holds(scalarValue, value) : holds(value, scalarValue);
      if (!kept) present[step] = 0;
    }
  }
}
