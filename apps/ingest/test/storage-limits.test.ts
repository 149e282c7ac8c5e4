/** Limits of the database as a sender meets them: status, code, and when to come back. */
import { afterEach, describe, expect, it } from 'vitest';
import { TestServer } from './test-server.ts';
import type { SeriesToWrite } from './write-body.ts';

let server: TestServer | null = null;

afterEach(async () => {
  await server?.stop();
  server = null;
});

function series(count: number): SeriesToWrite[] {
  const nowMs = Date.now();
  return Array.from({ length: count }, (_, index) => ({
    labels: { __name__: 'limited', series: String(index) },
    samples: [[nowMs, index]],
  }));
}

describe('samples a second', () => {
  it('above the limit are refused with 429 until there is room again', async () => {
    server = await TestServer.start({ flags: ['--samples-per-second-max', '2'] });
    expect((await server.write(series(6))).status).toBe(204);
    const refused = await server.write(series(1));
    expect([refused.status, refused.text]).toEqual([429, expect.stringContaining('limit 2')]);
    // Six taken of two: two and a half seconds until one more fits.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(3);
    expect((await server.request('/metrics')).text).toContain(
      'promontory_write_requests_failed_total{reason="ERR_SAMPLE_RATE"} 1',
    );
  });
});

describe('a disk without room for the reserve', () => {
  it('refuses writes with 503, and answers queries', async () => {
    server = await TestServer.start({ flags: ['--disk-reserve-bytes', '1000000GiB'] });
    const refused = await server.write(series(1));
    expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('diskReserveBytes')]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
    expect((await server.request('/api/v1/query?query=limited')).status).toBe(200);
  });
});

describe('series', () => {
  it.each([
    ['--series-per-metric-max', 'ERR_SERIES_PER_METRIC_MAX'],
    ['--series-max', 'ERR_SERIES_MAX'],
  ])('above %s are refused, and the others stored', async (flag, code) => {
    server = await TestServer.start({ flags: [flag, '3'] });
    const answer = await server.write(series(5));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('partial write: 3 samples');
    expect(answer.text).toMatch(new RegExp(`^${code}: 2 rejected, .*raise ${flag}$`, 'm'));
  });
});
