// HOT PATH: a comparison of span lists per histogram added or compared, no allocation.
/** Which buckets a histogram has on one side: comparing such layouts, joining them, finding buckets in them. */
import type { HistogramBuckets } from '@promontory/model';

export type SpanLayout = Pick<HistogramBuckets, 'spanOffsets' | 'spanLengths'>;

/** Whether the span lists are equal; lists in different forms may still describe the same buckets. */
export function sameSpans(left: SpanLayout, right: SpanLayout): boolean {
  const { spanOffsets, spanLengths } = left;
  if (spanOffsets === right.spanOffsets && spanLengths === right.spanLengths) return true;
  if (spanOffsets.length !== right.spanOffsets.length) return false;
  for (let span = 0; span < spanOffsets.length; span++) {
    if (spanOffsets[span] !== right.spanOffsets[span]) return false;
    if (spanLengths[span] !== right.spanLengths[span]) return false;
  }
  return true;
}

export function bucketCountOf(spanLengths: Uint32Array): number {
  let count = 0;
  for (let span = 0; span < spanLengths.length; span++) count += spanLengths[span]!;
  return count;
}

/** The index after the last bucket; 0 when there is none. */
export function endIndexOf({ spanOffsets, spanLengths }: SpanLayout): number {
  let end = 0;
  for (let span = 0; span < spanOffsets.length; span++) end += spanOffsets[span]! + spanLengths[span]!;
  return end;
}

/** The buckets that one or the other has, in as few spans as possible. */
export function unionOfSpans(left: SpanLayout, right: SpanLayout): SpanLayout {
  const starts: number[] = [];
  const ends: number[] = [];
  let leftSpan = 0;
  let leftEnd = 0;
  let rightSpan = 0;
  let rightEnd = 0;
  while (leftSpan < left.spanOffsets.length || rightSpan < right.spanOffsets.length) {
    const leftStart = leftSpan < left.spanOffsets.length ? leftEnd + left.spanOffsets[leftSpan]! : Infinity;
    const rightStart =
      rightSpan < right.spanOffsets.length ? rightEnd + right.spanOffsets[rightSpan]! : Infinity;
    if (leftStart <= rightStart) {
      leftEnd = leftStart + left.spanLengths[leftSpan++]!;
      appendInterval(starts, ends, leftStart, leftEnd);
    } else {
      rightEnd = rightStart + right.spanLengths[rightSpan++]!;
      appendInterval(starts, ends, rightStart, rightEnd);
    }
  }
  return layoutOfIntervals(starts, ends);
}

/** Appends an interval, or extends the last one by it; `start` is not below the last one's. */
function appendInterval(starts: number[], ends: number[], start: number, end: number): void {
  if (start === end) return;
  const last = ends.length - 1;
  if (last >= 0 && start <= ends[last]!) {
    ends[last] = Math.max(ends[last]!, end);
    return;
  }
  starts.push(start);
  ends.push(end);
}

function layoutOfIntervals(starts: readonly number[], ends: readonly number[]): SpanLayout {
  const spanOffsets = new Int32Array(starts.length);
  const spanLengths = new Uint32Array(starts.length);
  let previousEnd = 0;
  for (let span = 0; span < starts.length; span++) {
    spanOffsets[span] = starts[span]! - previousEnd;
    spanLengths[span] = ends[span]! - starts[span]!;
    previousEnd = ends[span]!;
  }
  return { spanOffsets, spanLengths };
}

/** Finds buckets in a layout, from lower indexes to higher ones. */
export class SpanFinder {
  readonly #layout: SpanLayout;
  #span = 0;
  /** Index of the span's first bucket, and its position among all counts. */
  #start: number;
  #position = 0;

  constructor(layout: SpanLayout) {
    this.#layout = layout;
    this.#start = layout.spanOffsets[0] ?? 0;
  }

  /**
   * @param index not below the one of the call before
   * @returns where the count of bucket `index` stands, the next `length` - 1 following it; -1 when the span
   *   does not have all of them
   */
  find(index: number, length: number): number {
    const { spanOffsets, spanLengths } = this.#layout;
    while (this.#span < spanOffsets.length && index >= this.#start + spanLengths[this.#span]!) {
      this.#position += spanLengths[this.#span]!;
      this.#start += spanLengths[this.#span]! + (spanOffsets[this.#span + 1] ?? 0);
      this.#span++;
    }
    if (this.#span >= spanOffsets.length || index < this.#start) return -1;
    if (index + length > this.#start + spanLengths[this.#span]!) return -1;
    return this.#position + index - this.#start;
  }
}
