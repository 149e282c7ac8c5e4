/**
 * What an aggregation keeps while it consumes its input series one by one. State is held per group and step in
 * arrays of `groupCount * stepCount`, group by group, so memory depends on the output and not on the input.
 */
import type { StepColumn } from '../../evaluate/step-column.ts';

export interface Accumulator {
  /** Takes in one series of the group; the column is only lent. */
  add(groupIndex: number, column: StepColumn): void;

  /** Writes the group's result. Called after the last `add`, any number of times. */
  finish(groupIndex: number, target: StepColumn): void;
}

export interface AccumulatorSize {
  readonly groupCount: number;
  readonly stepCount: number;
}
