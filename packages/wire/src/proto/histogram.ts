/** Native histograms as the wire carries them; nothing is validated beyond the protobuf itself. */
import { FloatBits } from './float-bits.ts';
import { type RawInteger, type RawMessage, toNumber, toNumbers, type Words } from './message.ts';

export interface BucketSpan {
  /** Gap to the span before, or the index of the first bucket; signed. */
  readonly offset: number;
  readonly length: number;
}

/** 0 unknown, 1 the counter was reset, 2 it was not, 3 a gauge. */
export type ResetHint = 0 | 1 | 2 | 3;
const RESET_HINTS: readonly ResetHint[] = [0, 1, 2, 3];

export interface WireHistogram {
  readonly timestampMs: number;
  /** Integer histograms carry bucket deltas, float histograms absolute counts. */
  readonly flavor: 'integer' | 'float';
  /** True for a staleness marker: the sum is the marker's NaN. */
  readonly isStale: boolean;
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly resetHint: ResetHint;
  readonly positiveSpans: readonly BucketSpan[];
  readonly positiveBuckets: readonly number[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeBuckets: readonly number[];
  /** Upper bounds of custom buckets (schema −53). */
  readonly customValues: readonly number[];
}

interface RawHistogram {
  readonly countInteger?: RawInteger;
  readonly countFloat?: number;
  readonly sumBits?: Words;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCountInteger?: RawInteger;
  readonly zeroCountFloat?: number;
  readonly negativeSpans: readonly RawSpan[];
  readonly negativeDeltas: readonly RawInteger[];
  readonly negativeCounts: readonly number[];
  readonly positiveSpans: readonly RawSpan[];
  readonly positiveDeltas: readonly RawInteger[];
  readonly positiveCounts: readonly number[];
  readonly resetHint?: number;
  readonly timestampMs?: RawInteger;
  readonly customValues: readonly number[];
}

interface RawSpan {
  readonly offset?: number;
  readonly length?: number;
}

export function histogramToRaw(histogram: WireHistogram): RawMessage {
  const bits = new FloatBits();
  const isInteger = histogram.flavor === 'integer';
  return {
    ...(isInteger
      ? {
          countInteger: histogram.count,
          zeroCountInteger: histogram.zeroCount,
          negativeDeltas: histogram.negativeBuckets,
          positiveDeltas: histogram.positiveBuckets,
        }
      : {
          countFloat: histogram.count,
          zeroCountFloat: histogram.zeroCount,
          negativeCounts: histogram.negativeBuckets,
          positiveCounts: histogram.positiveBuckets,
        }),
    sumBits: histogram.isStale ? bits.staleWords() : bits.toWords(histogram.sum),
    schema: histogram.schema,
    zeroThreshold: histogram.zeroThreshold,
    negativeSpans: histogram.negativeSpans,
    positiveSpans: histogram.positiveSpans,
    resetHint: histogram.resetHint,
    timestampMs: histogram.timestampMs,
    customValues: histogram.customValues,
  };
}

/** A histogram with neither count is an integer one, as Prometheus reads it. */
export function histogramFromRaw(message: RawMessage): WireHistogram {
  const raw = message as unknown as RawHistogram;
  const bits = new FloatBits();
  const isFloat = raw.countFloat !== undefined;
  return {
    timestampMs: toNumber(raw.timestampMs),
    flavor: isFloat ? 'float' : 'integer',
    isStale: bits.isStale(raw.sumBits),
    count: isFloat ? (raw.countFloat ?? 0) : toNumber(raw.countInteger),
    sum: bits.toNumber(raw.sumBits),
    schema: raw.schema ?? 0,
    zeroThreshold: raw.zeroThreshold ?? 0,
    zeroCount: isFloat ? (raw.zeroCountFloat ?? 0) : toNumber(raw.zeroCountInteger),
    resetHint: RESET_HINTS[raw.resetHint ?? 0] ?? 0,
    positiveSpans: raw.positiveSpans.map(spanFromRaw),
    positiveBuckets: isFloat ? raw.positiveCounts : toNumbers(raw.positiveDeltas),
    negativeSpans: raw.negativeSpans.map(spanFromRaw),
    negativeBuckets: isFloat ? raw.negativeCounts : toNumbers(raw.negativeDeltas),
    customValues: raw.customValues,
  };
}

function spanFromRaw(raw: RawSpan): BucketSpan {
  return { offset: raw.offset ?? 0, length: raw.length ?? 0 };
}
