/** Answers that lie in the memory that threads share, and those that it does not hold, which are sent in pieces. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { head, RawConnection } from './raw-connection.ts';
import { TestServer } from './test-server.ts';

/** With so many series, more than the shared memory holds. */
const SERIES = 330;
const STEPS = 10_000;
const NOW_MS = Date.now();
const NOW_S = Math.floor(NOW_MS / 1000);
const TIMES = 4;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ flags: ['--query-threads', '1'] });
  await server.mustWrite(
    Array.from({ length: SERIES }, (_, index) => ({
      labels: { __name__: 'large', index: String(index) },
      samples: [[NOW_MS, index + 1 / 3]] as [number, number][],
    })),
  );
});

afterAll(() => server.stop());

function pathOf(seriesCount: number): string {
  return `/api/v1/query_range?${new URLSearchParams({
    query: `large @ ${NOW_S + 1}`,
    limit: String(seriesCount),
    start: String(NOW_S - STEPS),
    end: String(NOW_S),
    step: '1',
  }).toString()}`;
}

/** @returns what tells it from others */
async function ask(seriesCount: number): Promise<string> {
  const { status, text } = await server.request(pathOf(seriesCount), {
    headers: { 'Accept-Encoding': 'identity' },
  });
  expect([status, text.slice(-1), text.split('"metric"').length - 1]).toEqual([200, '}', seriesCount]);
  return createHash('sha256').update(text).digest('hex');
}

it('come whole, each time, and their memory is free again', async () => {
  const answers = new Set<string>();
  for (let time = 0; time < TIMES; time++) answers.add(await ask(SERIES));
  expect(answers.size).toBe(1);
  await server.metricBecomes('promontory_query_bytes_in_flight', 0);
});

it('are not mixed up when there are many at once, and some clients take nothing', async () => {
  const counts = [1, 7, 20, 45, 90];
  const alone: string[] = [];
  for (const count of counts) alone.push(await ask(count));
  for (let time = 0; time < TIMES; time++) {
    const left = await Promise.all(counts.map(() => RawConnection.to(server.port)));
    for (const [index, connection] of left.entries()) {
      connection.socket.pause();
      connection.send(head(`GET ${pathOf(counts[index]!)}`));
    }
    expect(await Promise.all([...counts, ...counts].map(ask))).toEqual([...alone, ...alone]);
    for (const connection of left) connection.close();
  }
  await server.metricBecomes('promontory_query_bytes_in_flight', 0);
});
