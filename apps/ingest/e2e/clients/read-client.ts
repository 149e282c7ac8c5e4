/** A client of remote read that takes samples and keeps every bit of them, and what was written in the same form. */
import { assert } from '@promontory/base';
import {
  compress,
  decodeReadResponse,
  encodeReadRequest,
  uncompress,
  type WireSeries,
} from '@promontory/wire';
import type { TestServer } from '../../test/test-server.ts';
import { type SeriesToWrite, toWire } from '../../test/write-body.ts';
import { targetOf } from './client-servers.ts';

const RESPONSE_BYTES_MAX = 64 << 20;
const DAY_MS = 86_400_000;

/** All series with their samples of the last day. */
export async function readAllSamples(server: TestServer): Promise<readonly WireSeries[]> {
  const nameIsThere = { operator: '!=', name: '__name__', value: '' } as const;
  const endMsInclusive = Date.now();
  const startMsInclusive = endMsInclusive - DAY_MS;
  const query = { startMsInclusive, endMsInclusive, matchers: [nameIsThere], hints: null };
  const body = compress(encodeReadRequest({ queries: [query], acceptedResponseTypes: ['samples'] }));
  const { baseUrl, headers } = targetOf(server);
  const answer = await fetch(`${baseUrl}/api/v1/read`, {
    method: 'POST',
    headers: { ...headers, 'Content-Encoding': 'snappy' },
    body: Buffer.from(body),
  });
  assert(answer.status === 200, 'the samples are there');
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const { results } = decodeReadResponse(uncompress(bytes, RESPONSE_BYTES_MAX));
  assert(results.length === 1, 'a query has a result');
  return results[0] ?? [];
}

/** By labels: the times and bits of floats, and the histograms, each in the order of time. */
export type SeriesTexts = ReadonlyMap<string, readonly string[]>;

export function textsOf(series: readonly WireSeries[]): SeriesTexts {
  return new Map(series.map((each) => [labelsText(each), [...floatTexts(each), ...histogramTexts(each)]]));
}

/** The same of what was written: those without samples are no series. */
export function textsOfWritten(series: readonly SeriesToWrite[], baseMs: number): SeriesTexts {
  const texts = new Map<string, readonly string[]>();
  for (const each of series) {
    const wire = toWire({
      ...each,
      samples: (each.samples ?? []).map(([timeMs, value]) => [baseMs + timeMs, value]),
      histograms: (each.histograms ?? []).map((histogram) => ({
        ...histogram,
        timestampMs: baseMs + histogram.timestampMs,
      })),
    });
    const [key, lines] = [...textsOf([wire])][0] ?? ['', []];
    const all = [...(texts.get(key) ?? []), ...lines];
    if (all.length > 0) texts.set(key, all);
  }
  return texts;
}

function labelsText({ labels }: WireSeries): string {
  const pairs = labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`);
  return pairs.toSorted().join(',');
}

function floatTexts({ timestampMs, value }: WireSeries): string[] {
  const bits = new BigUint64Array(value.slice().buffer);
  return Array.from(
    timestampMs,
    (timeMs, index) => `${timeMs} ${(bits[index] ?? 0n).toString(16)}`,
  ).toSorted();
}

function histogramTexts({ histograms }: WireSeries): string[] {
  return histograms
    .toSorted((left, right) => left.timestampMs - right.timestampMs)
    .map((histogram) => (histogram.isStale ? `${histogram.timestampMs} stale` : JSON.stringify(histogram)));
}
