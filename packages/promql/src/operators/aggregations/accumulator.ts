/**
 * What an aggregation keeps while it consumes its input series one by one. State is held per group and step in
 * arrays of `groupCount * stepCount`, group by group, so memory depends on the output and not on the input.
 */
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata } from '../operator.ts';

export interface Accumulator {
  /** Takes in one series of the group; the column is only lent. */
  add(groupIndex: number, column: StepColumn, series: SeriesMetadata): void;

  /**
   * Writes the group's result. Called after the last `add`, any number of times.
   *
   * @param target cleared
   */
  finish(groupIndex: number, target: StepColumn): void;
}

/** Of floats, beside which histograms are combined. */
export interface FloatAccumulator extends Accumulator {
  /** @param slot `groupIndex * stepCount + step` */
  hasFloat(slot: number): boolean;
}

export interface AccumulatorSize {
  readonly groupCount: number;
  readonly stepCount: number;
}
