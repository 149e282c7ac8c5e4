/** A range of time, both ends inclusive; a start after the end is a range of nothing. */
export interface TimeBounds {
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
}
