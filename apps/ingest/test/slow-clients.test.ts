/**
 * Clients that hold a connection and send next to nothing are dropped, those that wait for an answer are
 * not. The tests wait that long, together.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head, RawConnection, WRITE_HEADERS } from './raw-connection.ts';
import { ENDLESS_QUERY, TestServer } from './test-server.ts';

const DRIP_INTERVAL_MS = 100;
const DROPPED_MS_MAX = 18_000;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

async function closesWhileDripping(connection: RawConnection, bytesPerDrip: number): Promise<boolean> {
  const drips = setInterval(() => connection.send(new Uint8Array(bytesPerDrip)), DRIP_INTERVAL_MS);
  const closed = new Promise<boolean>((resolve) => {
    connection.socket.once('close', () => resolve(true));
  });
  const isClosed = await Promise.race([closed, sleep(DROPPED_MS_MAX, false, { ref: false })]);
  clearInterval(drips);
  return isClosed;
}

describe('dropped', { concurrent: true, timeout: 25_000 }, () => {
  it('is not a client whose query takes longer', async () => {
    const answer = await server.request(`${ENDLESS_QUERY}&timeout=13s`);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([503, { errorType: 'timeout' }]);
  });

  it.each([
    ['a connection without a request', '', 0],
    ['half a head', 'GET /-/healthy HTTP/1.1\r\nHost: loc', 0],
    ['a body that drips', head('POST /api/v1/write', ...WRITE_HEADERS, 'Content-Length: 100000'), 10],
    ['a query body that drips', head('POST /api/v1/query', 'Content-Length: 100000'), 10],
  ])('%s', async (_what, start, bytesPerDrip) => {
    const connection = await RawConnection.to(server.port);
    connection.send(start);
    expect(await closesWhileDripping(connection, bytesPerDrip)).toBe(true);
  });
});

it('and what they held is free again', async () => {
  expect(await server.metric('promontory_write_bytes_in_flight')).toBe(0);
  expect(await server.metric('promontory_write_requests_in_flight')).toBe(0);
  expect(await server.metric('promontory_queries_running')).toBe(0);
});
