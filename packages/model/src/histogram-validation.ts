/**
 * What makes a native histogram fit to be stored: the rules of Prometheus (model/histogram, Validate), and
 * those that the storage needs besides: counts that doubles hold, bucket indexes that 32 bits hold, a bound on
 * buckets.
 */
import {
  COUNTER_RESET_HINTS,
  CUSTOM_BUCKETS_SCHEMA,
  EXPONENTIAL_SCHEMA_MIN,
  type HistogramBuckets,
  type NativeHistogram,
} from './native-histogram.ts';

/** Finest schema that is accepted; what is finer than EXPONENTIAL_SCHEMA_MAX is reduced before it is stored. */
export const EXPONENTIAL_SCHEMA_ACCEPTED_MAX = 52;
/** Most buckets of a histogram, both signs together, and most spans, unless a caller says otherwise. */
export const HISTOGRAM_BUCKETS_MAX = 16_384;
const BUCKET_INDEX_MAX = 2 ** 31 - 1;

export type HistogramFaultReason =
  | 'counter-reset-hint'
  | 'schema'
  | 'buckets-max'
  | 'span-offset-negative'
  | 'span-length'
  | 'bucket-index'
  | 'count-negative'
  | 'count-not-whole'
  | 'count-too-large'
  | 'count-mismatch'
  | 'zero-threshold'
  | 'custom-bounds'
  | 'custom-bounds-count'
  | 'custom-zero-bucket'
  | 'custom-negative-buckets'
  | 'exponential-custom-bounds';

export interface HistogramFault {
  readonly reason: HistogramFaultReason;
  /** What is wrong, for a person; continues "the histogram …". */
  readonly text: string;
}

/** @returns the first rule that the histogram breaks, or null when it is fine; a staleness marker always is */
export function validateHistogram(
  histogram: NativeHistogram,
  bucketsMax: number = HISTOGRAM_BUCKETS_MAX,
): HistogramFault | null {
  if (!COUNTER_RESET_HINTS.includes(histogram.counterResetHint)) {
    return fault(
      'counter-reset-hint',
      `has counter reset hint "${histogram.counterResetHint}", want ${COUNTER_RESET_HINTS.join(', ')}`,
    );
  }
  if (histogram.isStale) return null;
  const isCustom = histogram.schema === CUSTOM_BUCKETS_SCHEMA;
  return (
    findSchemaFault(histogram.schema) ??
    findSizeFault(histogram, bucketsMax) ??
    (isCustom ? findCustomFault(histogram) : findExponentialFault(histogram)) ??
    findSpanFault(histogram.positive, isCustom) ??
    findSpanFault(histogram.negative, isCustom) ??
    findCountFault(histogram)
  );
}

function fault(reason: HistogramFaultReason, text: string): HistogramFault {
  return { reason, text };
}

function findSchemaFault(schema: number): HistogramFault | null {
  if (schema === CUSTOM_BUCKETS_SCHEMA) return null;
  const isAccepted =
    Number.isInteger(schema) && schema >= EXPONENTIAL_SCHEMA_MIN && schema <= EXPONENTIAL_SCHEMA_ACCEPTED_MAX;
  if (isAccepted) return null;
  return fault(
    'schema',
    `has schema ${schema}, want ${EXPONENTIAL_SCHEMA_MIN} to ${EXPONENTIAL_SCHEMA_ACCEPTED_MAX}, or ${CUSTOM_BUCKETS_SCHEMA}`,
  );
}

function findSizeFault(histogram: NativeHistogram, bucketsMax: number): HistogramFault | null {
  const { positive, negative, customValues } = histogram;
  const sizes = [
    ['buckets', positive.counts.length + negative.counts.length],
    ['spans', positive.spanOffsets.length + negative.spanOffsets.length],
    ['custom bounds', customValues.length],
  ] as const;
  for (const [what, size] of sizes) {
    if (size > bucketsMax) return fault('buckets-max', `has ${size} ${what}, limit ${bucketsMax}`);
  }
  return null;
}

function findExponentialFault(histogram: NativeHistogram): HistogramFault | null {
  const { customValues, zeroThreshold } = histogram;
  if (customValues.length > 0) {
    return fault('exponential-custom-bounds', 'has custom bounds, which go only with custom buckets');
  }
  if (zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY) return null;
  return fault('zero-threshold', `has zero threshold ${zeroThreshold}, want 0 or more`);
}

function findCustomFault(histogram: NativeHistogram): HistogramFault | null {
  const { customValues, zeroCount, zeroThreshold, negative, positive } = histogram;
  if (zeroCount !== 0 || zeroThreshold !== 0) {
    return fault('custom-zero-bucket', 'has custom buckets and a zero bucket');
  }
  if (negative.counts.length > 0 || negative.spanOffsets.length > 0) {
    return fault('custom-negative-buckets', 'has custom buckets and negative ones');
  }
  for (let at = 0; at < customValues.length; at++) {
    const bound = customValues[at]!;
    if (!Number.isFinite(bound)) return fault('custom-bounds', `has custom bound ${bound}`);
    if (at > 0 && bound <= customValues[at - 1]!) {
      return fault(
        'custom-bounds',
        `has custom bounds that do not ascend: ${customValues[at - 1]}, ${bound}`,
      );
    }
  }
  let reach = 0;
  for (let span = 0; span < positive.spanOffsets.length; span++) {
    reach += positive.spanOffsets[span]! + (positive.spanLengths[span] ?? 0);
  }
  if (reach <= customValues.length + 1) return null;
  return fault(
    'custom-bounds-count',
    `has ${customValues.length} custom bounds and reaches to bucket ${reach}, want at most one more than bounds`,
  );
}

function findSpanFault(buckets: HistogramBuckets, isCustom: boolean): HistogramFault | null {
  const { spanOffsets, spanLengths, counts } = buckets;
  let total = 0;
  let bucketIndex = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    const offset = spanOffsets[span]!;
    if (offset < 0 && (span > 0 || isCustom)) {
      return fault('span-offset-negative', `has a span with offset ${offset} after another`);
    }
    const length = spanLengths[span] ?? 0;
    total += length;
    bucketIndex += offset + length;
    if (Math.abs(bucketIndex) > BUCKET_INDEX_MAX) {
      return fault('bucket-index', `has a bucket index beyond ${BUCKET_INDEX_MAX}`);
    }
  }
  if (total === counts.length && spanLengths.length === spanOffsets.length) return null;
  return fault('span-length', `has spans of ${total} buckets and ${counts.length} bucket counts`);
}

function findCountFault(histogram: NativeHistogram): HistogramFault | null {
  const { isInteger, count, zeroCount, sum, positive, negative } = histogram;
  const found = findOneCountFault(count, isInteger) ?? findOneCountFault(zeroCount, isInteger);
  if (found !== null) return found;
  let total = zeroCount;
  for (const { counts } of [negative, positive]) {
    for (let at = 0; at < counts.length; at++) {
      const bad = findOneCountFault(counts[at]!, isInteger);
      if (bad !== null) return bad;
      total += counts[at]!;
    }
  }
  // Samples that are NaN are in no bucket; sums of float counts are rounded.
  if (!isInteger || total === count || (Number.isNaN(sum) && total < count)) return null;
  return fault('count-mismatch', `counts ${count} samples and has ${total} in its buckets`);
}

function findOneCountFault(count: number, isInteger: boolean): HistogramFault | null {
  if (count < 0) return fault('count-negative', `has a negative count, ${count}`);
  if (!isInteger) return null;
  if (count > Number.MAX_SAFE_INTEGER) {
    return fault('count-too-large', `has a count above 2^53 - 1, ${count}`);
  }
  return Number.isInteger(count) ? null : fault('count-not-whole', `counts whole samples and has ${count}`);
}
