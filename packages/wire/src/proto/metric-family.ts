/**
 * `io.prometheus.client.MetricFamily`, the message of the protobuf exposition format, with what federation sends: floats
 * of all types and native histograms. A histogram with listed bounds has no native form here and goes out as the
 * classic buckets that it stands for.
 *
 * Field names are ours; the numbers are those of the published schema.
 */
import { CUSTOM_BUCKETS_SCHEMA, type HistogramBuckets, type NativeHistogram } from '@promontory/model';
import protobuf from 'protobufjs/light.js';
import type { WireLabel } from './time-series.ts';

type FieldRow = readonly [name: string, id: number, type: string, rule?: 'repeated' | 'packed'];

const MESSAGES: Readonly<Record<string, readonly FieldRow[]>> = {
  LabelPair: [
    ['name', 1, 'string'],
    ['value', 2, 'string'],
  ],
  Float: [['value', 1, 'double']],
  Bucket: [
    ['cumulativeCount', 1, 'uint64'],
    ['upperBound', 2, 'double'],
    ['cumulativeCountFloat', 4, 'double'],
  ],
  BucketSpan: [
    ['offset', 1, 'sint32'],
    ['length', 2, 'uint32'],
  ],
  Histogram: [
    ['count', 1, 'uint64'],
    ['sum', 2, 'double'],
    ['buckets', 3, 'Bucket', 'repeated'],
    ['countFloat', 4, 'double'],
    ['schema', 5, 'sint32'],
    ['zeroThreshold', 6, 'double'],
    ['zeroCount', 7, 'uint64'],
    ['zeroCountFloat', 8, 'double'],
    ['negativeSpans', 9, 'BucketSpan', 'repeated'],
    ['negativeDeltas', 10, 'sint64', 'packed'],
    ['negativeCounts', 11, 'double', 'packed'],
    ['positiveSpans', 12, 'BucketSpan', 'repeated'],
    ['positiveDeltas', 13, 'sint64', 'packed'],
    ['positiveCounts', 14, 'double', 'packed'],
  ],
  Metric: [
    ['labels', 1, 'LabelPair', 'repeated'],
    ['gauge', 2, 'Float'],
    ['counter', 3, 'Float'],
    ['untyped', 5, 'Float'],
    ['timestampMs', 6, 'int64'],
    ['histogram', 7, 'Histogram'],
  ],
  MetricFamily: [
    ['name', 1, 'string'],
    ['type', 3, 'int32'],
    ['metrics', 4, 'Metric', 'repeated'],
  ],
};

/** The numbers of `MetricType`. */
const TYPES = { counter: 0, gauge: 1, untyped: 3, histogram: 4, gaugehistogram: 5 } as const;

export type WireFamilyType = keyof typeof TYPES;

/** One series at one time. */
export interface WireMetric {
  readonly labels: readonly WireLabel[];
  readonly timestampMs: number;
  /** A float in families of floats, a histogram in the others. */
  readonly value: number | NativeHistogram;
}

export interface WireMetricFamily {
  readonly name: string;
  readonly type: WireFamilyType;
  readonly metrics: readonly WireMetric[];
}

const FAMILY = buildFamilyType();

/** The families one after the other, each with its length in front. */
export function encodeMetricFamilies(families: Iterable<WireMetricFamily>): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const { name, type, metrics } of families) {
    const raw = { name, type: TYPES[type], metrics: metrics.map((metric) => rawMetric(type, metric)) };
    FAMILY.encodeDelimited(raw, writer);
  }
  return writer.finish();
}

function rawMetric(type: WireFamilyType, { labels, timestampMs, value }: WireMetric): object {
  if (typeof value !== 'number') return { labels, timestampMs, histogram: rawHistogram(value) };
  const field = type === 'counter' || type === 'gauge' ? type : 'untyped';
  return { labels, timestampMs, [field]: { value } };
}

function rawHistogram(histogram: NativeHistogram): object {
  const { isInteger, count, sum, schema, zeroThreshold, zeroCount } = histogram;
  const total = isInteger ? { count } : { countFloat: count };
  if (schema === CUSTOM_BUCKETS_SCHEMA) return { ...total, sum, buckets: classicBuckets(histogram) };
  const positive = rawSpans(histogram.positive);
  const negative = rawSpans(histogram.negative);
  // Without any of these a reader would take it for a classic histogram without buckets.
  const isBare = positive.length + negative.length === 0 && zeroThreshold === 0 && zeroCount === 0;
  return {
    ...total,
    sum,
    schema,
    zeroThreshold,
    positiveSpans: isBare ? [{ offset: 0, length: 0 }] : positive,
    negativeSpans: negative,
    ...(isInteger
      ? {
          zeroCount,
          positiveDeltas: deltasOf(histogram.positive),
          negativeDeltas: deltasOf(histogram.negative),
        }
      : {
          zeroCountFloat: zeroCount,
          positiveCounts: [...histogram.positive.counts],
          negativeCounts: [...histogram.negative.counts],
        }),
  };
}

function rawSpans({ spanOffsets, spanLengths }: HistogramBuckets): object[] {
  return Array.from(spanOffsets, (offset, index) => ({ offset, length: spanLengths[index] ?? 0 }));
}

function deltasOf({ counts }: HistogramBuckets): number[] {
  return Array.from(counts, (count, index) => count - (counts[index - 1] ?? 0));
}

/** Every listed bound with the samples up to it; the last bucket, without a bound, is the count. */
function classicBuckets({ isInteger, positive, customValues }: NativeHistogram): object[] {
  const counts = new Float64Array(customValues.length + 1);
  let index = 0;
  let read = 0;
  for (let span = 0; span < positive.spanOffsets.length; span++) {
    index += positive.spanOffsets[span]!;
    const end = read + positive.spanLengths[span]!;
    while (read < end) counts[index++] = positive.counts[read++]!;
  }
  let cumulative = 0;
  return Array.from(customValues, (upperBound, bucket) => {
    cumulative += counts[bucket]!;
    return isInteger
      ? { upperBound, cumulativeCount: cumulative }
      : { upperBound, cumulativeCountFloat: cumulative };
  });
}

function buildFamilyType(): protobuf.Type {
  const namespace = new protobuf.Root().define('io.prometheus.client');
  for (const [name, rows] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const [field, id, fieldType, rule] of rows) {
      const isRepeated = rule !== undefined;
      const options = rule === 'packed' ? { packed: true } : {};
      type.add(
        new protobuf.Field(field, id, fieldType, isRepeated ? 'repeated' : undefined, undefined, options),
      );
    }
    namespace.add(type);
  }
  return namespace.lookupType('MetricFamily');
}
