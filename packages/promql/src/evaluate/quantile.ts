import { selectNumber } from './select-number.ts';
import type { WorkBlocks } from './work-blocks.ts';

/** A sort cannot be left half-way. One of so many values takes 10 ms, and more of them are not sorted. */
const SORTED_VALUES_MAX = 100_000;

/**
 * The φ-quantile of `values[0, count)`, interpolated between neighbours; NaN counts as the smallest value.
 * May change the order of the values.
 *
 * @param blocks of the query, which may end in the midst of many values
 * @returns NaN for no values or a φ of NaN, -Inf for φ < 0, +Inf for φ > 1
 */
export function quantileOf(
  quantile: number,
  values: Float64Array,
  count: number,
  blocks: WorkBlocks,
): number {
  if (count === 0 || Number.isNaN(quantile)) return NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  const rank = quantile * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  if (count > SORTED_VALUES_MAX) {
    const nanCount = countNan(values, count, blocks);
    const found = (index: number): number =>
      index < nanCount ? NaN : selectNumber(values, count, index - nanCount, blocks);
    return found(lower) * (1 - weight) + found(upper) * weight;
  }
  const nanCount = sortNanLast(values, count);
  const at = (index: number): number => (index < nanCount ? NaN : values[index - nanCount]!);
  return at(lower) * (1 - weight) + at(upper) * weight;
}

/** Sorts the numbers to the front and returns how many NaN there were; they count as if they came first. */
function sortNanLast(values: Float64Array, count: number): number {
  const used = values.subarray(0, count);
  used.sort();
  let nanCount = 0;
  while (nanCount < count && Number.isNaN(used[count - 1 - nanCount])) nanCount++;
  return nanCount;
}

function countNan(values: Float64Array, count: number, blocks: WorkBlocks): number {
  let nanCount = 0;
  for (let index = 0; index < count;) {
    const end = blocks.endOf(index, count);
    for (; index < end; index++) if (Number.isNaN(values[index]!)) nanCount++;
  }
  return nanCount;
}
