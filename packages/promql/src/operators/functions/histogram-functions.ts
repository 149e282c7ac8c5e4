/** histogram_quantile, histogram_quantiles and histogram_fraction. */
import { assert } from '@promontory/base';
import type { Labels, NativeHistogram } from '@promontory/model';
import {
  fractionExcludesNaN,
  quantileIsNaN,
  quantileIsSkewed,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
import { formatOpenMetricsFloat } from '../../evaluate/format-float.ts';
import {
  histogramFraction,
  type HistogramFraction as FractionResult,
} from '../../histogram/histogram-fraction.ts';
import {
  histogramQuantile,
  type HistogramQuantile as QuantileResult,
} from '../../histogram/histogram-quantile.ts';
import type { ScalarOperator } from '../operator.ts';
import { bucketFraction, bucketQuantile, type BucketQuantile, type Buckets } from './bucket-math.ts';
import type { HistogramFunction } from './histogram-operator.ts';

/** What there is to tell about quantiles. */
export interface QuantileNotes {
  /** The classic buckets of the step did not ascend. */
  forced(metricName: string, step: number, quantile: BucketQuantile): void;
  /** Native histograms have observations of NaN. */
  nan(annotation: Annotation): void;
}

/** One quantile of one histogram, with what there is to tell about it. */
class QuantileMath {
  readonly #notes: QuantileNotes;
  readonly #classic: BucketQuantile = { value: 0, largestDecrease: 0, lowestBound: 0, highestBound: 0 };
  readonly #native: QuantileResult = { value: 0, nanObservations: 'none' };
  #metricName = '';
  #isTold = false;

  constructor(notes: QuantileNotes) {
    this.#notes = notes;
  }

  begin(metricName: string, isTold: boolean): void {
    this.#metricName = metricName;
    this.#isTold = isTold;
  }

  ofClassic(quantile: number, step: number, buckets: Buckets): number {
    const result = this.#classic;
    bucketQuantile(quantile, buckets, result);
    if (result.largestDecrease > 0 && !this.#isTold) this.#notes.forced(this.#metricName, step, result);
    return result.value;
  }

  ofNative(quantile: number, histogram: NativeHistogram): number {
    const result = this.#native;
    histogramQuantile(quantile, histogram, result);
    if (result.nanObservations === 'result-nan') this.#notes.nan(quantileIsNaN(this.#metricName));
    else if (result.nanObservations === 'skewed') this.#notes.nan(quantileIsSkewed(this.#metricName));
    return result.value;
  }
}

export class HistogramQuantile implements HistogramFunction {
  readonly valueCount = 1;
  readonly variantCount = 1;
  readonly #quantile: ScalarOperator;
  readonly #math: QuantileMath;

  constructor(quantile: ScalarOperator, notes: QuantileNotes) {
    this.#quantile = quantile;
    this.#math = new QuantileMath(notes);
  }

  begin(metricName: string, isTold: boolean): void {
    this.#math.begin(metricName, isTold);
  }

  labels(histogram: Labels): Labels {
    return histogram;
  }

  valueOf(): number {
    return 0;
  }

  stepsOf(): null {
    return null;
  }

  ofClassic(_value: number, step: number, buckets: Buckets): number {
    return this.#math.ofClassic(this.#quantile.values()[step]!, step, buckets);
  }

  ofNative(_value: number, step: number, histogram: NativeHistogram): number {
    return this.#math.ofNative(this.#quantile.values()[step]!, histogram);
  }
}

interface QuantileVariant {
  /** Which of the arguments. */
  readonly argument: number;
  readonly quantile: number;
  /** Where the argument has this value; null: at all steps. */
  readonly steps: readonly number[] | null;
}

/** One series per argument and distinct quantile; when it changes over the steps, each has its own steps only. */
export class HistogramQuantiles implements HistogramFunction {
  readonly #label: string;
  readonly #arguments: readonly Float64Array[];
  readonly #variants: readonly QuantileVariant[];
  readonly #math: QuantileMath;

  constructor(label: string, quantiles: readonly ScalarOperator[], notes: QuantileNotes) {
    this.#label = label;
    this.#math = new QuantileMath(notes);
    this.#arguments = quantiles.map((quantile) => quantile.values());
    this.#variants = this.#arguments.flatMap(variantsOf);
  }

  get valueCount(): number {
    return this.#arguments.length;
  }

  get variantCount(): number {
    return this.#variants.length;
  }

  begin(metricName: string, isTold: boolean): void {
    this.#math.begin(metricName, isTold);
  }

  labels(histogram: Labels, variant: number): Labels {
    return histogram.with(this.#label, formatOpenMetricsFloat(this.#variant(variant).quantile));
  }

  valueOf(variant: number): number {
    return this.#variant(variant).argument;
  }

  stepsOf(variant: number): readonly number[] | null {
    return this.#variant(variant).steps;
  }

  ofClassic(value: number, step: number, buckets: Buckets): number {
    return this.#math.ofClassic(this.#quantiles(value)[step]!, step, buckets);
  }

  ofNative(value: number, step: number, histogram: NativeHistogram): number {
    return this.#math.ofNative(this.#quantiles(value)[step]!, histogram);
  }

  #variant(index: number): QuantileVariant {
    const variant = this.#variants[index];
    assert(variant !== undefined, 'a counted variant is asked for', { index });
    return variant;
  }

  #quantiles(argument: number): Float64Array {
    const values = this.#arguments[argument];
    assert(values !== undefined, 'a counted argument is asked for', { argument });
    return values;
  }
}

/** The distinct values of an argument. */
function variantsOf(values: Float64Array, argument: number): QuantileVariant[] {
  const stepsByQuantile = new Map<number, number[]>();
  for (let step = 0; step < values.length; step++) {
    const quantile = values[step]!;
    const steps = stepsByQuantile.get(quantile);
    if (steps === undefined) stepsByQuantile.set(quantile, [step]);
    else steps.push(step);
  }
  const isConstant = stepsByQuantile.size === 1;
  return Array.from(stepsByQuantile, ([quantile, steps]) => ({
    argument,
    quantile,
    steps: isConstant ? null : steps,
  }));
}

export class HistogramFraction implements HistogramFunction {
  readonly valueCount = 1;
  readonly variantCount = 1;
  readonly #lower: ScalarOperator;
  readonly #upper: ScalarOperator;
  readonly #annotate: (annotation: Annotation) => void;
  readonly #native: FractionResult = { value: 0, hasNanObservations: false };
  #metricName = '';

  constructor(lower: ScalarOperator, upper: ScalarOperator, annotate: (annotation: Annotation) => void) {
    this.#lower = lower;
    this.#upper = upper;
    this.#annotate = annotate;
  }

  begin(metricName: string): void {
    this.#metricName = metricName;
  }

  labels(histogram: Labels): Labels {
    return histogram;
  }

  valueOf(): number {
    return 0;
  }

  stepsOf(): null {
    return null;
  }

  ofClassic(_value: number, step: number, buckets: Buckets): number {
    return bucketFraction(this.#lower.values()[step]!, this.#upper.values()[step]!, buckets);
  }

  ofNative(_value: number, step: number, histogram: NativeHistogram): number {
    const lower = this.#lower.values()[step]!;
    histogramFraction(lower, this.#upper.values()[step]!, histogram, this.#native);
    if (this.#native.hasNanObservations) this.#annotate(fractionExcludesNaN(this.#metricName));
    return this.#native.value;
  }
}
