/** What a translation gives: series with their samples, metadata, and what was refused or is remarkable. */
import type { Labels, NativeHistogram, Rejection } from '@promontory/model';

export interface TranslatedSample {
  /** Whole milliseconds since the epoch. */
  readonly timestampMs: number;
  /** NaN, of any bits, when `isStale`. */
  readonly value: number;
  /** When counting began, at `timestampMs` or before; 0 when unknown. */
  readonly startTimestampMs: number;
  /** The sample is the marker that ends the series; `setStaleAt` of the model package writes it bit for bit. */
  readonly isStale: boolean;
}

export interface TranslatedHistogram {
  readonly timestampMs: number;
  /** As that of a sample. */
  readonly startTimestampMs: number;
  /** Valid, of a schema that is stored. */
  readonly histogram: NativeHistogram;
}

export interface TranslatedExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
}

/** Each series comes once in a translation; its samples stand as they were found, which need not be in time order. */
export interface TranslatedSeries {
  /** With the metric name; names and values are not checked beyond the translation's own limits. */
  readonly labels: Labels;
  readonly samples: readonly TranslatedSample[];
  readonly histograms: readonly TranslatedHistogram[];
  readonly exemplars: readonly TranslatedExemplar[];
}

export interface TranslatedMetadata {
  /** Without the suffixes of the series of a histogram or summary. */
  readonly metricName: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** A word of Prometheus, such as `seconds`; may be ''. */
  readonly unit: string;
  readonly help: string;
}

/** The first three are those of Prometheus's counter `prometheus_api_otlp_translation_warnings_total`. */
export const OTLP_WARNING_CATEGORIES = [
  /** Attributes became one label; their values were joined. */
  'label_name_collision',
  /** A metric has no data points. */
  'empty_data_points',
  /** A histogram counts nothing and has a sum. */
  'histogram_zero_count_non_zero_sum',
  /** An exemplar has no value. */
  'exemplar_dropped',
  /** No `target_info` for a resource: too many attributes, or one whose name leaves nothing. */
  'target_info_dropped',
  /** The points of a resource lie so far apart that `target_info` was written for the last part only. */
  'target_info_shortened',
] as const;

export type OtlpWarningCategory = (typeof OTLP_WARNING_CATEGORIES)[number];

export interface TranslationWarning {
  readonly category: OtlpWarningCategory;
  readonly count: number;
  /** The first case, for a person to read. */
  readonly example: string;
}

export interface Translation {
  readonly series: readonly TranslatedSeries[];
  readonly metadata: readonly TranslatedMetadata[];
  /** Data points that were refused, by code. */
  readonly rejections: readonly Rejection[];
  readonly warnings: readonly TranslationWarning[];
  /** Data points that are in `series`. */
  readonly acceptedDataPoints: number;
}
