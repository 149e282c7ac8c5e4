// HOT PATH: rate() and increase(), per pair of samples; one pass over the buckets, no allocation for equal layouts.
/** Whether a counter of histograms started anew between two samples: Prometheus's FloatHistogram.DetectReset. */
import { type HistogramBuckets, type NativeHistogram, reduceSchema } from '@promontory/model';
import { addMapped, intersectBounds, mapBounds, sameBounds, usesCustomBuckets } from './custom-bounds.ts';
import { sameSpans, SpanFinder } from './span-layout.ts';
import { countWithin, mayStartWithin, raiseThreshold, zeroCountWithin } from './zero-bucket.ts';

/**
 * The hint of `current` decides where it knows; else whether anything was counted that is counted no more: the
 * count, the zero bucket or a bucket is smaller, or a populated bucket is gone. The sum may go down. A schema that
 * became finer, or a zero bucket that became narrower or ends inside a populated bucket of `previous`, comes with a
 * reset only.
 */
export function detectReset(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (current.counterResetHint === 'reset') return true;
  if (current.counterResetHint === 'not-reset') return false;
  if (current.count < previous.count) return true;
  if (usesCustomBuckets(current)) return detectCustomReset(current, previous);
  // Custom buckets have the smallest schema of all, so that this covers the change from them.
  if (current.schema > previous.schema) return true;
  const { schema, zeroThreshold } = current;
  if (zeroThreshold < previous.zeroThreshold) return true;
  if (zeroThreshold === previous.zeroThreshold) {
    if (current.zeroCount < previous.zeroCount) return true;
  } else {
    if (raiseThreshold(previous, zeroThreshold) !== zeroThreshold) return true;
    if (current.zeroCount < zeroCountWithin(previous, zeroThreshold)) return true;
  }
  const reduced = reduceSchema(previous, schema);
  return (
    hasShrunk(current.positive, reduced.positive, schema, zeroThreshold) ||
    hasShrunk(current.negative, reduced.negative, schema, zeroThreshold)
  );
}

function detectCustomReset(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (!usesCustomBuckets(previous)) return true;
  if (sameBounds(current.customValues, previous.customValues)) {
    return hasShrunk(current.positive, previous.positive, current.schema, 0);
  }
  const common = intersectBounds(current.customValues, previous.customValues);
  const [counts, previousCounts] = [current, previous].map(({ positive, customValues }) => {
    const mapped = new Float64Array(common.length + 1);
    addMapped(mapped, positive, mapBounds(customValues, common), 1);
    return mapped;
  });
  return counts!.some((count, at) => count < previousCounts![at]!);
}

/** Whether a bucket outside the zero bucket counts less than before; a missing one counts nothing. */
function hasShrunk(
  current: HistogramBuckets,
  previous: HistogramBuckets,
  schema: number,
  zeroThreshold: number,
): boolean {
  if (previous.counts.length === 0) return false;
  const startsWithin = mayStartWithin(previous, schema, zeroThreshold);
  if (startsWithin || !sameSpans(current, previous)) {
    const skipped = startsWithin ? countWithin(previous, schema, zeroThreshold) : 0;
    return hasLost(current, previous, skipped);
  }
  for (let at = 0; at < previous.counts.length; at++) {
    if (current.counts[at]! < previous.counts[at]!) return true;
  }
  return false;
}

/** {@link hasShrunk} for different layouts, the first `skipped` of the previous buckets left out. */
function hasLost(current: HistogramBuckets, previous: HistogramBuckets, skipped: number): boolean {
  const { spanOffsets, spanLengths, counts } = previous;
  const finder = new SpanFinder(current);
  let index = 0;
  let at = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--, index++, at++) {
      if (at < skipped) continue;
      const count = counts[at]!;
      const position = finder.find(index, 1);
      if (position < 0 ? count !== 0 : current.counts[position]! < count) return true;
    }
  }
  return false;
}
