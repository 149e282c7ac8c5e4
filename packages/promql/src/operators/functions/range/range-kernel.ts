/**
 * The seam between walking windows and computing on them. Windows are index ranges into one series' samples;
 * over the steps of a series both ends only move forward, so a kernel may keep state from window to window.
 */
import type { SampleColumns } from '@promontory/model';
import type { StepColumn } from '../../../evaluate/step-column.ts';

/** One object per operator, changed in place from step to step. */
export interface SampleWindow {
  /** First sample inside. */
  low: number;
  /** One after the last sample inside; more than `low`. */
  high: number;
  /** Exclusive. */
  startMs: number;
  /** Inclusive. */
  endMs: number;
  step: number;
  /** The evaluation time of the step, before `@` and `offset`. */
  stepTimeMs: number;
}

export interface RangeKernel {
  /** A new series: forget the last one. The samples stay valid until the next call. */
  begin(samples: SampleColumns): void;

  /** Sets the step's value in `target`, or leaves it absent. */
  evaluate(window: SampleWindow, target: StepColumn): void;
}
