// HOT PATH: rate() and the binary operators; for equal layouts one pass over the buckets.
/** Sums and differences of buckets of one sign, in the same schema. */
import type { HistogramBuckets } from '@promontory/model';
import { compactBuckets } from './compact-histogram.ts';
import type { CountsMemory } from './counts-slab.ts';
import { bucketCountOf, sameSpans, SpanFinder, unionOfSpans } from './span-layout.ts';

/** @returns compact buckets, which may share arrays with the left ones */
export function combineBuckets(
  left: HistogramBuckets,
  right: HistogramBuckets,
  sign: 1 | -1,
  memory: CountsMemory,
): HistogramBuckets {
  if (right.counts.length === 0) return compactBuckets(left, memory);
  if (!sameSpans(left, right)) return combineLayouts(left, right, sign, memory);
  const { spanOffsets, spanLengths, counts: leftCounts } = left;
  const rightCounts = right.counts;
  const counts = memory.take(leftCounts.length);
  let populated = 0;
  for (let at = 0; at < counts.length; at++) {
    const count = leftCounts[at]! + sign * rightCounts[at]!;
    counts[at] = count;
    if (count !== 0) populated++;
  }
  return compactBuckets({ spanOffsets, spanLengths, counts }, memory, populated);
}

function combineLayouts(
  left: HistogramBuckets,
  right: HistogramBuckets,
  sign: 1 | -1,
  memory: CountsMemory,
): HistogramBuckets {
  const { spanOffsets, spanLengths } = unionOfSpans(left, right);
  const counts = memory.take(bucketCountOf(spanLengths));
  const buckets = { spanOffsets, spanLengths, counts };
  addPlaced(buckets, left, 1);
  addPlaced(buckets, right, sign);
  return compactBuckets(buckets, memory);
}

/** @param target has all buckets of the source */
function addPlaced(target: HistogramBuckets, source: HistogramBuckets, sign: 1 | -1): void {
  const finder = new SpanFinder(target);
  const { spanOffsets, spanLengths, counts } = source;
  const targetCounts = target.counts;
  let index = 0;
  let at = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    const length = spanLengths[span]!;
    const shift = finder.find(index, length) - at;
    for (const end = at + length; at < end; at++) targetCounts[at + shift]! += sign * counts[at]!;
    index += length;
  }
}
