/** Native histograms as senders encode them, for tests: made up, from a seed, and what they mean. */
import type { SeededRandom } from '@promontory/base';
import {
  COUNTER_RESET_HINTS,
  type HistogramBuckets,
  type NativeHistogram,
  staleHistogram,
} from '@promontory/model';
import { type BucketSpan, encodeWriteRequest, type ResetHint, type WireHistogram } from '../proto/index.ts';
import { ProtobufScan } from '../protobuf-scan.ts';

const RESET_HINTS: readonly ResetHint[] = [0, 1, 2, 3];

/** An integer histogram with buckets of 2 and 3 samples and one in the zero bucket, changed as asked. */
export function makeWireHistogram(change: Partial<WireHistogram> = {}): WireHistogram {
  return {
    timestampMs: 1_760_000_000_000,
    flavor: 'integer',
    isStale: false,
    count: 6,
    sum: 18.4,
    schema: 0,
    zeroThreshold: 2 ** -128,
    zeroCount: 1,
    resetHint: 0,
    positiveSpans: [{ offset: 0, length: 2 }],
    positiveBuckets: [2, 1],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
    ...change,
  };
}

/** A valid histogram of any kind but a stale one. */
export function randomWireHistogram(random: SeededRandom, timestampMs: number): WireHistogram {
  const isInteger = random.nextInt(2) === 0;
  const isCustom = random.nextInt(4) === 0;
  const customValues = Array.from({ length: isCustom ? random.nextInt(12) : 0 }, (_, at) => at * 1.5 - 3);
  const positive = isCustom
    ? randomBuckets(random, isInteger, 0, customValues.length + 1)
    : randomBuckets(random, isInteger, random.nextInt(400) - 200, 40);
  const negative = isCustom ? NO_BUCKETS : randomBuckets(random, isInteger, -random.nextInt(9), 10);
  const zeroCount = isCustom ? 0 : randomCount(random, isInteger);
  return {
    timestampMs,
    flavor: isInteger ? 'integer' : 'float',
    isStale: false,
    count: [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, zeroCount),
    sum: random.nextInt(8) === 0 ? Number.NaN : (random.nextFloat() - 0.5) * 1e6,
    schema: isCustom ? -53 : random.nextInt(16) - 4,
    zeroThreshold: isCustom ? 0 : ([0, 2 ** -128, 0.001][random.nextInt(3)] ?? 0),
    zeroCount,
    resetHint: RESET_HINTS[random.nextInt(4)] ?? 0,
    positiveSpans: positive.spans,
    positiveBuckets: isInteger ? deltasOf(positive.counts) : positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: isInteger ? deltasOf(negative.counts) : negative.counts,
    customValues,
  };
}

/** The Histogram message alone. */
export function histogramMessage(histogram: WireHistogram): Uint8Array {
  const none = { labels: [], timestampMs: new Float64Array(0), value: new Float64Array(0), exemplars: [] };
  const scan = new ProtobufScan();
  scan.bytes = encodeWriteRequest({ series: [{ ...none, histograms: [histogram] }], metadata: [] });
  const end = scan.bytes.length;
  // Into the only series, and its only field.
  for (let level = 0; level < 2; level++) {
    scan.tag(end);
    scan.contentEnd(end);
  }
  return scan.bytes.subarray(scan.position);
}

/** What a histogram on the wire means, in the model's form. */
export function meaningOf(histogram: WireHistogram): NativeHistogram {
  const isInteger = histogram.flavor === 'integer';
  if (histogram.isStale) return staleHistogram(isInteger);
  const { sum, schema, zeroThreshold, count, zeroCount } = histogram;
  return {
    isInteger,
    counterResetHint: COUNTER_RESET_HINTS[histogram.resetHint] ?? 'unknown',
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    isStale: false,
    positive: bucketsOf(histogram.positiveSpans, histogram.positiveBuckets, isInteger),
    negative: bucketsOf(histogram.negativeSpans, histogram.negativeBuckets, isInteger),
    customValues: Float64Array.from(histogram.customValues),
  };
}

interface RandomBuckets {
  readonly spans: readonly BucketSpan[];
  readonly counts: readonly number[];
}

const NO_BUCKETS: RandomBuckets = { spans: [], counts: [] };

/** At most `bucketsMax` of them, from the index `first` on; spans may be empty, and adjacent. */
function randomBuckets(
  random: SeededRandom,
  isInteger: boolean,
  first: number,
  bucketsMax: number,
): RandomBuckets {
  const spans: BucketSpan[] = [];
  const counts: number[] = [];
  let left = bucketsMax;
  while (left > 0 && random.nextInt(5) > 0) {
    const offset = spans.length === 0 ? 0 : Math.min(left, random.nextInt(4));
    const length = random.nextInt(left - offset + 1);
    left -= offset + length;
    spans.push({ offset: spans.length === 0 ? first : offset, length });
    for (let bucket = 0; bucket < length; bucket++) counts.push(randomCount(random, isInteger));
  }
  return { spans, counts };
}

function randomCount(random: SeededRandom, isInteger: boolean): number {
  if (!isInteger) return random.nextFloat() * 1000;
  return random.nextInt(10) === 0 ? random.nextInt(2 ** 32) * 2 ** 12 : random.nextInt(300);
}

function deltasOf(counts: readonly number[]): number[] {
  return counts.map((count, at) => count - (counts[at - 1] ?? 0));
}

function bucketsOf(
  spans: readonly BucketSpan[],
  buckets: readonly number[],
  isInteger: boolean,
): HistogramBuckets {
  let before = 0;
  return {
    spanOffsets: Int32Array.from(spans, ({ offset }) => offset),
    spanLengths: Uint32Array.from(spans, ({ length }) => length),
    counts: Float64Array.from(buckets, (bucket) => (before = isInteger ? before + bucket : bucket)),
  };
}
