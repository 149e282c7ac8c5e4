/** histogram_quantile, histogram_quantiles and histogram_fraction. */
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

  applies(): boolean {
    return true;
  }

  ofClassic(_variant: number, step: number, buckets: Buckets): number {
    return this.#math.ofClassic(this.#quantile.values()[step]!, step, buckets);
  }

  ofNative(_variant: number, step: number, histogram: NativeHistogram): number {
    return this.#math.ofNative(this.#quantile.values()[step]!, histogram);
  }
}

/** One series per distinct quantile; a quantile that changes over the steps has values at its own steps only. */
export class HistogramQuantiles implements HistogramFunction {
  readonly #label: string;
  readonly #variants: readonly { readonly argument: ScalarOperator; readonly quantile: number }[];
  readonly #math: QuantileMath;

  constructor(label: string, quantiles: readonly ScalarOperator[], notes: QuantileNotes) {
    this.#label = label;
    this.#math = new QuantileMath(notes);
    this.#variants = quantiles.flatMap((argument) =>
      [...new Set(argument.values())].map((quantile) => ({ argument, quantile })),
    );
  }

  get variantCount(): number {
    return this.#variants.length;
  }

  begin(metricName: string, isTold: boolean): void {
    this.#math.begin(metricName, isTold);
  }

  labels(histogram: Labels, variant: number): Labels {
    return histogram.with(this.#label, formatOpenMetricsFloat(this.#quantileOf(variant)));
  }

  applies(variant: number, step: number): boolean {
    return Object.is(this.#variants[variant]?.argument.values()[step], this.#quantileOf(variant));
  }

  ofClassic(variant: number, step: number, buckets: Buckets): number {
    return this.#math.ofClassic(this.#quantileOf(variant), step, buckets);
  }

  ofNative(variant: number, _step: number, histogram: NativeHistogram): number {
    return this.#math.ofNative(this.#quantileOf(variant), histogram);
  }

  #quantileOf(variant: number): number {
    return this.#variants[variant]?.quantile ?? NaN;
  }
}

export class HistogramFraction implements HistogramFunction {
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

  applies(): boolean {
    return true;
  }

  ofClassic(_variant: number, step: number, buckets: Buckets): number {
    return bucketFraction(this.#lower.values()[step]!, this.#upper.values()[step]!, buckets);
  }

  ofNative(_variant: number, step: number, histogram: NativeHistogram): number {
    const lower = this.#lower.values()[step]!;
    histogramFraction(lower, this.#upper.values()[step]!, histogram, this.#native);
    if (this.#native.hasNanObservations) this.#annotate(fractionExcludesNaN(this.#metricName));
    return this.#native.value;
  }
}
