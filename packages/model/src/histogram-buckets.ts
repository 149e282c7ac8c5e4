/** Buckets of one sign of a native histogram: making them, walking them, bringing their spans into one form. */
import { type HistogramBuckets, type NativeHistogram } from './native-histogram.ts';

/** No buckets; a new object each time, so that nobody can fill a shared one. */
export function emptyBuckets(): HistogramBuckets {
  return {
    spanOffsets: new Int32Array(0),
    spanLengths: new Uint32Array(0),
    counts: new Float64Array(0),
  };
}

/**
 * @param indexes bucket indexes, strictly ascending
 * @param counts as many, in the same order
 * @returns buckets with as few spans as possible
 */
export function bucketsOf(indexes: ArrayLike<number>, counts: ArrayLike<number>): HistogramBuckets {
  const offsets: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  for (let at = 0; at < indexes.length; at++) {
    const index = indexes[at] ?? 0;
    if (at > 0 && index === end) lengths.push((lengths.pop() ?? 0) + 1);
    else {
      offsets.push(index - end);
      lengths.push(1);
    }
    end = index + 1;
  }
  return {
    spanOffsets: Int32Array.from(offsets),
    spanLengths: Uint32Array.from(lengths),
    counts: Float64Array.from(counts),
  };
}

/** Calls `visit` with the index and the count of each bucket, ascending. The spans match the counts. */
export function walkBuckets(
  buckets: HistogramBuckets,
  visit: (bucketIndex: number, count: number) => void,
): void {
  const { spanOffsets, spanLengths, counts } = buckets;
  let bucketIndex = 0;
  let at = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    bucketIndex += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--) visit(bucketIndex++, counts[at++] ?? 0);
  }
}

/** The same buckets with empty spans left out and adjacent ones joined; the argument when it is so already. */
export function normalizeSpans(buckets: HistogramBuckets): HistogramBuckets {
  const { spanOffsets, spanLengths, counts } = buckets;
  let isNormal = true;
  for (let span = 0; span < spanOffsets.length; span++) {
    if (spanLengths[span] === 0 || (span > 0 && spanOffsets[span] === 0)) isNormal = false;
  }
  if (isNormal) return buckets;
  const offsets: number[] = [];
  const lengths: number[] = [];
  let gap = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    gap += spanOffsets[span]!;
    const length = spanLengths[span]!;
    if (length === 0) continue;
    if (gap === 0 && lengths.length > 0) lengths.push((lengths.pop() ?? 0) + length);
    else {
      offsets.push(gap);
      lengths.push(length);
    }
    gap = 0;
  }
  return { spanOffsets: Int32Array.from(offsets), spanLengths: Uint32Array.from(lengths), counts };
}

/** The marker that ends a series of histograms. */
export function staleHistogram(isInteger: boolean): NativeHistogram {
  return {
    isInteger,
    counterResetHint: 'unknown',
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: Number.NaN,
    isStale: true,
    positive: emptyBuckets(),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
  };
}
