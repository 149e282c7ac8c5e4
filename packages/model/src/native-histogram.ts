/**
 * A native histogram: Prometheus's data model, with absolute bucket counts.
 *
 * Buckets of one sign are runs ("spans") of consecutive bucket indexes with gaps between them: span k starts
 * `spanOffsets[k]` buckets after the end of span k - 1 (the first one: at that index) and has `spanLengths[k]`
 * buckets, whose counts follow one another in `counts`.
 */
export interface HistogramBuckets {
  readonly spanOffsets: Int32Array;
  readonly spanLengths: Uint32Array;
  /** Samples in each bucket of the spans, not cumulative and not differences. */
  readonly counts: Float64Array;
}

/** What is known about a counter reset between the previous histogram of the series and this one; in stored order. */
export const COUNTER_RESET_HINTS = ['unknown', 'reset', 'not-reset', 'gauge'] as const;
export type CounterResetHint = (typeof COUNTER_RESET_HINTS)[number];

/** Schema of histograms whose bucket bounds are listed: classic histograms in native form. */
export const CUSTOM_BUCKETS_SCHEMA = -53;
export const EXPONENTIAL_SCHEMA_MIN = -4;
export const EXPONENTIAL_SCHEMA_MAX = 8;

export interface NativeHistogram {
  /** Whether counts are whole numbers by contract (below 2^53) or any. */
  readonly isInteger: boolean;
  readonly counterResetHint: CounterResetHint;
  /** Bucket bounds are powers of 2^(2^-schema), or `customValues` when it is CUSTOM_BUCKETS_SCHEMA. */
  readonly schema: number;
  /** Values in [-zeroThreshold, zeroThreshold] count in `zeroCount`. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  /** Any NaN but the staleness marker may lose its payload. */
  readonly sum: number;
  /** The marker that ends the series: everything else is empty then, and `sum` NaN. */
  readonly isStale: boolean;
  readonly positive: HistogramBuckets;
  readonly negative: HistogramBuckets;
  /** Upper bounds of the positive buckets, strictly ascending; empty unless the schema is CUSTOM_BUCKETS_SCHEMA. */
  readonly customValues: Float64Array;
}

/** A histogram at a time. */
export interface HistogramSample {
  /** Integer milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly histogram: NativeHistogram;
}
