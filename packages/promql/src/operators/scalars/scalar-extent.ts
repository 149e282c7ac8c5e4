import { goMax, goMin } from '../../evaluate/go-math.ts';
import type { WorkBlocks } from '../../evaluate/work-blocks.ts';

/** What lies between them is known of a scalar's values at all steps. */
export interface ScalarExtent {
  readonly hasNaN: boolean;
  /** NaN beside NaN, except for infinities; of no values, Infinity. */
  readonly smallest: number;
  /** NaN beside NaN, except for infinities; of no values, -Infinity. */
  readonly largest: number;
}

/** @param blocks of the query */
export function extentOf(values: Float64Array, blocks: WorkBlocks): ScalarExtent {
  let hasNaN = false;
  let smallest = Infinity;
  let largest = -Infinity;
  for (let step = 0; step < values.length;) {
    const end = blocks.endOf(step, values.length);
    for (; step < end; step++) {
      const value = values[step]!;
      hasNaN ||= value !== value;
      smallest = goMin(smallest, value);
      largest = goMax(largest, value);
    }
  }
  return { hasNaN, smallest, largest };
}
