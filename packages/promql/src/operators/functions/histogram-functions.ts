/** histogram_quantile, histogram_quantiles and histogram_fraction over classic histograms. */
import { METRIC_NAME, type Labels } from '@promontory/model';
import { formatOpenMetricsFloat } from '../../evaluate/format-float.ts';
import type { ScalarOperator } from '../operator.ts';
import { bucketFraction, bucketQuantile, type BucketQuantile, type Buckets } from './bucket-math.ts';
import type { HistogramFunction } from './histogram-operator.ts';

type OnForcedMonotonicity = (metricName: string) => void;

export class HistogramQuantile implements HistogramFunction {
  readonly variantCount = 1;
  readonly #quantile: ScalarOperator;
  readonly #onForced: OnForcedMonotonicity;
  readonly #result: BucketQuantile = { value: 0, forcedMonotonicity: false };

  /** @param onForced told of histograms whose counts had to be made monotonic */
  constructor(quantile: ScalarOperator, onForced: OnForcedMonotonicity) {
    this.#quantile = quantile;
    this.#onForced = onForced;
  }

  labels(histogram: Labels): Labels {
    return histogram;
  }

  evaluate(
    _variant: number,
    step: number,
    buckets: Buckets,
    result: { value: number },
    labels: Labels,
  ): boolean {
    bucketQuantile(this.#quantile.values()[step]!, buckets, this.#result);
    if (this.#result.forcedMonotonicity) this.#onForced(labels.get(METRIC_NAME));
    result.value = this.#result.value;
    return true;
  }
}

/** One series per distinct quantile; a quantile that changes over the steps has values at its own steps only. */
export class HistogramQuantiles implements HistogramFunction {
  readonly #label: string;
  readonly #variants: readonly { readonly argument: ScalarOperator; readonly quantile: number }[];
  readonly #onForced: OnForcedMonotonicity;
  readonly #result: BucketQuantile = { value: 0, forcedMonotonicity: false };

  constructor(label: string, quantiles: readonly ScalarOperator[], onForced: OnForcedMonotonicity) {
    this.#label = label;
    this.#onForced = onForced;
    this.#variants = quantiles.flatMap((argument) =>
      [...new Set(argument.values())].map((quantile) => ({ argument, quantile })),
    );
  }

  get variantCount(): number {
    return this.#variants.length;
  }

  labels(histogram: Labels, variant: number): Labels {
    const quantile = this.#variants[variant]?.quantile ?? NaN;
    return histogram.with(this.#label, formatOpenMetricsFloat(quantile));
  }

  evaluate(
    variant: number,
    step: number,
    buckets: Buckets,
    result: { value: number },
    labels: Labels,
  ): boolean {
    const { argument, quantile } = this.#variants[variant]!;
    if (!Object.is(argument.values()[step]!, quantile)) return false;
    bucketQuantile(quantile, buckets, this.#result);
    if (this.#result.forcedMonotonicity) this.#onForced(labels.get(METRIC_NAME));
    result.value = this.#result.value;
    return true;
  }
}

export class HistogramFraction implements HistogramFunction {
  readonly variantCount = 1;
  readonly #lower: ScalarOperator;
  readonly #upper: ScalarOperator;

  constructor(lower: ScalarOperator, upper: ScalarOperator) {
    this.#lower = lower;
    this.#upper = upper;
  }

  labels(histogram: Labels): Labels {
    return histogram;
  }

  evaluate(_variant: number, step: number, buckets: Buckets, result: { value: number }): boolean {
    result.value = bucketFraction(this.#lower.values()[step]!, this.#upper.values()[step]!, buckets);
    return true;
  }
}
