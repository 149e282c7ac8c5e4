/** Queries that are too many, take too long, or whose client goes away. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { head, RawConnection } from './raw-connection.ts';
import { ENDLESS_QUERY, TestServer } from './test-server.ts';

const RUNNING = 'promontory_queries_running';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ flags: ['--query-threads', '1', '--query-queue-max', '1'] });
});

afterAll(() => server.stop());

async function occupy(): Promise<RawConnection[]> {
  const held: RawConnection[] = [];
  for (let index = 0; index < 2; index++) {
    const connection = await RawConnection.to(server.port);
    connection.send(head(`GET ${ENDLESS_QUERY}`));
    held.push(connection);
    await server.metricBecomes(RUNNING, index + 1);
  }
  return held;
}

it('a query is refused with 503 and Retry-After when threads and queue are full, and taken afterwards', async () => {
  const held = await occupy();
  const refused = await server.request('/api/v1/query?query=1');
  expect([refused.status, Number(refused.headers.get('Retry-After')) > 0]).toEqual([503, true]);
  expect(JSON.parse(refused.text)).toMatchObject({
    status: 'error',
    errorType: 'unavailable',
    error: expect.stringContaining('--query-queue-max') as string,
  });
  for (const connection of held) connection.close();
  await server.metricBecomes(RUNNING, 0);
  expect((await server.request('/api/v1/query?query=1')).status).toBe(200);
});

it('writes, health and metrics are answered while all query threads are busy', async () => {
  const held = await occupy();
  await server.mustWrite([{ labels: { __name__: 'meanwhile' }, samples: [[Date.now(), 1]] }]);
  for (const path of ['/-/healthy', '/-/ready', '/metrics']) {
    expect((await server.request(path)).status).toBe(200);
  }
  for (const connection of held) connection.close();
  await server.metricBecomes(RUNNING, 0);
});

it('a query that waits for a thread ends at once when it is cancelled', async () => {
  const [first, second] = await occupy();
  const { data } = JSON.parse((await server.request('/api/v1/status/active_queries')).text) as {
    data: { id: string }[];
  };
  const waiting = data.at(-1)?.id ?? '';
  expect(
    (await server.request(`/api/v1/status/active_queries/${waiting}`, { method: 'DELETE' })).status,
  ).toBe(200);
  const answer = await second?.answer();
  expect([answer?.status, answer?.body.toString()]).toEqual([
    499,
    expect.stringContaining('waited for a thread'),
  ]);
  await server.metricBecomes(RUNNING, 1);
  first?.close();
  second?.close();
  await server.metricBecomes(RUNNING, 0);
});

it('the time of a query runs while it waits for a thread', async () => {
  const connection = await RawConnection.to(server.port);
  connection.send(head(`GET ${ENDLESS_QUERY}`));
  await server.metricBecomes(RUNNING, 1);
  const answer = await server.request('/api/v1/query?query=1&timeout=200ms');
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
    503,
    { errorType: 'timeout', error: 'query timed out in query queue' },
  ]);
  connection.close();
  await server.metricBecomes(RUNNING, 0);
});

it('a query ends with 503 timeout when it takes longer than it may', async () => {
  const answer = await server.request(`${ENDLESS_QUERY}&timeout=300ms`);
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([503, { errorType: 'timeout' }]);
  await server.metricBecomes(RUNNING, 0);
});

it('a query body above its limit is 413', async () => {
  const connection = await RawConnection.to(server.port);
  connection.send(head('POST /api/v1/query', `Content-Length: ${64 * 1024 * 1024}`));
  const { status, headers } = await connection.answer();
  expect([status, headers.get('connection')]).toEqual([413, 'close']);
  await connection.closed();
});
