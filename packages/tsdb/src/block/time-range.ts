export interface TimeRange {
  readonly startMsInclusive: number;
  readonly endMsInclusive: number;
}

export function overlapsAny(ranges: readonly TimeRange[], firstMs: number, lastMs: number): boolean {
  return ranges.some((range) => firstMs <= range.endMsInclusive && lastMs >= range.startMsInclusive);
}

/** Whether one range alone has all of [firstMs, lastMs]. */
export function coversAll(ranges: readonly TimeRange[], firstMs: number, lastMs: number): boolean {
  return ranges.some((range) => firstMs >= range.startMsInclusive && lastMs <= range.endMsInclusive);
}
