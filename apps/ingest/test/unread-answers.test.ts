/** Clients that ask and do not read: what waits for them is bounded, and free again when they have gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { head, RawConnection } from './raw-connection.ts';
import { TestServer } from './test-server.ts';

const BYTES_MAX = 40 * 1024 ** 2;
const BYTES = 'promontory_query_bytes_in_flight';
const RUNNING = 'promontory_queries_running';
const SERIES = 60;
const STEPS = 10_000;
const NOW_MS = Date.now();
const NOW_S = Math.floor(NOW_MS / 1000);
/** Some 20 MB: more than a pair of sockets holds between two processes. */
const LARGE_ANSWER = `/api/v1/query_range?${new URLSearchParams({
  query: `large @ ${NOW_S + 1}`,
  start: String(NOW_S - STEPS),
  end: String(NOW_S),
  step: '1',
}).toString()}`;

let server: TestServer;
let connections: RawConnection[] = [];

beforeAll(async () => {
  server = await TestServer.start({
    flags: ['--query-threads', '1', '--query-bytes-in-flight-max', String(BYTES_MAX)],
  });
  await server.mustWrite(
    Array.from({ length: SERIES }, (_, index) => ({
      labels: { __name__: 'large', index: String(index) },
      samples: [[NOW_MS, index + 1 / 3]] as [number, number][],
    })),
  );
});

afterEach(() => {
  for (const connection of connections) connection.close();
  connections = [];
});

afterAll(() => server.stop());

async function connectTo(isReading: boolean): Promise<RawConnection> {
  const connection = await RawConnection.to(server.port);
  if (!isReading) connection.socket.pause();
  connections.push(connection);
  return connection;
}

it('a client that reads gets its large answer, and its memory is free again', async () => {
  const { status, text } = await server.request(LARGE_ANSWER);
  expect([status, text.length > BYTES_MAX / 4, text.length < BYTES_MAX / 2]).toEqual([200, true, true]);
  await server.metricBecomes(BYTES, 0);
});

it('answers that nobody reads take no more than their bound; more are refused until they are gone', async () => {
  for (let index = 0; index < 6; index++) {
    (await connectTo(false)).send(head(`GET ${LARGE_ANSWER}`));
    await sleep(10);
    await server.metricBecomes(RUNNING, 0);
  }
  const held = await server.metric(BYTES);
  expect([held > 0, held <= BYTES_MAX]).toEqual([true, true]);
  // Compressed, it would have room.
  const refused = await server.request(LARGE_ANSWER, { headers: { 'Accept-Encoding': 'identity' } });
  expect([refused.status, Number(refused.headers.get('Retry-After')) > 0]).toEqual([503, true]);
  expect(JSON.parse(refused.text)).toMatchObject({
    status: 'error',
    errorType: 'unavailable',
    error: expect.stringContaining('--query-bytes-in-flight-max') as string,
  });
  expect((await server.request('/api/v1/query?query=1')).status).toBe(200);
  for (const connection of connections) connection.close();
  await server.metricBecomes(BYTES, 0);
  expect((await server.request(LARGE_ANSWER)).status).toBe(200);
});

it('bodies that are on their way count too', async () => {
  const bodyBytes = 30 * 1024 ** 2;
  const post = (bytes: number): string =>
    head('POST /api/v1/read', 'Content-Encoding: snappy', `Content-Length: ${bytes}`);
  (await connectTo(true)).send(post(bodyBytes + 1), new Uint8Array(bodyBytes));
  await server.metricBecomes(BYTES, bodyBytes);
  const refused = await connectTo(true);
  refused.send(post(bodyBytes), new Uint8Array(bodyBytes));
  expect(await refused.lastStatus()).toBe(503);
  for (const connection of connections) connection.close();
  await server.metricBecomes(BYTES, 0);
});
