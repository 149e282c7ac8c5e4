/**
 * The pull interface of the evaluator. A consumer first asks for the metadata of all output series, sizes its
 * own state by it, and then reads the series one by one as whole columns (one value per step of the grid).
 *
 * Reading is synchronous, in any order, and may be repeated: an operator keeps what it needs for that
 * (aggregations their groups, selectors the set of series), never the columns it gave out. So one operator
 * may serve several consumers. Every value returned by reference belongs to the operator: do not modify it.
 */
import type { Labels, SampleColumns } from '@promontory/model';
import type { StepColumn } from '../evaluate/step-column.ts';
import type { SeriesSamples } from './series-samples.ts';

export interface SeriesMetadata {
  /** Still with the metric name, even when `dropName` says that it has lost its meaning. */
  readonly labels: Labels;
  /** The metric name goes away when the result is assembled, unless label_replace or label_join sets it anew. */
  readonly dropName: boolean;
}

export interface VectorOperator {
  /** The first call may read all inputs (count_values, sort); later calls return the same array. */
  series(): readonly SeriesMetadata[];

  /**
   * @param seriesIndex in [0, series().length)
   * @param target replaced as a whole; as long as the operator's grid
   */
  read(seriesIndex: number, target: StepColumn): void;
}

export interface ScalarOperator {
  /** One value per step; the same array on every call. */
  values(): Float64Array;
}

/** The window of every step: (reference - rangeMs, reference], and what an extension takes in around it. */
export interface WindowShape {
  readonly rangeMs: number;
  readonly offsetMs: number;
  /** The reference of every step before the offset, or null for the step's own time. */
  readonly atMs: number | null;
  /** How far `anchored` and `smoothed` look for a sample before the window; 0 without them. */
  readonly beforeMs: number;
  /** How far `smoothed` looks for a sample after the window; 0 without it. */
  readonly afterMs: number;
}

/** Series as raw samples, to be walked window by window. */
export interface RangeOperator {
  readonly windows: WindowShape;

  series(): readonly SeriesMetadata[];

  /** @returns the samples without staleness markers; valid until the next call, owned by the operator */
  readSamples(seriesIndex: number): SeriesSamples;

  /**
   * The start timestamps that are known of the series, as values by the samples' times; none of computed samples.
   * Valid until the next call, owned by the operator.
   */
  readStartTimestamps(seriesIndex: number): SampleColumns;
}

/** Labels that describe a metric rather than a series: they go when the name goes. */
export const METADATA_LABELS: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__']);
