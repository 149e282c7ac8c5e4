/** Sets of refs as ascending Int32Arrays without repeats. All functions return owned arrays. */

export type RefSet = Int32Array;

export const NO_REFS: RefSet = new Int32Array(0);

/** Intersects by galloping: time grows with the smaller set and the logarithm of the larger one. */
export function intersect(left: RefSet, right: RefSet): RefSet {
  const [small, large] = left.length <= right.length ? [left, right] : [right, left];
  const result = new Int32Array(small.length);
  let count = 0;
  let position = 0;
  for (const ref of small) {
    position = gallop(large, position, ref);
    if (position === large.length) break;
    if (large[position] === ref) result[count++] = ref;
  }
  return result.subarray(0, count);
}

/** The refs of `left` that are not in `right`. */
export function subtract(left: RefSet, right: RefSet): RefSet {
  const result = new Int32Array(left.length);
  let count = 0;
  let position = 0;
  for (const ref of left) {
    position = gallop(right, position, ref);
    if (right[position] !== ref) result[count++] = ref;
  }
  return result.subarray(0, count);
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

/** The first position at or after `start` whose ref is not below `ref`. */
function gallop(set: RefSet, start: number, ref: number): number {
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
