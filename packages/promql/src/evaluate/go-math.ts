/** Go's minimum and maximum: an infinity on its own side wins even against NaN. */

export function goMin(left: number, right: number): number {
  return left === -Infinity || right === -Infinity ? -Infinity : Math.min(left, right);
}

export function goMax(left: number, right: number): number {
  return left === Infinity || right === Infinity ? Infinity : Math.max(left, right);
}
