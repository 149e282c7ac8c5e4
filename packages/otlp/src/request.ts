/**
 * An OTLP metrics export as both decoders give it. Names and values are as they were sent; only what the
 * translation needs is here: `min`, `max`, schema URLs of resources, dropped counts and entities are not read.
 */

/** 64-bit integers are bigints, doubles numbers; what has no value is null. */
export type OtlpValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | { readonly kind: 'array'; readonly items: readonly OtlpValue[] }
  | { readonly kind: 'map'; readonly entries: readonly OtlpAttribute[] };

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export interface OtlpExemplar {
  /** Whole milliseconds since the epoch, rounded down; 0 when the sender gave none. */
  readonly timestampMs: number;
  /** Null when the sender gave none. */
  readonly value: number | null;
  /** Lower-case hex of 16 bytes, '' when absent or all zero. */
  readonly traceId: string;
  /** Lower-case hex of 8 bytes, '' when absent or all zero. */
  readonly spanId: string;
  readonly attributes: readonly OtlpAttribute[];
}

interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  /** Whole milliseconds since the epoch, rounded down; 0 when the sender gave none. */
  readonly timestampMs: number;
  /** As `timestampMs`; 0 when unknown. */
  readonly startTimestampMs: number;
  /** The point says that the series has ended: by its flag, or by a value that is Prometheus's marker bit for bit. */
  readonly isStale: boolean;
}

export interface OtlpNumberPoint extends OtlpPoint {
  /** Integers beyond 2^53 are rounded; 0 when the sender gave none. */
  readonly value: number;
  readonly exemplars: readonly OtlpExemplar[];
}

/** Counts beyond 2^53 are rounded. */
export interface OtlpHistogramPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number | null;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
  readonly exemplars: readonly OtlpExemplar[];
}

/** `counts[i]` counts values in (base^(offset + i), base^(offset + i + 1)], with base 2^(2^-scale). */
export interface OtlpExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** Counts beyond 2^53 are rounded. */
export interface OtlpExponentialPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number | null;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: OtlpExponentialBuckets;
  readonly negative: OtlpExponentialBuckets;
  readonly exemplars: readonly OtlpExemplar[];
}

export interface OtlpSummaryPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** In the order of their numbers in OTLP. */
export const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;
export type OtlpTemporality = (typeof TEMPORALITIES)[number];

export type OtlpMetricData =
  | { readonly kind: 'gauge'; readonly points: readonly OtlpNumberPoint[] }
  | {
      readonly kind: 'sum';
      readonly points: readonly OtlpNumberPoint[];
      readonly temporality: OtlpTemporality;
      readonly isMonotonic: boolean;
    }
  | {
      readonly kind: 'histogram';
      readonly points: readonly OtlpHistogramPoint[];
      readonly temporality: OtlpTemporality;
    }
  | {
      readonly kind: 'exponential-histogram';
      readonly points: readonly OtlpExponentialPoint[];
      readonly temporality: OtlpTemporality;
    }
  | { readonly kind: 'summary'; readonly points: readonly OtlpSummaryPoint[] };

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** Null when the sender gave none, or a kind that is not known. */
  readonly data: OtlpMetricData | null;
}

export interface OtlpScopeMetrics {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpResourceMetrics {
  readonly attributes: readonly OtlpAttribute[];
  readonly scopes: readonly OtlpScopeMetrics[];
}

export interface OtlpRequest {
  readonly resources: readonly OtlpResourceMetrics[];
}
