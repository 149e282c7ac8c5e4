/** The answer to every kind of write: what is stored, what is refused, and what the sender is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compress, encodeWriteRequest } from '@promontory/wire';
import { type Answer, TestServer } from './test-server.ts';
import { type Sample, type SeriesToWrite, writeBody } from './write-body.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BODY_BYTES_MAX = 64 * 1024;

let server: TestServer;
let seriesCount = 0;

beforeAll(async () => {
  server = await TestServer.start({ flags: ['--write-body-bytes-max', String(BODY_BYTES_MAX)] });
});

afterAll(() => server.stop());

/** A metric name that no test before has used. */
function nextName(): string {
  seriesCount++;
  return `metric_${seriesCount}`;
}

function series(name: string, ...samples: readonly Sample[]): SeriesToWrite {
  return { labels: { __name__: name, job: 'test' }, samples };
}

/** Stored samples of one series, in order of time. */
async function stored(name: string): Promise<Sample[]> {
  const found = await server.samples(`{__name__="${name}"}`, '1d', Date.now() + HOUR_MS);
  return (found[0]?.values ?? []).map(([seconds, value]) => [Math.round(seconds * 1000), Number(value)]);
}

function firstLine({ text }: Answer): string {
  return text.split('\n')[0] ?? '';
}

function request(init: {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
}): Promise<Answer> {
  const { method = 'POST', headers = {}, body } = init;
  return server.request('/api/v1/write', { method, headers, ...(body && { body: Buffer.from(body) }) });
}

describe('stored', () => {
  it.each(['/api/v1/write', '/api/prom_write'])('by %s: 204, without body and 2.0 headers', async (path) => {
    const name = nextName();
    const nowMs = Date.now();
    const answer = await server.request(path, {
      method: 'POST',
      body: Buffer.from(writeBody([series(name, [nowMs, 1.5])])),
    });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect([...answer.headers.keys()].filter((header) => header.startsWith('x-'))).toEqual([]);
    expect(await stored(name)).toEqual([[nowMs, 1.5]]);
  });

  it('when nothing is in it: no series, empty bytes of a message, only metadata, a series without samples', async () => {
    const metadata = [{ metricFamilyName: 'up', type: 'gauge', help: 'Help.', unit: '' }] as const;
    const bodies = [
      compress(encodeWriteRequest({ series: [], metadata: [] })),
      writeBody([], metadata),
      writeBody([{ labels: { __name__: nextName() } }]),
    ];
    for (const body of bodies) expect((await server.write(body)).status).toBe(204);
  });

  it('beside exemplars, which are read and passed over', async () => {
    const name = nextName();
    const nowMs = Date.now();
    const withExemplar = { ...series(name, [nowMs, 2]), exemplarTimestampsMs: [nowMs] };
    const alone = { labels: { __name__: nextName() }, exemplarTimestampsMs: [nowMs] };
    expect((await server.write([withExemplar, alone])).status).toBe(204);
    expect(await stored(name)).toEqual([[nowMs, 2]]);
  });

  it('again, when time and value are the same', async () => {
    const name = nextName();
    const nowMs = Date.now();
    const samples: Sample[] = [
      [nowMs - 2000, 1],
      [nowMs - 1000, Number.NaN],
      [nowMs, -0],
    ];
    for (let round = 0; round < 3; round++) {
      expect((await server.write([series(name, ...samples)])).status).toBe(204);
    }
    expect(await stored(name)).toEqual(samples);
  });

  it('within one request twice', async () => {
    const name = nextName();
    const nowMs = Date.now();
    expect((await server.write([series(name, [nowMs, 1]), series(name, [nowMs, 1])])).status).toBe(204);
    expect(await stored(name)).toEqual([[nowMs, 1]]);
  });

  it('out of order, within the window, in and across requests', async () => {
    const name = nextName();
    const nowMs = Date.now();
    const at = (minutesAgo: number): Sample => [nowMs - minutesAgo * MINUTE_MS, minutesAgo];
    await server.mustWrite([series(name, at(1), at(30), at(10))]);
    await server.mustWrite([series(name, at(59), at(0), at(20))]);
    expect(await stored(name)).toEqual([at(59), at(30), at(20), at(10), at(1), at(0)]);
  });

  it('whatever the order of the labels', async () => {
    const name = nextName();
    const nowMs = Date.now();
    const sorted = { __name__: name, a: '1', b: '2' };
    const unsorted = { b: '2', __name__: name, a: '1' };
    await server.mustWrite([{ labels: sorted, samples: [[nowMs - 1000, 1]] }]);
    await server.mustWrite([{ labels: unsorted, samples: [[nowMs, 2]] }]);
    const found = await server.samples(name, '1h', nowMs);
    expect(found.map(({ metric, values }) => [metric, values.length])).toEqual([[sorted, 2]]);
  });

  it('with a staleness marker, which ends the series', async () => {
    const name = nextName();
    const nowMs = Date.now();
    await server.mustWrite([series(name, [nowMs - 1000, 1], [nowMs, 'stale'])]);
    const at = async (timeMs: number): Promise<string> =>
      (await server.request(`/api/v1/query?query=${name}&time=${timeMs / 1000}`)).text;
    expect(await at(nowMs - 1)).toContain('"1"');
    expect(await at(nowMs)).toContain('"result":[]');
  });
});

describe('refused as a whole, nothing stored', () => {
  const valid = writeBody([{ labels: { __name__: 'refused' }, samples: [[Date.now(), 1]] }]);
  const protobuf = { 'Content-Type': 'application/x-protobuf' };

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('405 with Allow: %s', async (method) => {
    const answer = await request({ method });
    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  const unsupported: readonly [header: string, value: string, named: string][] = [
    ['Content-Type', 'application/json', 'application/json'],
    ['Content-Type', 'image/png', 'image/png'],
    ['Content-Type', 'application/x-protobuf;proto=foo', 'foo'],
    ['Content-Encoding', 'gzip', 'gzip'],
    ['Content-Encoding', 'zstd', 'zstd'],
  ];
  it.each(unsupported)('415: %s: %s', async (header, value, named) => {
    const answer = await request({ headers: { ...protobuf, [header]: value }, body: valid });
    expect(answer.status).toBe(415);
    expect(firstLine(answer)).toContain(named);
  });

  it('413: a body longer than allowed', async () => {
    const answer = await request({ headers: protobuf, body: new Uint8Array(BODY_BYTES_MAX + 1) });
    expect(answer.status).toBe(413);
    expect(answer.text).toContain('--write-body-bytes-max');
  });

  const message = encodeWriteRequest({
    series: [
      {
        labels: [{ name: '__name__', value: 'refused' }],
        timestampMs: Float64Array.of(Date.now()),
        value: Float64Array.of(1),
        exemplars: [],
        histograms: [],
      },
    ],
    metadata: [],
  });
  const broken: readonly [what: string, body: Uint8Array][] = [
    ['no bytes', new Uint8Array(0)],
    ['no snappy', Buffer.from('not snappy at all')],
    ['uncompressed protobuf', message],
    ['snappy cut short', valid.subarray(0, -1)],
    ['snappy with more behind it', Buffer.concat([valid, Uint8Array.of(1)])],
    ['a declared length of 4 GiB', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0)],
    ['a declared length of 33 MiB', Buffer.concat([declared(33 * 1024 * 1024), new Uint8Array(60_000)])],
    ['a declared length of 10 bytes', Uint8Array.of(0x8a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['no protobuf', compress(Buffer.from('not a protobuf message'))],
    ['protobuf cut short', compress(message.subarray(0, -1))],
    [
      'protobuf with a broken series behind',
      compress(Buffer.concat([message, Uint8Array.of(0x0a, 0x7f, 1)])),
    ],
    ['protobuf with an unknown wire type', compress(Uint8Array.of(0x0f, 0))],
  ];
  it.each(broken)('400: %s', async (_what, body) => {
    const answer = await request({ headers: protobuf, body });
    expect(answer.status).toBe(400);
    expect(firstLine(answer)).toMatch(/^cannot /);
  });

  it('no memory is taken for declared lengths', async () => {
    const before = await server.metric('process_resident_memory_bytes');
    const bomb = Buffer.concat([declared(0xffffffff), new Uint8Array(1000)]);
    const startedMs = performance.now();
    for (let round = 0; round < 50; round++) {
      expect((await request({ headers: protobuf, body: bomb })).status).toBe(400);
    }
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect((await server.metric('process_resident_memory_bytes')) - before).toBeLessThan(64 * 1024 * 1024);
  });

  afterAll(async () => {
    const left = await server.samples('refused', '1h', Date.now() + MINUTE_MS);
    if (left.length > 0) throw new Error('a refused write was stored');
  });
});

/** A snappy preamble. */
function declared(length: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

describe('refused in part, the rest stored', () => {
  const nowMs = Date.now();
  interface Case {
    readonly what: string;
    readonly bad: readonly SeriesToWrite[];
    readonly code: string;
    readonly count: number;
  }
  const labelled = (labels: Record<string, string>, ...samples: Sample[]): SeriesToWrite => ({
    labels,
    samples: samples.length > 0 ? samples : [[nowMs, 1]],
  });
  const cases: readonly Case[] = [
    {
      what: 'series without a name',
      bad: [labelled({ job: 'a' }), labelled({ job: 'b' }, [nowMs - 1, 1], [nowMs, 2])],
      code: 'ERR_SERIES_METRIC_NAME_MISSING',
      count: 3,
    },
    { what: 'no labels at all', bad: [labelled({})], code: 'ERR_SERIES_METRIC_NAME_MISSING', count: 1 },
    {
      what: 'an empty label name',
      bad: [labelled({ __name__: 'bad', '': 'x' })],
      code: 'ERR_LABEL_NAME_EMPTY',
      count: 1,
    },
    {
      what: 'a sample more than ten minutes ahead',
      bad: [labelled({ __name__: 'ahead' }, [nowMs + 11 * MINUTE_MS, 1])],
      code: 'ERR_SAMPLE_TOO_FAR_IN_FUTURE',
      count: 1,
    },
    {
      what: 'samples older than the retention',
      bad: [labelled({ __name__: 'ancient' }, [nowMs - 16 * 24 * HOUR_MS, 1], [0, 2])],
      code: 'ERR_SAMPLE_TOO_OLD',
      count: 2,
    },
    {
      what: 'samples behind the out-of-order window',
      bad: [labelled({ __name__: 'behind' }, [nowMs, 1], [nowMs - 61 * MINUTE_MS, 2])],
      code: 'ERR_SAMPLE_OUT_OF_ORDER',
      count: 1,
    },
    {
      what: 'another value at the same time',
      bad: [labelled({ __name__: 'twice' }, [nowMs, 1], [nowMs, 2], [nowMs, 3])],
      code: 'ERR_SAMPLE_DUPLICATE',
      count: 2,
    },
  ];

  it.each(cases)('$what', async ({ bad, code, count }) => {
    const good = nextName();
    const first = { ...series(good, [nowMs - 1000, 1]) };
    const last = { ...series(good, [nowMs, 2]) };
    const answer = await server.write([first, ...bad, last]);
    expect(answer.status).toBe(400);
    const sent = 2 + bad.reduce((sum, { samples }) => sum + (samples?.length ?? 0), 0);
    expect(firstLine(answer)).toBe(
      `partial write: ${sent - count} samples, 0 histograms and 0 exemplars written, ${count} rejected`,
    );
    expect(answer.text.split('\n')[1]).toMatch(new RegExp(`^${code}: ${count} rejected, for example .`));
    expect(await stored(good)).toEqual([
      [nowMs - 1000, 1],
      [nowMs, 2],
    ]);
  });

  it('several reasons, as JSON when asked', async () => {
    const good = nextName();
    const body = [
      labelled({ job: 'nameless' }),
      series(good, [nowMs, 1], [nowMs + HOUR_MS, 2], [nowMs + 2 * HOUR_MS, 3]),
    ];
    const answer = await server.write(body, { Accept: 'application/json' });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      400,
      {
        status: 'error',
        errorType: 'bad_data',
        written: { samples: 1, histograms: 0, exemplars: 0 },
        rejections: expect.arrayContaining([
          expect.objectContaining({ code: 'ERR_SERIES_METRIC_NAME_MISSING', count: 1 }),
          expect.objectContaining({
            code: 'ERR_SAMPLE_TOO_FAR_IN_FUTURE',
            count: 2,
            advice: expect.stringContaining('clock') as string,
          }),
        ]) as unknown,
      },
    ]);
    expect(await stored(good)).toEqual([[nowMs, 1]]);
  });

  it('everything, when nothing is valid', async () => {
    const answer = await server.write([labelled({ job: 'nameless' })]);
    expect([answer.status, firstLine(answer)]).toEqual([
      400,
      'partial write: 0 samples, 0 histograms and 0 exemplars written, 1 rejected',
    ]);
  });

  it('a duplicate against what an earlier request wrote', async () => {
    const name = nextName();
    await server.mustWrite([series(name, [nowMs, 1])]);
    const answer = await server.write([series(name, [nowMs, 2], [nowMs + 1, 3])]);
    expect([answer.status, firstLine(answer)]).toEqual([
      400,
      'partial write: 1 samples, 0 histograms and 0 exemplars written, 1 rejected',
    ]);
    expect(await stored(name)).toEqual([
      [nowMs, 1],
      [nowMs + 1, 3],
    ]);
  });
});
