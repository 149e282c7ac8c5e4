/**
 * The φ-quantile of `values[0, count)`, interpolated between neighbours; NaN counts as the smallest value.
 * Sorts the values in place.
 *
 * @returns NaN for no values or a φ of NaN, -Inf for φ < 0, +Inf for φ > 1
 */
export function quantileOf(quantile: number, values: Float64Array, count: number): number {
  if (count === 0 || Number.isNaN(quantile)) return NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  const nanCount = sortNanFirst(values, count);
  const rank = quantile * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  const at = (index: number): number => (index < nanCount ? NaN : values[index - nanCount]!);
  return at(lower) * (1 - weight) + at(upper) * weight;
}

/** Sorts the numbers to the front and returns how many NaN there were; they count as if they came first. */
function sortNanFirst(values: Float64Array, count: number): number {
  const used = values.subarray(0, count);
  used.sort();
  let nanCount = 0;
  while (nanCount < count && Number.isNaN(used[count - 1 - nanCount])) nanCount++;
  return nanCount;
}
