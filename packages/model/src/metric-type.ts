/** The types of metrics, in the order of the enum that remote write and OpenMetrics share. */
export const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;

export type MetricType = (typeof METRIC_TYPES)[number];

/** What a writer says about a metric; several may say different things about one. */
export interface MetricMetadata {
  readonly type: MetricType;
  readonly unit: string;
  readonly help: string;
}
