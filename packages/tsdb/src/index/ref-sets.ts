/** Sets of refs as ascending Int32Arrays without repeats. All functions return owned arrays. */

export type RefSet = Int32Array;

export const NO_REFS: RefSet = new Int32Array(0);

/** Intersects by galloping: time grows with the smaller set and the logarithm of the larger one. */
export function intersect(left: RefSet, right: RefSet): RefSet {
  const result = new Int32Array(Math.min(left.length, right.length));
  return result.subarray(0, intersectInto(left, right, result));
}

/** As `intersect`, into `target`, which has room for the smaller set. @returns how many */
export function intersectInto(left: RefSet, right: RefSet, target: Int32Array): number {
  const [small, large] = left.length <= right.length ? [left, right] : [right, left];
  let count = 0;
  let position = 0;
  for (const ref of small) {
    position = positionOf(large, position, ref);
    if (position === large.length) break;
    if (large[position] === ref) target[count++] = ref;
  }
  return count;
}

/** The refs of `left` that are not in `right`. */
export function subtract(left: RefSet, right: RefSet): RefSet {
  const result = new Int32Array(left.length);
  return result.subarray(0, subtractInto(left, right, result));
}

/** As `subtract`, into `target`, which has room for `left`. @returns how many */
export function subtractInto(left: RefSet, right: RefSet, target: Int32Array): number {
  let count = 0;
  let position = 0;
  for (const ref of left) {
    position = positionOf(right, position, ref);
    if (right[position] !== ref) target[count++] = ref;
  }
  return count;
}

/** The union of any number of sets, or of runs in any order: they are joined, sorted and freed of repeats. */
export function union(sets: readonly RefSet[]): RefSet {
  if (sets.length === 0) return NO_REFS;
  if (sets.length === 1) return sets[0] ?? NO_REFS;
  const joined = new Int32Array(sets.reduce((sum, set) => sum + set.length, 0));
  let length = 0;
  let ascending = true;
  for (const set of sets) {
    if (length > 0 && set.length > 0 && set[0]! <= joined[length - 1]!) ascending = false;
    joined.set(set, length);
    length += set.length;
  }
  if (ascending) return joined;
  joined.sort();
  let count = 0;
  for (let index = 0; index < length; index++) {
    if (index === 0 || joined[index] !== joined[index - 1]) joined[count++] = joined[index]!;
  }
  return joined.subarray(0, count);
}

/** Whether the set has the ref. */
export function hasRef(set: RefSet, ref: number): boolean {
  return set[positionOf(set, 0, ref)] === ref;
}

/** The first position at or after `start` whose ref is not below `ref`; galloping from `start` on. */
export function positionOf(set: RefSet, start: number, ref: number): number {
  if (start >= set.length || set[start]! >= ref) return start;
  let step = 1;
  let low = start;
  while (low + step < set.length && set[low + step]! < ref) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, set.length);
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (set[middle]! < ref) low = middle;
    else high = middle;
  }
  return high;
}
