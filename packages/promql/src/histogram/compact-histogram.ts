// HOT PATH: every result of rate() and of arithmetic; 1 ns a bucket when none is empty.
/** Histograms without the buckets that count nothing, in as few spans as possible: Prometheus's Compact(0). */
import { emptyBuckets, type HistogramBuckets, type NativeHistogram, normalizeSpans } from '@promontory/model';
import { type CountsMemory, separateCounts } from './counts-slab.ts';

/** @returns the argument itself when it is compact already */
export function compactHistogram(
  histogram: NativeHistogram,
  memory: CountsMemory = separateCounts,
): NativeHistogram {
  const positive = compactBuckets(histogram.positive, memory);
  const negative = compactBuckets(histogram.negative, memory);
  const isCompact = positive === histogram.positive && negative === histogram.negative;
  return isCompact ? histogram : { ...histogram, positive, negative };
}

/**
 * @param populated how many buckets count something, where the caller knows it
 * @returns the argument itself when it is compact already
 */
export function compactBuckets(
  buckets: HistogramBuckets,
  memory: CountsMemory,
  populated = countPopulated(buckets.counts),
): HistogramBuckets {
  if (populated === buckets.counts.length) return normalizeSpans(buckets);
  return populated === 0 ? emptyBuckets() : keepPopulated(buckets, memory.take(populated));
}

function countPopulated(counts: Float64Array): number {
  let populated = 0;
  for (let at = 0; at < counts.length; at++) if (counts[at] !== 0) populated++;
  return populated;
}

/** @param keptCounts as long as there are populated buckets; is filled with their counts */
function keepPopulated(buckets: HistogramBuckets, keptCounts: Float64Array): HistogramBuckets {
  const { spanOffsets, spanLengths, counts } = buckets;
  const keptSpanCount = countRuns(buckets);
  const keptOffsets = new Int32Array(keptSpanCount);
  const keptLengths = new Uint32Array(keptSpanCount);
  let index = 0;
  let at = 0;
  let kept = 0;
  let keptSpan = -1;
  let keptEnd = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--, index++) {
      const count = counts[at++]!;
      if (count === 0) continue;
      if (keptSpan < 0 || index !== keptEnd) keptOffsets[++keptSpan] = index - keptEnd;
      keptLengths[keptSpan]!++;
      keptCounts[kept++] = count;
      keptEnd = index + 1;
    }
  }
  return { spanOffsets: keptOffsets, spanLengths: keptLengths, counts: keptCounts };
}

/** How many spans the populated buckets make. */
function countRuns({ spanOffsets, spanLengths, counts }: HistogramBuckets): number {
  let runs = 0;
  let at = 0;
  let isInRun = false;
  for (let span = 0; span < spanOffsets.length; span++) {
    if (spanOffsets[span] !== 0) isInRun = false;
    for (let left = spanLengths[span]!; left > 0; left--) {
      const isPopulated = counts[at++] !== 0;
      if (isPopulated && !isInRun) runs++;
      isInRun = isPopulated;
    }
  }
  return runs;
}
