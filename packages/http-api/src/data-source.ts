/** What the endpoints read from: a database, an aggregator over many, an in-memory set in tests. */
import type { Labels } from '@promontory/model';
import type { LabelAnswer, LabelRequest, SeriesSource } from '@promontory/promql';

/** A sample with labels that say more about it, such as a trace. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Integer milliseconds since the epoch. */
  readonly timestampMs: number;
}

export interface SeriesExemplars {
  readonly labels: Labels;
  /** Ascending in time. */
  readonly exemplars: readonly Exemplar[];
}

/** What a writer says about a metric; several may say different things about one. */
export interface MetricMetadata {
  /** Prometheus's word for it: counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown. */
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

export interface MetadataRequest {
  /** Only this metric; without it all. */
  readonly metricName?: string;
  /** At most this many metrics, 0 for all. */
  readonly metricsMax: number;
  /** At most this many sayings a metric, 0 for all. */
  readonly sayingsPerMetricMax: number;
}

export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** Where the series come from. Lists have the largest counts first, equal ones by name. */
export interface Cardinality {
  readonly seriesCount: number;
  readonly labelPairCount: number;
  readonly seriesByMetric: readonly Counted[];
  /** Label names by how many values they have. */
  readonly valuesByLabelName: readonly Counted[];
  /** Label names by the bytes that their values have together, each value once. */
  readonly valueBytesByLabelName: readonly Counted[];
  /** `name=value` by how many series have it. */
  readonly seriesByLabelPair: readonly Counted[];
  /** False when a bound or damage made it leave something out. */
  readonly isComplete: boolean;
}

export interface DataSource extends SeriesSource {
  /** Of the series that any of the matcher sets selects, sorted by labels. */
  exemplars(request: LabelRequest): Promise<LabelAnswer<SeriesExemplars>>;
  /** Metric name → what writers say about it, the latest repeated first; names ascend by bytes. */
  metadata(request: MetadataRequest): Promise<ReadonlyMap<string, readonly MetricMetadata[]>>;
  /** @param topMax the longest list wanted, from 1 to 10,000 */
  cardinality(topMax: number): Promise<Cardinality>;
}
