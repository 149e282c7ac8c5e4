/** The answers to OTLP exporters: what is refused of an export, what is refused whole, and how that is said. */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  exportOf,
  nanoseconds,
  OTLP_ENCODINGS,
  OTLP_MEDIA_TYPES,
  OTLP_PATH,
  otlpBody,
  stringAttributes,
} from './otlp-body.ts';
import { askInstant, type OtlpReply, sendOtlp, sendOtlpBytes } from './otlp-client.ts';
import { TestServer } from './test-server.ts';

const NOW_MS = Date.now();
const HOUR_MS = 3_600_000;
const DELTA = 1;
const CUMULATIVE = 2;

let server: TestServer;
/** Of one test, with flags of its own. */
let special: TestServer | null = null;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

afterEach(async () => {
  await special?.stop();
  special = null;
});

async function serverWith(...flags: string[]): Promise<TestServer> {
  special = await TestServer.start({ flags });
  return special;
}

function point(timestampMs: number, asDouble = 1, attributes: Record<string, string> = {}): object {
  return { timeUnixNano: nanoseconds(timestampMs), asDouble, attributes: stringAttributes(attributes) };
}

function gauge(name: string, ...dataPoints: object[]): object {
  return { name, gauge: { dataPoints } };
}

/** Twenty bounds: twenty-three series of a data point. */
function histogramAt(timestampMs: number): object {
  return {
    timeUnixNano: nanoseconds(timestampMs),
    count: '21',
    sum: 1,
    bucketCounts: Array.from({ length: 21 }, () => '1'),
    explicitBounds: Array.from({ length: 20 }, (_, index) => index),
  };
}

describe.each(OTLP_ENCODINGS)('%s', (encoding) => {
  const send = (request: object): Promise<OtlpReply> => sendOtlp(server, encoding, request);
  const stored = (query: string): Promise<Record<string, string>> => askInstant(server, query, NOW_MS);

  it('what cannot be translated is counted and named, and the rest is stored', async () => {
    const name = `delta_${encoding}`;
    const delta = { aggregationTemporality: DELTA, dataPoints: [point(NOW_MS), point(NOW_MS), point(0)] };
    const reply = await send(exportOf([{ name: 'requests', sum: delta }, gauge(name, point(NOW_MS, 7))]));
    expect([reply.status, reply.headers.get('content-type'), reply.rejected]).toEqual([
      200,
      OTLP_MEDIA_TYPES[encoding],
      '3',
    ]);
    expect(reply.message).toContain('3 refused, ERR_OTLP_TEMPORALITY (metric "requests": its aggregation');
    expect(await stored(name)).toEqual({ [`__name__=${name}`]: '7' });
  });

  it('what storage and the limits on labels refuse is counted with it', async () => {
    const name = `mixed_${encoding}`;
    const reply = await send(
      exportOf([
        gauge(
          name,
          point(NOW_MS, 1, { a: 'fine' }),
          point(NOW_MS + HOUR_MS, 2, { a: 'future' }),
          point(NOW_MS, 3, { a: 'x'.repeat(5000) }),
          { asDouble: 4 },
        ),
      ]),
    );
    expect([reply.status, reply.rejected]).toEqual([200, '3']);
    for (const code of ['ERR_SAMPLE_TOO_FAR_IN_FUTURE', 'ERR_LABEL_VALUE_BYTES_MAX', 'ERR_OTLP_TIMESTAMP']) {
      expect(reply.message).toContain(`1 refused, ${code} (`);
    }
    expect(await stored(name)).toEqual({ [`__name__=${name} a=fine`]: '1' });
  });

  it('a data point that becomes many samples is refused once', async () => {
    const dataPoints = [histogramAt(NOW_MS + HOUR_MS)];
    const histogram = { aggregationTemporality: CUMULATIVE, dataPoints };
    const reply = await send(exportOf([{ name: `ahead_${encoding}`, histogram }]));
    expect([reply.status, reply.rejected]).toEqual([200, '1']);
    expect(reply.message).toContain('23 refused, ERR_SAMPLE_TOO_FAR_IN_FUTURE');
  });

  it('an attribute of the resource that is too long costs target_info and no data point', async () => {
    const name = `long_${encoding}`;
    const leftOut = 'promontory_write_extras_left_out_total{reason="ERR_LABEL_VALUE_BYTES_MAX"}';
    const before = await server.metric(leftOut);
    const resource = { 'service.name': name, 'process.command_line': 'x'.repeat(5000) };
    const reply = await send(exportOf([gauge(name, point(NOW_MS, 7))], resource));
    expect([reply.status, reply.rejected, reply.message]).toEqual([200, '0', '']);
    expect(await stored(`{job="${name}"}`)).toEqual({ [`__name__=${name} job=${name}`]: '7' });
    expect((await server.metric(leftOut)) - before).toBe(1);
  });

  it('the same export again is a success, another value at the same time is not', async () => {
    const request = (value: number): object => exportOf([gauge(`again_${encoding}`, point(NOW_MS, value))]);
    const replies = [await send(request(1)), await send(request(1)), await send(request(2))];
    expect(replies.map(({ status, rejected }) => [status, rejected])).toEqual([
      [200, '0'],
      [200, '0'],
      [200, '1'],
    ]);
    expect(replies[2]?.message).toContain('ERR_SAMPLE_DUPLICATE');
  });

  it('a body that is no export is a status that says why, and is not to be sent again', async () => {
    const reply = await sendOtlpBytes(server, encoding, Buffer.from('{"resourceMetrics":7'));
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('retry-after')]).toEqual([
      400,
      OTLP_MEDIA_TYPES[encoding],
      null,
    ]);
    expect(reply.message).toMatch(/^cannot decode OTLP export from/);
  });

  it('an export without anything is a success', async () => {
    const reply = await send({ resourceMetrics: [] });
    expect([reply.status, reply.rejected]).toEqual([200, '0']);
  });

  it('without credentials it is 401 with a challenge', async () => {
    const reply = await sendOtlpBytes(server, encoding, Buffer.from('{}'), { Authorization: '' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([401, OTLP_MEDIA_TYPES[encoding]]);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
    expect(reply.message).toContain('an access key is needed');
  });
});

it('above the rate it is 429, to be sent again later', async () => {
  const limited = await serverWith('--samples-per-second-max', '1');
  await sendOtlp(limited, 'json', exportOf([gauge('rate', point(NOW_MS), point(NOW_MS + 1))]));
  for (const encoding of OTLP_ENCODINGS) {
    const reply = await sendOtlp(limited, encoding, exportOf([gauge('rate', point(NOW_MS + 2))]));
    expect([reply.status, reply.headers.get('content-type')]).toEqual([429, OTLP_MEDIA_TYPES[encoding]]);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(reply.message).toMatch(/^cannot append/);
  }
});

it('above the rate of requests it is 429 as well', async () => {
  const limited = await serverWith('--requests-per-second-max', '1');
  const request = exportOf([gauge('rate', point(NOW_MS))]);
  const replies = [];
  for (let count = 0; count < 6; count++) {
    replies.push(await sendOtlp(limited, 'protobuf', request));
  }
  const refused = replies.find(({ status }) => status !== 200);
  expect([refused?.status, refused?.headers.get('content-type')]).toEqual([429, OTLP_MEDIA_TYPES.protobuf]);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('without room on the disk it is 503, to be sent again later', async () => {
  const full = await serverWith('--disk-reserve-bytes', '1000000GiB');
  for (const encoding of OTLP_ENCODINGS) {
    const reply = await sendOtlp(full, encoding, exportOf([gauge('disk', point(NOW_MS))]));
    expect([reply.status, reply.headers.get('content-type')]).toEqual([503, OTLP_MEDIA_TYPES[encoding]]);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  }
});

describe('the head of a request', () => {
  const body = otlpBody('json', exportOf([gauge('head', point(NOW_MS))]));
  const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };

  it.each<[what: string, status: number, headers: Record<string, string>, sent: Uint8Array]>([
    ['a charset', 200, { 'Content-Type': 'application/json; charset=utf-8' }, body],
    ['another case', 200, { 'Content-Type': 'Application/JSON', 'Content-Encoding': 'GZIP' }, gzipSync(body)],
    ['identity', 200, { 'Content-Encoding': 'identity' }, body],
    ['a parameter behind protobuf', 200, { 'Content-Type': 'application/x-protobuf;x=y' }, Buffer.of()],
    ['no body of protobuf', 200, PROTOBUF, Buffer.of()],
    ['no body of JSON', 400, {}, Buffer.of()],
    ['JSON said to be protobuf', 400, PROTOBUF, body],
    ['gzip that is not said', 400, {}, gzipSync(body)],
    ['gzip that is none', 400, { 'Content-Encoding': 'gzip' }, body],
    ['gzip that is cut', 400, { 'Content-Encoding': 'gzip' }, gzipSync(body).subarray(0, -3)],
    [
      'bytes behind gzip',
      400,
      { 'Content-Encoding': 'gzip' },
      Buffer.concat([gzipSync(body), Buffer.alloc(9)]),
    ],
    ['no Content-Type', 415, { 'Content-Type': '' }, body],
    ['another type', 415, { 'Content-Type': 'text/plain' }, body],
    ['snappy', 415, { 'Content-Encoding': 'snappy' }, body],
    ['gzip twice', 415, { 'Content-Encoding': 'gzip, gzip' }, gzipSync(gzipSync(body))],
  ])('with %s is %i', async (_what, status, headers, sent) => {
    const reply = await sendOtlpBytes(server, 'json', sent, headers);
    expect([reply.status, reply.message === '']).toEqual([status, status === 200]);
  });

  it('with another method is 405 with Allow, and OPTIONS says the same', async () => {
    for (const method of ['GET', 'PUT', 'HEAD', 'DELETE']) {
      const answer = await server.request(OTLP_PATH, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    }
    // Browsers ask before they send credentials.
    const answer = await server.request(OTLP_PATH, { method: 'OPTIONS', headers: { Authorization: '' } });
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'OPTIONS, POST']);
  });

  it('of another path near it is not found', async () => {
    for (const path of [`${OTLP_PATH}/`, '/api/v1/otlp/v1/traces', '/v1/metrics']) {
      expect((await server.request(path, { method: 'POST' })).status).toBe(404);
    }
  });
});

describe('bounds', () => {
  it('a body that would inflate to gigabytes is refused with 413, in little memory', async () => {
    const resident = 'process_resident_memory_bytes';
    const bomb = gzipSync(Buffer.alloc(2 ** 30));
    const before = await server.metric(resident);
    for (let round = 0; round < 8; round++) {
      const reply = await sendOtlpBytes(server, 'protobuf', bomb, { 'Content-Encoding': 'gzip' });
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([413, null]);
      expect(reply.message).toContain('--write-decoded-bytes-max');
    }
    expect(await server.metric(resident)).toBeLessThan(before + 160 * 2 ** 20);
    const failed = 'promontory_write_requests_failed_total{reason="ERR_BODY_DECODED_BYTES_MAX"}';
    expect(await server.metric(failed)).toBe(8);
  });

  it('hold for bodies as they arrive and as they are decoded', async () => {
    const small = await serverWith('--write-body-bytes-max', '100KiB', '--write-decoded-bytes-max', '64KiB');
    const padded = (length: number): Buffer => Buffer.from('{"x":"y"}'.padEnd(length));
    const sizes = [64 * 1024, 64 * 1024 + 1, 100 * 1024 + 1];
    const replies = [];
    for (const size of sizes) replies.push(await sendOtlpBytes(small, 'json', padded(size)));
    expect(replies.map(({ status }) => status)).toEqual([200, 413, 413]);
    expect(replies[1]?.message).toContain('--write-decoded-bytes-max');
    expect(replies[2]?.message).toContain('--write-body-bytes-max');
  });

  it('of what one export may become fail it whole', async () => {
    const small = await serverWith('--write-decoded-bytes-max', '64KiB');
    const counts = Array.from({ length: 200 }, () => '1');
    const explicitBounds = Array.from({ length: 199 }, (_, index) => index);
    const dataPoints = Array.from({ length: 5 }, (_, index) => ({
      timeUnixNano: nanoseconds(NOW_MS),
      count: '200',
      bucketCounts: counts,
      explicitBounds,
      attributes: stringAttributes({ a: `${index}`.padEnd(4000, 'x') }),
    }));
    const histogram = { aggregationTemporality: CUMULATIVE, dataPoints };
    const request = exportOf([{ name: 'wide', histogram }, gauge('beside', point(NOW_MS))]);
    const reply = await sendOtlp(small, 'protobuf', request, true);
    expect([reply.status, reply.message]).toEqual([413, expect.stringContaining('too many label bytes')]);
    expect(await askInstant(small, 'beside', NOW_MS)).toEqual({});
  });
});

it('is counted as other writes are, under a name of its own', async () => {
  const counted = await serverWith();
  const dataPoints = [{ ...point(NOW_MS), exemplars: [{ timeUnixNano: nanoseconds(NOW_MS) }] }];
  const sum = { aggregationTemporality: CUMULATIVE, dataPoints };
  const bytes = otlpBody('json', exportOf([{ name: 'a', sum }, gauge('b', {}, point(NOW_MS + HOUR_MS))]));
  await sendOtlpBytes(counted, 'json', bytes);
  await sendOtlpBytes(counted, 'json', Buffer.from('{'));
  const { text } = await counted.request('/metrics');
  for (const line of [
    'promontory_http_requests_total{handler="otlp",code="200"} 1',
    'promontory_http_requests_total{handler="otlp",code="400"} 1',
    `promontory_write_body_bytes_total ${bytes.length + 1}`,
    'promontory_write_samples_total 1',
    'promontory_write_metadata_total 2',
    'promontory_write_samples_rejected_total{reason="ERR_SAMPLE_TOO_FAR_IN_FUTURE"} 1',
    'promontory_write_samples_rejected_total{reason="ERR_OTLP_TIMESTAMP"} 1',
    'promontory_write_requests_failed_total{reason="ERR_OTLP_JSON_INVALID"} 1',
    'promontory_otlp_translation_warnings_total{category="exemplar_dropped"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});
