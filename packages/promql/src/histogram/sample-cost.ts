/** What a native histogram counts against the limit on samples of a query. */
import type { NativeHistogram } from '@promontory/model';

/** A float sample: a timestamp and a value. */
const SAMPLE_BYTES = 16;
/** Prometheus's histogram without its lists, and the timestamp. */
const FIXED_BYTES = 168 + 8;
/** A span, a bucket or a bound. */
const ELEMENT_BYTES = 8;

/** As many samples as the histogram's bytes in Prometheus make; at least 1. */
export function histogramSampleCost({ positive, negative, customValues }: NativeHistogram): number {
  const elementCount =
    positive.spanOffsets.length +
    positive.counts.length +
    negative.spanOffsets.length +
    negative.counts.length +
    customValues.length;
  return Math.floor((FIXED_BYTES + elementCount * ELEMENT_BYTES) / SAMPLE_BYTES);
}
