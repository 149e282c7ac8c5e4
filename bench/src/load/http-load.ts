/**
 * Sends prepared write requests over HTTP/1.1 with autocannon.
 *
 * Each connection gets its own list and sends it in order, one request at a time: a series stays on one
 * connection, as it does with a real sender. Times are taken here, not from autocannon's summary, whose
 * clock ticks once a second.
 */
import { PromontoryError, systemClock } from '@promontory/base';
import autocannon from 'autocannon';
import { ERR_BENCH_LOAD } from '../error-codes.ts';
import type { RunningSubject } from '../subjects/subject.ts';

const REQUEST_TIMEOUT_S = 20;

export interface LoadResult {
  readonly requestCount: number;
  readonly durationMs: number;
  /** Sorted, one per request. */
  readonly latencyMs: Float64Array;
}

/**
 * @param requestsByConnection bodies, one list per connection; lists without a body are left out
 * @throws PromontoryError ERR_BENCH_LOAD unless every request was answered once and with 2xx
 */
export async function sendWrites(
  subject: RunningSubject,
  requestsByConnection: readonly (readonly Buffer[])[],
): Promise<LoadResult> {
  const lists = requestsByConnection.filter((list) => list.length > 0);
  const requestCount = lists.reduce((sum, list) => sum + list.length, 0);
  const headers = {
    ...subject.headers,
    'Content-Type': 'application/x-protobuf',
    'Content-Encoding': 'snappy',
    'X-Prometheus-Remote-Write-Version': '0.1.0',
    'User-Agent': 'promontory-bench',
  };
  const latencyMs = new Float64Array(requestCount);
  let answered = 0;
  let connection = 0;
  let endMs = 0;
  const startMs = systemClock.monotonicMs();
  const result = await autocannon({
    url: `http://${subject.address.host}:${subject.address.port}`,
    connections: lists.length,
    pipelining: 1,
    amount: requestCount,
    timeout: REQUEST_TIMEOUT_S,
    bailout: 1,
    setupClient: (client) => {
      const bodies = lists[connection++] ?? [];
      client.responseMax = bodies.length;
      client.setRequests(bodies.map((body) => ({ method: 'POST', path: subject.writePath, headers, body })));
      client.on('response', (_statusCode, _bytes, durationMs) => {
        latencyMs[answered++] = durationMs;
        endMs = systemClock.monotonicMs();
      });
    },
  });
  if (result['2xx'] !== requestCount || result.non2xx + result.errors + result.timeouts > 0) {
    throw new PromontoryError(
      `cannot measure the load: not every request was accepted; got ${result['2xx']} of ${requestCount} with 2xx, ` +
        `${result.non2xx} others, ${result.errors} errors, ${result.timeouts} timeouts`,
      { code: ERR_BENCH_LOAD, kind: 'execution' },
    );
  }
  return { requestCount, durationMs: endMs - startMs, latencyMs: latencyMs.sort() };
}
