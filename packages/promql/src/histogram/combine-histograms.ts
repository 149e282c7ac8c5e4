// HOT PATH: rate() and the binary operators; for equal layouts nothing is allocated but the result.
/**
 * Sums and differences of two native histograms: Prometheus's FloatHistogram.Add and Sub, followed by
 * Compact(0). Zero buckets are brought to one width first, then the resolution to the coarser schema; custom
 * buckets with different bounds to the bounds that both have.
 */
import { type CounterResetHint, type NativeHistogram, reduceSchema } from '@promontory/model';
import { combineBuckets } from './combine-buckets.ts';
import { type CountsMemory, separateCounts } from './counts-slab.ts';
import {
  addMapped,
  bucketsOfDense,
  intersectBounds,
  mapBounds,
  sameBounds,
  usesCustomBuckets,
} from './custom-bounds.ts';
import { commonZeroThreshold, outside, widenZeroBucket, zeroCountWithin } from './zero-bucket.ts';

/** What is worth telling about a combination. Functions only ever set the flags; the caller resets them. */
export interface CombineNotes {
  /** One histogram was known to start a new count, the other known not to. */
  counterResetCollision: boolean;
  /** Custom bounds differed; the result has only the common ones. */
  boundsReconciled: boolean;
}

/**
 * @param memory where the result's counts come from
 * @returns a float histogram, compact; null when one has exponential buckets and the other custom ones
 */
export function addHistograms(
  left: NativeHistogram,
  right: NativeHistogram,
  notes: CombineNotes,
  memory: CountsMemory = separateCounts,
): NativeHistogram | null {
  return combine(left, right, 1, notes, memory);
}

/**
 * As {@link addHistograms}. The counter reset hint comes out as of a sum: where a difference is a gauge, it is
 * for the caller to say so.
 */
export function subtractHistograms(
  left: NativeHistogram,
  right: NativeHistogram,
  notes: CombineNotes,
  memory: CountsMemory = separateCounts,
): NativeHistogram | null {
  return combine(left, right, -1, notes, memory);
}

export function withHint(histogram: NativeHistogram, hint: CounterResetHint): NativeHistogram {
  return histogram.counterResetHint === hint ? histogram : { ...histogram, counterResetHint: hint };
}

/** The hint of a combination: a gauge makes it one, and two hints that differ otherwise leave it unknown. */
export function combineHints(
  left: CounterResetHint,
  right: CounterResetHint,
  notes: CombineNotes,
): CounterResetHint {
  if (left === right) return left;
  if (left === 'gauge' || right === 'gauge') return 'gauge';
  if (left !== 'unknown' && right !== 'unknown') notes.counterResetCollision = true;
  return 'unknown';
}

function combine(
  left: NativeHistogram,
  right: NativeHistogram,
  sign: 1 | -1,
  notes: CombineNotes,
  memory: CountsMemory,
): NativeHistogram | null {
  const isCustom = usesCustomBuckets(left);
  if (isCustom !== usesCustomBuckets(right)) return null;
  const hint = combineHints(left.counterResetHint, right.counterResetHint, notes);
  if (!isCustom) return combineExponential(left, right, sign, hint, memory);
  if (sameBounds(left.customValues, right.customValues)) {
    return combineScaled(left, right, sign, hint, memory);
  }
  notes.boundsReconciled = true;
  return combineCustom(left, right, sign, hint);
}

function combineExponential(
  left: NativeHistogram,
  right: NativeHistogram,
  sign: 1 | -1,
  hint: CounterResetHint,
  memory: CountsMemory,
): NativeHistogram {
  if (left.zeroThreshold === right.zeroThreshold && left.schema === right.schema) {
    return combineScaled(left, right, sign, hint, memory);
  }
  const zeroThreshold = commonZeroThreshold(left, right);
  const schema = Math.min(left.schema, right.schema);
  const leftScaled = reduceSchema(widenZeroBucket(left, zeroThreshold), schema);
  return combineScaled(leftScaled, alignAddend(right, zeroThreshold, schema), sign, hint, memory);
}

/**
 * What is added, at the common zero threshold and schema. Its buckets within the zero bucket are left to the
 * addition, which leaves them out after the reduction: of a coarser bucket that ends outside, the finer ones within
 * are counted twice. That is wrong, but it is Prometheus's result.
 */
export function alignAddend(
  histogram: NativeHistogram,
  zeroThreshold: number,
  schema: number,
): NativeHistogram {
  if (histogram.zeroThreshold === zeroThreshold) return reduceSchema(histogram, schema);
  const zeroCount = zeroCountWithin(histogram, zeroThreshold);
  return reduceSchema({ ...histogram, zeroThreshold, zeroCount }, schema);
}

/** @param right of the left one's schema, zero threshold and bounds */
function combineScaled(
  left: NativeHistogram,
  right: NativeHistogram,
  sign: 1 | -1,
  counterResetHint: CounterResetHint,
  memory: CountsMemory,
): NativeHistogram {
  const { schema, zeroThreshold, customValues } = left;
  const rightPositive = outside(right.positive, schema, zeroThreshold);
  const rightNegative = outside(right.negative, schema, zeroThreshold);
  return {
    isInteger: false,
    counterResetHint,
    schema,
    zeroThreshold,
    zeroCount: left.zeroCount + sign * right.zeroCount,
    count: left.count + sign * right.count,
    sum: left.sum + sign * right.sum,
    isStale: false,
    positive: combineBuckets(left.positive, rightPositive, sign, memory),
    negative: combineBuckets(left.negative, rightNegative, sign, memory),
    customValues,
  };
}

function combineCustom(
  left: NativeHistogram,
  right: NativeHistogram,
  sign: 1 | -1,
  counterResetHint: CounterResetHint,
): NativeHistogram {
  const customValues = intersectBounds(left.customValues, right.customValues);
  const counts = new Float64Array(customValues.length + 1);
  addMapped(counts, left.positive, mapBounds(left.customValues, customValues), 1);
  addMapped(counts, right.positive, mapBounds(right.customValues, customValues), sign);
  return {
    isInteger: false,
    counterResetHint,
    schema: left.schema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: left.count + sign * right.count,
    sum: left.sum + sign * right.sum,
    isStale: false,
    positive: bucketsOfDense(counts),
    negative: left.negative,
    customValues,
  };
}
