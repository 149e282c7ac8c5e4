/** Relative to the sum of both magnitudes. */
const TOLERANCE = 1e-6;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** Whether scripts take two numbers for the same one, by the rule of Prometheus (util/almost); NaN equals NaN. */
export function almostEqual(left: number, right: number): boolean {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) && Number.isNaN(right);
  if (left === right) return true;
  const magnitude = Math.abs(left) + Math.abs(right);
  const difference = Math.abs(left - right);
  if (left === 0 || right === 0 || magnitude < SMALLEST_NORMAL)
    return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(magnitude, Number.MAX_VALUE) < TOLERANCE;
}
