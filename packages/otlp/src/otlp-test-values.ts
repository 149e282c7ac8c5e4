/** Requests for tests, as OTLP/JSON has them, and their translations as short texts. */
import type { TranslatedSeries } from './translate/translation.ts';

/** 2023-11-14 22:13:20 UTC. */
export const TEST_TIME_MS = 1_700_000_000_000;

/** @returns nanoseconds as a text */
export function testTime(offsetMs = 0): string {
  return `${TEST_TIME_MS + offsetMs}000000`;
}

export function attribute(key: string, value: unknown): object {
  return { key, value: typeof value === 'string' ? { stringValue: value } : value };
}

export function attributes(texts: Readonly<Record<string, string>>): object[] {
  return Object.entries(texts).map(([key, value]) => attribute(key, value));
}

export interface TestRequest {
  readonly resource?: object[];
  readonly scope?: object;
  readonly schemaUrl?: string;
}

/** One resource and scope with metrics. */
export function requestOf(
  metrics: object[],
  { resource = [], scope = {}, schemaUrl = '' }: TestRequest = {},
): object {
  return {
    resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ scope, schemaUrl, metrics }] }],
  };
}

/** `name{a="1"} value@offset …`, by series, with histograms and staleness in words; offsets from TEST_TIME_MS. */
export function seriesTexts(series: readonly TranslatedSeries[]): string[] {
  return series.map(({ labels, samples, histograms }) => {
    const values = samples.map(
      ({ value, timestampMs, startTimestampMs, isStale }) =>
        `${isStale ? 'stale' : value}@${timestampMs - TEST_TIME_MS}${startText(startTimestampMs)}`,
    );
    const counts = histograms.map(
      ({ histogram, timestampMs, startTimestampMs }) =>
        `${histogram.isStale ? 'stale ' : ''}histogram ${histogram.count}@${timestampMs - TEST_TIME_MS}${startText(startTimestampMs)}`,
    );
    return [labels.toString(), ...values, ...counts].join(' ');
  });
}

function startText(startTimestampMs: number): string {
  return startTimestampMs === 0 ? '' : ` from ${startTimestampMs - TEST_TIME_MS}`;
}
