/** Uploads that stop, stall or are refused, and answers that are read slowly. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, head, LAST_CHUNK, RawConnection, WRITE_HEADERS } from './raw-connection.ts';
import { TestServer } from './test-server.ts';
import { type SeriesToWrite, writeBody } from './write-body.ts';

const BODY_BYTES_MAX = 256 * 1024;
const IN_FLIGHT_BYTES_MAX = 1024 * 1024;
const SLAB_PAGE_BYTES = 64 * 1024;
const IN_FLIGHT = 'promontory_write_bytes_in_flight';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({
    flags: [
      '--write-body-bytes-max',
      String(BODY_BYTES_MAX),
      '--write-bytes-in-flight-max',
      String(IN_FLIGHT_BYTES_MAX),
    ],
  });
});

afterAll(() => server.stop());

function writeHead(...headers: readonly string[]): string {
  return head('POST /api/v1/write', ...WRITE_HEADERS, ...headers);
}

async function open(...parts: readonly (string | Uint8Array)[]): Promise<RawConnection> {
  const connection = await RawConnection.to(server.port);
  connection.send(...parts);
  return connection;
}

async function isInSync(connection: RawConnection): Promise<boolean> {
  connection.send(head('GET /-/healthy'));
  const { status, body } = await connection.answer();
  return status === 200 && body.toString() === 'Promontory is Healthy.\n';
}

describe('the memory of an upload', () => {
  it.each([
    [
      'with a declared length',
      3 * SLAB_PAGE_BYTES,
      [`Content-Length: ${3 * SLAB_PAGE_BYTES}`],
      new Uint8Array(10),
    ],
    ['chunked', SLAB_PAGE_BYTES, ['Transfer-Encoding: chunked'], chunk(new Uint8Array(10))],
    ['chunked, grown', 2 * SLAB_PAGE_BYTES, ['Transfer-Encoding: chunked'], chunk(new Uint8Array(100_000))],
  ])('%s comes back when the client goes away', async (_what, bytes, headers, part) => {
    const connection = await open(writeHead(...headers), part);
    await server.metricBecomes(IN_FLIGHT, bytes);
    connection.close();
    await server.metricBecomes(IN_FLIGHT, 0);
    expect(await server.metric('promontory_write_requests_in_flight')).toBe(0);
  });

  it('comes back when the client goes away before the answer', async () => {
    const written = 'promontory_write_samples_total';
    const before = await server.metric(written);
    const body = writeBody([{ labels: { __name__: 'unanswered' }, samples: [[Date.now(), 1]] }]);
    const connection = await open(writeHead(`Content-Length: ${body.length}`));
    await new Promise<void>((resolve) => {
      connection.socket.write(body, () => resolve());
    });
    connection.close();
    await server.metricBecomes(written, before + 1);
    expect(await server.metric(IN_FLIGHT)).toBe(0);
    expect(await server.metric('promontory_write_requests_in_flight')).toBe(0);
  });

  it('is bounded: more is answered 503 with Retry-After, and taken again once there is room', async () => {
    const held: RawConnection[] = [];
    const heldBytes = IN_FLIGHT_BYTES_MAX / BODY_BYTES_MAX;
    for (let index = 0; index < heldBytes; index++) {
      held.push(await open(writeHead(`Content-Length: ${BODY_BYTES_MAX}`), new Uint8Array(10)));
    }
    await server.metricBecomes(IN_FLIGHT, IN_FLIGHT_BYTES_MAX);
    const series: SeriesToWrite[] = [{ labels: { __name__: 'late' }, samples: [[Date.now(), 1]] }];
    const refused = await server.write(series);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(refused.text).toContain('--write-bytes-in-flight-max');
    for (const connection of held) connection.close();
    await server.metricBecomes(IN_FLIGHT, 0);
    expect((await server.write(series)).status).toBe(204);
  });

  it('cannot be exceeded by a chunked body that grows', async () => {
    const held: RawConnection[] = [];
    for (let index = 0; index < 3; index++) {
      held.push(await open(writeHead(`Content-Length: ${BODY_BYTES_MAX}`), new Uint8Array(10)));
    }
    held.push(await open(writeHead(`Content-Length: ${2 * SLAB_PAGE_BYTES}`), new Uint8Array(10)));
    await server.metricBecomes(IN_FLIGHT, IN_FLIGHT_BYTES_MAX - 2 * SLAB_PAGE_BYTES);
    const growing = await open(writeHead('Transfer-Encoding: chunked'));
    growing.send(chunk(new Uint8Array(2 * SLAB_PAGE_BYTES)));
    await server.metricBecomes(IN_FLIGHT, IN_FLIGHT_BYTES_MAX);
    growing.send(chunk(new Uint8Array(1)));
    const { status, headers } = await growing.answer();
    expect([status, headers.has('retry-after')]).toEqual([503, true]);
    await growing.closed();
    for (const connection of held) connection.close();
    await server.metricBecomes(IN_FLIGHT, 0);
  });
});

describe('after a refusal whose body is still to come the connection is in sync', () => {
  const size = BODY_BYTES_MAX + 1;
  const cases: readonly [status: number, requestHead: string][] = [
    [413, writeHead(`Content-Length: ${size}`)],
    [415, head('POST /api/v1/write', 'Content-Type: text/plain', `Content-Length: ${size}`)],
    [401, writeHead(`Content-Length: ${size}`).replace(/Authorization: .*\r\n/, '')],
    [405, head('PUT /api/v1/write', `Content-Length: ${size}`)],
    [404, head('POST /nothing', `Content-Length: ${size}`)],
    [404, head('POST /api/v1/nothing', `Content-Length: ${size}`)],
  ];
  it.each(cases)('%i', async (wanted, requestHead) => {
    const connection = await open(requestHead);
    connection.send(new Uint8Array(1000));
    await sleep(20);
    connection.send(new Uint8Array(size - 1000));
    expect((await connection.answer()).status).toBe(wanted);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });

  it.each([
    [415, head('POST /api/v1/write', 'Content-Type: text/plain', 'Transfer-Encoding: chunked')],
    [401, writeHead('Transfer-Encoding: chunked').replace(/Authorization: .*\r\n/, '')],
  ])('%i, chunked', async (wanted, requestHead) => {
    const connection = await open(requestHead, chunk('first'));
    await sleep(20);
    connection.send(chunk(new Uint8Array(BODY_BYTES_MAX)), LAST_CHUNK);
    expect((await connection.answer()).status).toBe(wanted);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });
});

it('a chunked body that grows too large is answered 413 and the connection closed', async () => {
  const connection = await open(writeHead('Transfer-Encoding: chunked'));
  connection.send(chunk(new Uint8Array(BODY_BYTES_MAX)), chunk('one more'));
  const { status, headers, body } = await connection.answer();
  expect([status, headers.get('connection')]).toEqual([413, 'close']);
  expect(body.toString()).toContain('--write-body-bytes-max');
  await connection.closed();
  await server.metricBecomes(IN_FLIGHT, 0);
});

describe('an answer larger than the socket takes at once', () => {
  const seriesCount = 100;
  const stepSeconds = 1;
  const endSeconds = Math.floor(Date.now() / 1000);
  const startSeconds = endSeconds - 3000;
  const path = `/api/v1/query_range?query=large&start=${startSeconds}&end=${endSeconds}&step=${stepSeconds}`;

  beforeAll(async () => {
    const series = Array.from({ length: seriesCount }, (_, index) => ({
      labels: { __name__: 'large', index: String(index) },
      samples: Array.from(
        { length: 300 },
        (_each, at) => [(startSeconds + at * 10) * 1000, index + at / 7] as const,
      ),
    }));
    for (let from = 0; from < seriesCount; from += 10) await server.mustWrite(series.slice(from, from + 10));
  });

  it('arrives whole at a slow reader, and the connection goes on', async () => {
    const whole = await server.request(path);
    expect(whole.text.length).toBeGreaterThan(6_000_000);
    const connection = await open(head(`GET ${path}`));
    connection.socket.pause();
    await sleep(300);
    let resumed = true;
    const stutter = setInterval(() => {
      resumed = !resumed;
      if (resumed) connection.socket.resume();
      else connection.socket.pause();
    }, 5);
    const { status, headers, body } = await connection.answer();
    clearInterval(stutter);
    connection.socket.resume();
    expect([status, headers.get('content-length')]).toEqual([200, String(whole.text.length)]);
    expect(body.equals(Buffer.from(whole.text))).toBe(true);
    expect(await isInSync(connection)).toBe(true);
    connection.close();
  });

  it('may be left alone by its reader without harm to other queries', async () => {
    const leaving: RawConnection[] = [];
    for (let index = 0; index < 4; index++) {
      const connection = await open(head(`GET ${path}`));
      connection.socket.pause();
      leaving.push(connection);
    }
    await server.metricBecomes('promontory_queries_running', 0);
    const others = Array.from({ length: 8 }, () => server.request(path));
    await sleep(50);
    for (const connection of leaving) connection.close();
    for (const other of others) expect((await other).status).toBe(200);
  });
});
