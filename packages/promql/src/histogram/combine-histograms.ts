// HOT PATH: rate() and the binary operators; for equal layouts one pass over the buckets, nothing allocated but the result.
/**
 * Sums and differences of two native histograms: Prometheus's FloatHistogram.Add and Sub, followed by
 * Compact(0). Zero buckets are brought to one width first, then the resolution to the coarser schema; custom
 * buckets with different bounds to the bounds that both have.
 */
import {
  type CounterResetHint,
  type HistogramBuckets,
  type NativeHistogram,
  reduceSchema,
} from '@promontory/model';
import { compactBuckets } from './compact-histogram.ts';
import {
  addMapped,
  bucketsOfDense,
  intersectBounds,
  mapBounds,
  sameBounds,
  usesCustomBuckets,
} from './custom-bounds.ts';
import { bucketCountOf, sameSpans, SpanFinder, unionOfSpans } from './span-layout.ts';
import { commonZeroThreshold, outside, widenZeroBucket } from './zero-bucket.ts';

/** What is worth telling about a combination. Functions only ever set the flags; the caller resets them. */
export interface CombineNotes {
  /** One histogram was known to start a new count, the other known not to. */
  counterResetCollision: boolean;
  /** Custom bounds differed; the result has only the common ones. */
  boundsReconciled: boolean;
}

/** @returns a float histogram, compact; null when one has exponential buckets and the other custom ones */
export function addHistograms(
  left: NativeHistogram,
  right: NativeHistogram,
  notes: CombineNotes,
): NativeHistogram | null {
  return combine(left, right, 1, notes);
}

/**
 * As {@link addHistograms}. The counter reset hint comes out as of a sum: where a difference is a gauge, it is
 * for the caller to say so.
 */
export function subtractHistograms(
  left: NativeHistogram,
  right: NativeHistogram,
  notes: CombineNotes,
): NativeHistogram | null {
  return combine(left, right, -1, notes);
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
): NativeHistogram | null {
  const isCustom = usesCustomBuckets(left);
  if (isCustom !== usesCustomBuckets(right)) return null;
  const hint = combineHints(left.counterResetHint, right.counterResetHint, notes);
  if (!isCustom) return combineExponential(left, right, sign, hint);
  if (sameBounds(left.customValues, right.customValues)) return combineScaled(left, right, sign, hint);
  notes.boundsReconciled = true;
  return combineCustom(left, right, sign, hint);
}

function combineExponential(
  left: NativeHistogram,
  right: NativeHistogram,
  sign: 1 | -1,
  hint: CounterResetHint,
): NativeHistogram {
  if (left.zeroThreshold === right.zeroThreshold && left.schema === right.schema) {
    return combineScaled(left, right, sign, hint);
  }
  const threshold = commonZeroThreshold(left, right);
  const schema = Math.min(left.schema, right.schema);
  const leftScaled = reduceSchema(widenZeroBucket(left, threshold), schema);
  const rightScaled = reduceSchema(widenZeroBucket(right, threshold), schema);
  return combineScaled(leftScaled, rightScaled, sign, hint);
}

/** @param right of the left one's schema, zero threshold and bounds */
function combineScaled(
  left: NativeHistogram,
  right: NativeHistogram,
  sign: 1 | -1,
  counterResetHint: CounterResetHint,
): NativeHistogram {
  const { schema, zeroThreshold, customValues } = left;
  return {
    isInteger: false,
    counterResetHint,
    schema,
    zeroThreshold,
    zeroCount: left.zeroCount + sign * right.zeroCount,
    count: left.count + sign * right.count,
    sum: left.sum + sign * right.sum,
    isStale: false,
    positive: combineBuckets(left.positive, outside(right.positive, schema, zeroThreshold), sign),
    negative: combineBuckets(left.negative, outside(right.negative, schema, zeroThreshold), sign),
    customValues,
  };
}

function combineBuckets(left: HistogramBuckets, right: HistogramBuckets, sign: 1 | -1): HistogramBuckets {
  if (right.counts.length === 0) return compactBuckets(left);
  if (!sameSpans(left, right)) return combineLayouts(left, right, sign);
  const { spanOffsets, spanLengths } = left;
  const counts = new Float64Array(left.counts.length);
  for (let at = 0; at < counts.length; at++) counts[at] = left.counts[at]! + sign * right.counts[at]!;
  return compactBuckets({ spanOffsets, spanLengths, counts });
}

function combineLayouts(left: HistogramBuckets, right: HistogramBuckets, sign: 1 | -1): HistogramBuckets {
  const layout = unionOfSpans(left, right);
  const buckets = { ...layout, counts: new Float64Array(bucketCountOf(layout)) };
  addPlaced(buckets, left, 1);
  addPlaced(buckets, right, sign);
  return compactBuckets(buckets);
}

/** @param target has all buckets of the source */
function addPlaced(target: HistogramBuckets, source: HistogramBuckets, sign: 1 | -1): void {
  const finder = new SpanFinder(target);
  const { spanOffsets, spanLengths, counts } = source;
  let index = 0;
  let at = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    const length = spanLengths[span]!;
    const position = finder.find(index, length);
    for (let offset = 0; offset < length; offset++) {
      target.counts[position + offset]! += sign * counts[at + offset]!;
    }
    index += length;
    at += length;
  }
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
