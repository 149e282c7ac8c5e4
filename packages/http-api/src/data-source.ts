/** What the endpoints read from: a database, an aggregator over many, an in-memory set in tests. */
import type { Labels } from '@promontory/model';
import type { LabelAnswer, LabelRequest, SeriesSource, WorkRequest } from '@promontory/promql';

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

export interface MetadataRequest extends WorkRequest {
  /** Only this metric; without it all. */
  readonly metricName?: string;
  /** At most this many metrics, 0 for all. */
  readonly metricsMax: number;
  /** At most this many sayings a metric, 0 for all. */
  readonly sayingsPerMetricMax: number;
}

export interface CardinalityRequest extends WorkRequest {
  /** The longest list wanted, from 1 to 10,000. */
  readonly topMax: number;
}

export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** Where the series come from, and how much is stored of them. Lists have the largest counts first, equal ones by name. */
export interface Cardinality {
  readonly seriesCount: number;
  readonly labelPairCount: number;
  /** Pieces that samples are read in; 0 when they cannot be told apart from those of other series. */
  readonly segmentCount: number;
  /** Of the oldest and the newest sample in blocks, and about those in memory; null when nothing is known. */
  readonly firstTimestampMs: number | null;
  readonly lastTimestampMs: number | null;
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

/** A stretch of time that is stored together. */
export interface DataBlock {
  /** Unique in the source, and the same as long as there is the block. */
  readonly id: number;
  /** Both inclusive. */
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly seriesCount: number;
  readonly floatCount: number;
  readonly histogramCount: number;
  readonly segmentCount: number;
  readonly bytes: number;
  /** How often its samples were merged. */
  readonly level: number;
}

/** What a selection would read. */
export interface SelectionEstimate {
  /** Exact: those that match, with samples in the range or not. */
  readonly seriesCount: number;
  /** Floats and histograms in the range, read from what is known without looking at samples. */
  readonly samplesEstimated: number;
  /** Those of them that are histograms. */
  readonly histogramsEstimated: number;
}

export interface DataSource extends SeriesSource {
  /** Of the series that any of the matcher sets selects, sorted by labels. */
  exemplars(request: LabelRequest): Promise<LabelAnswer<SeriesExemplars>>;
  /** Metric name → what writers say about it, the latest repeated first; names ascend by bytes. */
  metadata(request: MetadataRequest): Promise<ReadonlyMap<string, readonly MetricMetadata[]>>;
  cardinality(request: CardinalityRequest): Promise<Cardinality>;
  /** Ascending in time. */
  blocks(): Promise<readonly DataBlock[]>;
  /** What selecting the series that any of the matcher sets selects would read. No sample is read for it. */
  estimate(request: LabelRequest): Promise<SelectionEstimate>;
}
