/** What slows V8 down for the rest of a thread's life does not happen in threads that work on samples. */
import { expect, it } from 'vitest';
import { TestServer } from './test-server.ts';

const SAMPLES = 3000;
const LARGE_BYTES = 32 * 1024;

function detachings(server: TestServer): number {
  return server.process.stdout.match(/protector cell ArrayBufferDetaching/g)?.length ?? 0;
}

it('detaches array buffers in the thread that starts the others and the one that strips types, not in queries', async () => {
  const server = await TestServer.start({
    nodeFlags: ['--trace-protector-invalidation'],
    flags: ['--query-threads', '2', '--decode-threads', '2'],
  });
  await server.request('/api/v1/labels');
  expect(detachings(server)).toBeLessThanOrEqual(2);
  const endSeconds = Math.floor(Date.now() / 1000);
  const samples = Array.from({ length: SAMPLES }, (_, index): [number, number] => [
    1000 * (endSeconds - SAMPLES + index),
    Math.sqrt(index),
  ]);
  await server.mustWrite([{ labels: { __name__: 'up' }, samples }]);
  const before = detachings(server);
  const range = `start=${endSeconds - SAMPLES}&end=${endSeconds}&step=1`;
  for (const query of ['up', 'rate(up[1m])', 'sum(up)', 'count(up) or up']) {
    const path = `/api/v1/query_range?query=${encodeURIComponent(query)}&${range}`;
    const answers = await Promise.all([server.request(path), server.request(path)]);
    for (const { status, text } of answers) expect([status, text.length > LARGE_BYTES]).toEqual([200, true]);
  }
  await server.stop();
  expect(detachings(server)).toBe(before);
});

it.each([0, 50, 200, 500])(
  'a stop %d ms after the first answer finds threads that still load',
  async (delayMs) => {
    const server = await TestServer.start({ flags: ['--query-threads', '4'] });
    await new Promise((resolve) => {
      setTimeout(resolve, delayMs);
    });
    expect(await server.stop()).toBe(0);
  },
);
