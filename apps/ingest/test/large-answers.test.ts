/** Answers that are sent in pieces, because no memory that threads share holds them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from './test-server.ts';

const SERIES = 180;
const STEPS = 10_000;
const NOW_MS = Date.now();
const NOW_S = Math.floor(NOW_MS / 1000);
const TIMES = 6;

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

it('come whole, each time, and their memory is free again', async () => {
  const parameters = new URLSearchParams({
    query: `large @ ${NOW_S + 1}`,
    start: String(NOW_S - STEPS),
    end: String(NOW_S),
    step: '1',
  });
  const lengths = new Set<number>();
  for (let time = 0; time < TIMES; time++) {
    const { status, text } = await server.request(`/api/v1/query_range?${parameters.toString()}`, {
      headers: { 'Accept-Encoding': 'identity' },
    });
    expect([status, text.slice(-4), text.split('"metric"').length - 1]).toEqual([200, '}]}}', SERIES]);
    lengths.add(text.length);
  }
  expect(lengths.size).toBe(1);
  await server.metricBecomes('promontory_query_bytes_in_flight', 0);
});
