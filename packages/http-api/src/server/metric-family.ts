/** Metrics as Prometheus's client data model has them. */
export type MetricFamilyType = 'COUNTER' | 'GAUGE' | 'SUMMARY' | 'HISTOGRAM' | 'UNTYPED';

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: MetricFamilyType;
  readonly metrics: readonly FamilyMetric[];
}

export interface FamilyMetric {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: SingleValue | SummaryValue | HistogramValue;
}

/** Of a counter, a gauge or what has no type. */
export interface SingleValue {
  readonly kind: 'single';
  readonly value: number;
}

export interface SummaryValue {
  readonly kind: 'summary';
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

export interface HistogramValue {
  readonly kind: 'histogram';
  readonly count: number;
  readonly sum: number;
  /** Ascending; without that of +Inf, which `count` is. */
  readonly buckets: readonly { readonly upperBound: number; readonly cumulativeCount: number }[];
}
