/** What a query answers. The arrays belong to the caller; series that have the same timestamps may share them. */
import type { HistogramSample, Labels, NativeHistogram } from '@promontory/model';
import type { TraceSpan } from './trace/trace-span.ts';

/** One series of a matrix: its floats, and its native histograms. Timestamps ascend and occur once, in milliseconds. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  /** Floats: `[0, count)` of both columns. */
  readonly count: number;
  readonly histograms: readonly HistogramSample[];
}

export interface VectorSample {
  readonly labels: Labels;
  /** NaN when the sample is a histogram. */
  readonly value: number;
  /** null when the sample is a float. */
  readonly histogram: NativeHistogram | null;
}

export type QueryValue =
  | { readonly type: 'scalar'; readonly timestampMs: number; readonly value: number }
  | { readonly type: 'string'; readonly timestampMs: number; readonly value: string }
  | { readonly type: 'vector'; readonly timestampMs: number; readonly samples: readonly VectorSample[] }
  | { readonly type: 'matrix'; readonly series: readonly MatrixSeries[] };

/** How long the phases of a query took, in milliseconds. Parsing lies before all of them. */
export interface QueryTimings {
  /** To plan the query and to select its series. */
  readonly preparationMs: number;
  /** To evaluate it, sorting not counted. */
  readonly evaluationMs: number;
  readonly sortMs: number;
  /** From the plan to the result. */
  readonly totalMs: number;
}

/** What evaluating a query took. */
export interface QueryCost {
  /** Samples that the source gave. */
  readonly samplesRead: number;
  /** Most samples held in memory at once. */
  readonly samplesPeak: number;
  /** Most bytes, as estimated, held in memory at once. */
  readonly memoryBytesPeak: number;
}

export interface QueryStats extends QueryCost {
  readonly timings: QueryTimings;
  /** Samples that the evaluation looked at, counted once for every step that used them; those inside of subqueries are not. */
  readonly samplesQueryable: number;
  /** The same by step; null unless the request asked for it. */
  readonly samplesQueryablePerStep: Float64Array | null;
}

export interface QueryResult {
  readonly value: QueryValue;
  /** Sentences as Prometheus words them, without duplicates, in order of appearance. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats: QueryStats;
}

/** Bounds of one query; exceeding one throws a PromontoryError that names it. */
export interface QueryLimits {
  /** Samples held at once: ERR_QUERY_SAMPLES_MAX. */
  readonly samplesMax: number;
  /** Estimated bytes held at once, of samples and of lists of series: ERR_QUERY_MEMORY_MAX. */
  readonly memoryBytesMax: number;
  /** ERR_QUERY_TIMEOUT */
  readonly durationMsMax: number;
  /** Steps from the start of a range query to its end: ERR_QUERY_STEPS_MAX. */
  readonly stepsMax: number;
}

interface QueryRequestBase {
  readonly query: string;
  /** How far back an instant selector looks for its newest sample; left-open. */
  readonly lookbackDeltaMs: number;
  readonly limits: QueryLimits;
  /** Polled between series and between batches of steps; true stops the query with ERR_QUERY_CANCELLED. */
  readonly isCancelled: () => boolean;
  /** Whether samples are counted by step, too; they are not by default. */
  readonly perStepStats?: boolean;
  /** Gets the phases of the query and its operators as parts; what is not asked for costs nothing. */
  readonly trace?: TraceSpan;
  /** Told when the evaluation ends, whether with a result or with an error; not when it ended before its series were selected. Must not throw. */
  readonly onEnd?: (cost: QueryCost) => void;
}

export interface InstantQueryRequest extends QueryRequestBase {
  readonly timeMs: number;
}

export interface RangeQueryRequest extends QueryRequestBase {
  readonly startMs: number;
  readonly endMsInclusive: number;
  /** Positive. */
  readonly stepMs: number;
}
