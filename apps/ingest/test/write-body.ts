/** Bodies of remote-write 1.0 requests, from a short notation. */
import { compress, encodeWriteRequest, type WireHistogram, type WireWriteRequest } from '@promontory/wire';

/** [milliseconds, value] */
export type Sample = readonly [timestampMs: number, value: number];

export interface SeriesToWrite {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples?: readonly Sample[];
  readonly exemplarTimestampsMs?: readonly number[];
  readonly histograms?: readonly WireHistogram[];
}

/** @returns a compressed body; labels go out in the order given */
export function writeBody(
  series: readonly SeriesToWrite[],
  metadata: WireWriteRequest['metadata'] = [],
): Uint8Array {
  return compress(encodeWriteRequest({ series: series.map(toWire), metadata }));
}

function toWire(series: SeriesToWrite): WireWriteRequest['series'][number] {
  const samples = series.samples ?? [];
  return {
    labels: Object.entries(series.labels).map(([name, value]) => ({ name, value })),
    timestampMs: Float64Array.from(samples, ([timestampMs]) => timestampMs),
    value: Float64Array.from(samples, ([, value]) => value),
    exemplars: (series.exemplarTimestampsMs ?? []).map((timestampMs) => ({
      labels: [{ name: 'trace_id', value: 'a1' }],
      value: 1,
      timestampMs,
    })),
    histograms: series.histograms ?? [],
  };
}

/** An integer histogram with one bucket of two observations. */
export function exampleHistogram(timestampMs: number): WireHistogram {
  return {
    timestampMs,
    flavor: 'integer',
    isStale: false,
    count: 2,
    sum: 3,
    schema: 0,
    zeroThreshold: 0.001,
    zeroCount: 0,
    resetHint: 0,
    positiveSpans: [{ offset: 0, length: 1 }],
    positiveBuckets: [2],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  };
}
