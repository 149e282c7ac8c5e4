/** histogram_quantile, histogram_quantiles and histogram_fraction. */
import type { Labels, NativeHistogram } from '@promontory/model';
import {
  forcedMonotonicity,
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

type Annotate = (annotation: Annotation) => void;

/** One quantile of one histogram, with what there is to tell about it. */
class QuantileMath {
  readonly #annotate: Annotate;
  readonly #classic: BucketQuantile = { value: 0, forcedMonotonicity: false };
  readonly #native: QuantileResult = { value: 0, nanObservations: 'none' };

  constructor(annotate: Annotate) {
    this.#annotate = annotate;
  }

  ofClassic(quantile: number, buckets: Buckets, metricName: string): number {
    bucketQuantile(quantile, buckets, this.#classic);
    if (this.#classic.forcedMonotonicity) this.#annotate(forcedMonotonicity(metricName));
    return this.#classic.value;
  }

  ofNative(quantile: number, histogram: NativeHistogram, metricName: string): number {
    const result = this.#native;
    histogramQuantile(quantile, histogram, result);
    if (result.nanObservations === 'result-nan') this.#annotate(quantileIsNaN(metricName));
    else if (result.nanObservations === 'skewed') this.#annotate(quantileIsSkewed(metricName));
    return result.value;
  }
}

export class HistogramQuantile implements HistogramFunction {
  readonly variantCount = 1;
  readonly #quantile: ScalarOperator;
  readonly #math: QuantileMath;

  constructor(quantile: ScalarOperator, annotate: Annotate) {
    this.#quantile = quantile;
    this.#math = new QuantileMath(annotate);
  }

  labels(histogram: Labels): Labels {
    return histogram;
  }

  applies(): boolean {
    return true;
  }

  ofClassic(_variant: number, step: number, buckets: Buckets, metricName: string): number {
    return this.#math.ofClassic(this.#quantile.values()[step]!, buckets, metricName);
  }

  ofNative(_variant: number, step: number, histogram: NativeHistogram, metricName: string): number {
    return this.#math.ofNative(this.#quantile.values()[step]!, histogram, metricName);
  }
}

/** One series per distinct quantile; a quantile that changes over the steps has values at its own steps only. */
export class HistogramQuantiles implements HistogramFunction {
  readonly #label: string;
  readonly #variants: readonly { readonly argument: ScalarOperator; readonly quantile: number }[];
  readonly #math: QuantileMath;

  constructor(label: string, quantiles: readonly ScalarOperator[], annotate: Annotate) {
    this.#label = label;
    this.#math = new QuantileMath(annotate);
    this.#variants = quantiles.flatMap((argument) =>
      [...new Set(argument.values())].map((quantile) => ({ argument, quantile })),
    );
  }

  get variantCount(): number {
    return this.#variants.length;
  }

  labels(histogram: Labels, variant: number): Labels {
    return histogram.with(this.#label, formatOpenMetricsFloat(this.#quantileOf(variant)));
  }

  applies(variant: number, step: number): boolean {
    return Object.is(this.#variants[variant]?.argument.values()[step], this.#quantileOf(variant));
  }

  ofClassic(variant: number, _step: number, buckets: Buckets, metricName: string): number {
    return this.#math.ofClassic(this.#quantileOf(variant), buckets, metricName);
  }

  ofNative(variant: number, _step: number, histogram: NativeHistogram, metricName: string): number {
    return this.#math.ofNative(this.#quantileOf(variant), histogram, metricName);
  }

  #quantileOf(variant: number): number {
    return this.#variants[variant]?.quantile ?? NaN;
  }
}

export class HistogramFraction implements HistogramFunction {
  readonly variantCount = 1;
  readonly #lower: ScalarOperator;
  readonly #upper: ScalarOperator;
  readonly #annotate: Annotate;
  readonly #native: FractionResult = { value: 0, hasNanObservations: false };

  constructor(lower: ScalarOperator, upper: ScalarOperator, annotate: Annotate) {
    this.#lower = lower;
    this.#upper = upper;
    this.#annotate = annotate;
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

  ofNative(_variant: number, step: number, histogram: NativeHistogram, metricName: string): number {
    const lower = this.#lower.values()[step]!;
    histogramFraction(lower, this.#upper.values()[step]!, histogram, this.#native);
    if (this.#native.hasNanObservations) this.#annotate(fractionExcludesNaN(metricName));
    return this.#native.value;
  }
}
