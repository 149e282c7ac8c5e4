// HOT PATH: every result of rate() and of arithmetic; 1 ns a bucket when none is empty.
/** Histograms without the buckets that count nothing, in as few spans as possible: Prometheus's Compact(0). */
import { emptyBuckets, type HistogramBuckets, type NativeHistogram, normalizeSpans } from '@promontory/model';

/** @returns the argument itself when it is compact already */
export function compactHistogram(histogram: NativeHistogram): NativeHistogram {
  const positive = compactBuckets(histogram.positive);
  const negative = compactBuckets(histogram.negative);
  const isCompact = positive === histogram.positive && negative === histogram.negative;
  return isCompact ? histogram : { ...histogram, positive, negative };
}

/** @returns the argument itself when it is compact already */
export function compactBuckets(buckets: HistogramBuckets): HistogramBuckets {
  const populated = countPopulated(buckets.counts);
  if (populated === buckets.counts.length) return normalizeSpans(buckets);
  return populated === 0 ? emptyBuckets() : keepPopulated(buckets, populated);
}

function countPopulated(counts: Float64Array): number {
  let populated = 0;
  for (let at = 0; at < counts.length; at++) if (counts[at] !== 0) populated++;
  return populated;
}

function keepPopulated(
  { spanOffsets, spanLengths, counts }: HistogramBuckets,
  populated: number,
): HistogramBuckets {
  const keptOffsets = new Int32Array(populated);
  const keptLengths = new Uint32Array(populated);
  const keptCounts = new Float64Array(populated);
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
  return {
    spanOffsets: keptOffsets.slice(0, keptSpan + 1),
    spanLengths: keptLengths.slice(0, keptSpan + 1),
    counts: keptCounts,
  };
}
