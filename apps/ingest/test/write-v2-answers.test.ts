/** The answers to remote write 2.0: what is stored, what is refused, and the counts that every answer has. */
import { encodeWriteRequestV2, compress, type WireSeriesV2 } from '@promontory/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, TestServer } from './test-server.ts';
import { exampleHistogram } from './write-body.ts';

const CONTENT_TYPE = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const NONE = new Float64Array(0);
const NOW_MS = Date.now();

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({});
});

afterAll(() => server.stop());

function series(name: string, more: Partial<WireSeriesV2> = {}): WireSeriesV2 {
  return {
    labels: [
      { name: '__name__', value: name },
      { name: 'job', value: 'test' },
    ].filter(({ value }) => value !== ''),
    timestampMs: NONE,
    value: NONE,
    exemplars: [],
    histograms: [],
    metadata: null,
    startTimestampMs: NONE,
    histogramStartTimestampMs: NONE,
    createdTimestampMs: 0,
    ...more,
  };
}

function float(timestampMs: number, value: number): Partial<WireSeriesV2> {
  return { timestampMs: Float64Array.of(timestampMs), value: Float64Array.of(value) };
}

const EXEMPLAR = { labels: [{ name: 'trace_id', value: 'a1' }], value: 1, timestampMs: NOW_MS };
const METADATA = { type: 'counter', unit: '', help: 'h' } as const;

function send(body: Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return server.request('/api/v1/write', {
    method: 'POST',
    headers: { 'Content-Type': CONTENT_TYPE, 'Content-Encoding': 'snappy', ...headers },
    body: Buffer.from(body),
  });
}

function sendSeries(...all: readonly WireSeriesV2[]): Promise<Answer> {
  return send(compress(encodeWriteRequestV2({ series: all })));
}

/** Samples, histograms and exemplars, as the headers say. */
function written({ headers }: Answer): (string | null)[] {
  return ['Samples', 'Histograms', 'Exemplars'].map((what) =>
    headers.get(`X-Prometheus-Remote-Write-${what}-Written`),
  );
}

async function storedValue(selector: string): Promise<string | undefined> {
  const answer = await server.request(`/api/v1/query?query=${encodeURIComponent(selector)}`);
  const { data } = JSON.parse(answer.text) as { data: { result: { value?: [number, string] }[] } };
  return data.result[0]?.value?.[1];
}

it('204 with counts when everything is stored', async () => {
  const answer = await sendSeries(
    series('v2_float', { ...float(NOW_MS, 1.5), exemplars: [EXEMPLAR], metadata: METADATA }),
    series('v2_histogram', { histograms: [exampleHistogram(NOW_MS)], createdTimestampMs: NOW_MS - 1000 }),
    series('v2_exemplar_alone', { exemplars: [EXEMPLAR] }),
    series('v2_metadata_alone', { metadata: METADATA }),
  );
  expect([answer.status, answer.text, written(answer)]).toEqual([204, '', ['1', '1', '2']]);
  expect(await storedValue('v2_float')).toBe('1.5');
  expect(await storedValue('histogram_count(v2_histogram)')).toBe('2');
});

it('counts what was there already, and exemplars that were, too', async () => {
  const same = series('v2_again', { ...float(NOW_MS, 1), exemplars: [EXEMPLAR] });
  await sendSeries(same);
  const answer = await sendSeries(same);
  expect([answer.status, written(answer)]).toEqual([204, ['1', '0', '1']]);
});

it('stores start timestamps in both encodings', async () => {
  const startMs = NOW_MS - 60_000;
  await sendSeries(
    series('v2_start', { ...float(NOW_MS, 1), startTimestampMs: Float64Array.of(startMs) }),
    series('v2_created', { ...float(NOW_MS, 1), createdTimestampMs: startMs }),
  );
  for (const name of ['v2_start', 'v2_created']) {
    expect(await storedValue(`start_timestamp(${name})`)).toBe(String(startMs / 1000));
  }
});

it.each<[what: string, bad: WireSeriesV2, code: string]>([
  ['without metric name', series('', float(NOW_MS, 1)), 'ERR_SERIES_METRIC_NAME_MISSING'],
  ['from the future', series('v2_bad', float(NOW_MS + 3_600_000, 1)), 'ERR_SAMPLE_TOO_FAR_IN_FUTURE'],
  ['that is empty', series('v2_bad'), 'ERR_SERIES_EMPTY'],
  [
    'with a schema that is not known',
    series('v2_bad', { histograms: [{ ...exampleHistogram(NOW_MS), schema: -9 }] }),
    'ERR_HISTOGRAM_INVALID',
  ],
  [
    'with a bound that is NaN',
    series('v2_bad', {
      histograms: [
        { ...exampleHistogram(NOW_MS), schema: -53, zeroThreshold: 0, customValues: [Number.NaN] },
      ],
    }),
    'ERR_HISTOGRAM_INVALID',
  ],
])('400 for a series %s, and the rest is stored and counted', async (_what, bad, code) => {
  const name = `v2_beside_${code}`;
  const answer = await sendSeries(series(name, float(NOW_MS, 7)), bad);
  expect([answer.status, written(answer)]).toEqual([400, ['1', '0', '0']]);
  expect(answer.text).toContain(code);
  expect(await storedValue(name)).toBe('7');
});

it('an exemplar that cannot be stored does not fail the request', async () => {
  const long = { ...EXEMPLAR, labels: [{ name: 'trace_id', value: 'x'.repeat(200) }] };
  const answer = await sendSeries(series('v2_long', { ...float(NOW_MS, 1), exemplars: [long, EXEMPLAR] }));
  expect([answer.status, written(answer)]).toEqual([204, ['1', '0', '1']]);
});

it.each<[what: string, status: number, ask: () => Promise<Answer>]>([
  ['a body that is no protobuf', 400, () => send(compress(Buffer.from('never protobuf')))],
  ['a body that is no snappy', 400, () => send(Buffer.from('never snappy'))],
  ['an encoding that is not known', 415, () => send(Buffer.from('x'), { 'Content-Encoding': 'gzip' })],
  ['no credentials', 401, () => send(Buffer.from('x'), { Authorization: '' })],
  [
    'another method',
    405,
    () => server.request('/api/v1/write', { method: 'PUT', headers: { 'Content-Type': CONTENT_TYPE } }),
  ],
])('%s is %i with counts of zero', async (_what, status, ask) => {
  const answer = await ask();
  expect([answer.status, written(answer)]).toEqual([status, ['0', '0', '0']]);
});
