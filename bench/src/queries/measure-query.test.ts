import { describe, expect, it } from 'vitest';
import { askFor, type Lane, measureQuery } from './measure-query.ts';

/** Answers with the next of the latencies, the last one again and again. */
function server(latenciesMs: readonly number[], asked: string[] = [], name = ''): Lane {
  let count = 0;
  let cpuMs = 0;
  let isPeakForgotten = false;
  return {
    subject: { name },
    request: { path: '', body: '' },
    connection: {
      latencyMs: () => {
        asked.push(name);
        cpuMs += 2;
        return Promise.resolve(latenciesMs[Math.min(count++, latenciesMs.length - 1)]);
      },
    },
    server: {
      cpuMs: () => cpuMs,
      memory: () => ({ residentPeakBytes: isPeakForgotten ? 1000 : 9000 }),
      forgetResidentPeak: () => {
        isPeakForgotten = true;
      },
    },
  } as unknown as Lane;
}

describe('askFor', () => {
  it.each([
    ['a slow query once', [500], 1],
    ['until the time is over, the request that crosses it included', [40], 3],
    ['a fast query until the number is reached', [1], 20],
    ['as the latencies come', [90, 5, 4, 100, 1], 4],
  ])('asks %s', async (_, latenciesMs, count) => {
    const lane = server(latenciesMs);
    expect(await askFor(() => lane.connection.latencyMs(lane.request), 100, 20)).toHaveLength(count);
  });

  it('asks nothing when no request is allowed', async () => {
    expect(await askFor(() => Promise.resolve(1), 100, 0)).toEqual([]);
  });
});

describe('measureQuery', () => {
  const budget = { turns: 3, turnMs: 100, turnRequestsMax: 2, warmUpMs: 100, warmUpRequestsMax: 1 };

  it('lets the servers take turns after their warm-up', async () => {
    const asked: string[] = [];
    await measureQuery([server([200], asked, 'a'), server([10], asked, 'b')], budget);
    expect(asked.join('')).toBe('ab' + 'abb'.repeat(3));
  });

  it('takes the median without the warm-up, and the CPU time of what was measured', async () => {
    const [slow, fast] = await measureQuery([server([9999, 300, 100, 200]), server([7777, 10])], budget);
    expect(slow).toEqual({ latencyMs: 200, cpuMs: 2, residentPeakBytes: 1000, requests: 3 });
    expect(fast).toEqual({ latencyMs: 10, cpuMs: 2, residentPeakBytes: 1000, requests: 6 });
  });
});
