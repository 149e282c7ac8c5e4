/** The series message that remote write and the sampled remote-read response share. */
import { histogramFromRaw, histogramToRaw, type WireHistogram } from './histogram.ts';
import { type RawInteger, type RawMessage, toNumber, type Words } from './message.ts';

export interface WireLabel {
  readonly name: string;
  readonly value: string;
}

export interface WireExemplar {
  readonly labels: readonly WireLabel[];
  readonly value: number;
  readonly timestampMs: number;
}

/** Labels in any order and unchecked: what arrived is what is shown. */
export interface WireSeries {
  readonly labels: readonly WireLabel[];
  /** Integers, one per value. */
  readonly timestampMs: Float64Array;
  /** NaN bits are kept, staleness markers among them. */
  readonly value: Float64Array;
  readonly exemplars: readonly WireExemplar[];
  readonly histograms: readonly WireHistogram[];
}

interface RawLabel {
  readonly name?: string;
  readonly value?: string;
}

interface RawSeries {
  readonly labels: readonly RawLabel[];
  readonly samples: readonly { readonly valueBits?: Words; readonly timestampMs?: RawInteger }[];
  readonly exemplars: readonly RawExemplar[];
  readonly histograms: readonly RawMessage[];
}

interface RawExemplar {
  readonly labels: readonly RawLabel[];
  readonly value?: number;
  readonly timestampMs?: RawInteger;
}

/** Of each value its bits. */
export function wordsOfValues(values: Float64Array): Words[] {
  const words = new Int32Array(values.slice().buffer);
  return Array.from(values, (_, index) => ({
    low: words[2 * index] ?? 0,
    high: words[2 * index + 1] ?? 0,
    unsigned: true,
  }));
}

export function seriesToRaw(series: WireSeries): RawMessage {
  const values = wordsOfValues(series.value);
  const samples = Array.from(series.timestampMs, (timestampMs, index) => ({
    valueBits: values[index],
    timestampMs,
  }));
  return {
    labels: series.labels,
    samples,
    exemplars: series.exemplars,
    histograms: series.histograms.map(histogramToRaw),
  };
}

export function seriesFromRaw(message: RawMessage): WireSeries {
  const raw = message as unknown as RawSeries;
  const timestampMs = new Float64Array(raw.samples.length);
  const value = new Float64Array(raw.samples.length);
  const words = new Int32Array(value.buffer);
  for (const [index, sample] of raw.samples.entries()) {
    timestampMs[index] = toNumber(sample.timestampMs);
    words[2 * index] = sample.valueBits?.low ?? 0;
    words[2 * index + 1] = sample.valueBits?.high ?? 0;
  }
  return {
    labels: labelsFromRaw(raw.labels),
    timestampMs,
    value,
    exemplars: raw.exemplars.map(exemplarFromRaw),
    histograms: raw.histograms.map(histogramFromRaw),
  };
}

export function labelsFromRaw(labels: readonly RawLabel[]): WireLabel[] {
  return labels.map((label) => ({ name: label.name ?? '', value: label.value ?? '' }));
}

function exemplarFromRaw(raw: RawExemplar): WireExemplar {
  return {
    labels: labelsFromRaw(raw.labels),
    value: raw.value ?? 0,
    timestampMs: toNumber(raw.timestampMs),
  };
}
