/** Bodies of remote-write 1.0 requests, from a short notation. */
import { setStaleAt } from '@promontory/model';
import { compress, encodeWriteRequest, type WireHistogram, type WireWriteRequest } from '@promontory/wire';

/** A staleness marker is named, because its bits would not survive as a number. */
export type Sample = readonly [timestampMs: number, value: number | 'stale'];

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

export function toWire(series: SeriesToWrite): WireWriteRequest['series'][number] {
  const samples = series.samples ?? [];
  return {
    labels: Object.entries(series.labels).map(([name, value]) => ({ name, value })),
    timestampMs: Float64Array.from(samples, ([timestampMs]) => timestampMs),
    value: valueColumn(samples),
    exemplars: (series.exemplarTimestampsMs ?? []).map((timestampMs) => ({
      labels: [{ name: 'trace_id', value: 'a1' }],
      value: 1,
      timestampMs,
    })),
    histograms: series.histograms ?? [],
  };
}

function valueColumn(samples: readonly Sample[]): Float64Array {
  const column = new Float64Array(samples.length);
  const words = new Int32Array(column.buffer);
  for (const [index, [, value]] of samples.entries()) {
    if (value === 'stale') setStaleAt(words, index);
    else column[index] = value;
  }
  return column;
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
