/** Bounds of custom buckets, and buckets moved from one list of bounds to another. */
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  type HistogramBuckets,
  type NativeHistogram,
} from '@promontory/model';
import { bucketUpperBound } from './exponential-bounds.ts';

export function usesCustomBuckets({ schema }: NativeHistogram): boolean {
  return schema === CUSTOM_BUCKETS_SCHEMA;
}

/** Upper bound of the positive bucket `index`, inclusive; for a negative one its lower bound is the negated result. */
export function bucketBound({ schema, customValues }: NativeHistogram, index: number): number {
  if (schema !== CUSTOM_BUCKETS_SCHEMA) return bucketUpperBound(schema, index);
  if (index < 0) return -Infinity;
  return index < customValues.length ? customValues[index]! : Infinity;
}

export function sameBounds(left: Float64Array, right: Float64Array): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/** The bounds that both lists have, ascending as they are. */
export function intersectBounds(left: Float64Array, right: Float64Array): Float64Array {
  const common = new Float64Array(Math.min(left.length, right.length));
  let count = 0;
  let rightAt = 0;
  for (const bound of left) {
    while (rightAt < right.length && right[rightAt]! < bound) rightAt++;
    if (right[rightAt] === bound) common[count++] = bound;
  }
  return common.slice(0, count);
}

/** For each bucket of `bounds`, the one with infinity included, the bucket of fewer bounds that has it. */
export function mapBounds(bounds: Float64Array, fewerBounds: Float64Array): Uint32Array {
  const targets = new Uint32Array(bounds.length + 1);
  let target = 0;
  for (let index = 0; index < bounds.length; index++) {
    while (target < fewerBounds.length && fewerBounds[target]! < bounds[index]!) target++;
    targets[index] = target;
  }
  targets[bounds.length] = fewerBounds.length;
  return targets;
}

/** Adds to `counts[t]`, or takes away when `sign` is -1, the count of each bucket that `targets` maps to t. */
export function addMapped(
  counts: Float64Array,
  buckets: HistogramBuckets,
  targets: Uint32Array,
  sign: 1 | -1,
): void {
  const { spanOffsets, spanLengths } = buckets;
  let [index, at] = [0, 0];
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--) {
      counts[targets[index++]!]! += sign * buckets.counts[at++]!;
    }
  }
}

/** Buckets with the indexes 0, 1, …, those that count nothing left out. */
export function bucketsOfDense(counts: Float64Array): HistogramBuckets {
  const indexes: number[] = [];
  counts.forEach((count, index) => {
    if (count !== 0) indexes.push(index);
  });
  return bucketsOf(
    indexes,
    indexes.map((index) => counts[index]!),
  );
}
