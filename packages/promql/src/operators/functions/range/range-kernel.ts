/**
 * The seam between walking windows and computing on them. Windows are index ranges into one series' samples;
 * over the steps of a series both ends only move forward, so a kernel may keep state from window to window.
 */
import type { HistogramSample, SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { WorkBlocks } from '../../../evaluate/work-blocks.ts';
import type { StepWindows } from './step-windows.ts';

/** One object per operator, changed in place from step to step. */
export interface SampleWindow {
  /** First float inside. */
  low: number;
  /** One after the last float inside. */
  high: number;
  /** First histogram inside. */
  histogramLow: number;
  /** One after the last histogram inside. */
  histogramHigh: number;
  /** Exclusive. Samples of an extended window may lie before it, and after the end. */
  startMs: number;
  /** Inclusive. */
  endMs: number;
  step: number;
  /** The evaluation time of the step, before `@` and `offset`. */
  stepTimeMs: number;
}

/** One series, as the kernels get it. One object per operator, changed in place from series to series. */
export interface KernelInput {
  floats: SampleColumns;
  histograms: readonly HistogramSample[];
  /** By the index of the float: its start timestamp, 0 where it is not known. null: of none, or not asked for. */
  floatStartsMs: Float64Array | null;
  /** The same of the histograms. */
  histogramStartsMs: Float64Array | null;
  /** Those of the query: a series may have tens of millions of samples. */
  readonly blocks: WorkBlocks;
}

/** Computes on windows of floats. */
export interface RangeKernel {
  /** Whether the series' start timestamps are wanted; they cost a second reading. */
  readonly usesStartTimestamps?: boolean;

  /** A new series: forget the last one. The input stays valid until the next call. */
  begin(input: KernelInput): void;

  /** Sets the step's value in `target`, or leaves it absent. */
  evaluate(window: SampleWindow, target: StepColumn): void;

  /**
   * Sets the values of all steps, of a series with the timestamps of the series before: what depends on them alone need
   * not be found again.
   *
   * @returns false when they are to be evaluated one by one
   */
  tryEvaluateAll?(windows: StepWindows, target: StepColumn): boolean;
}

/** Computes on windows with at least one native histogram; floats may be there, too. */
export type HistogramKernel = RangeKernel;
