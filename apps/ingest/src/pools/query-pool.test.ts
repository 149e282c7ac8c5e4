/** What becomes of queries whose thread ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_READ_LIMITS } from '@promontory/http-api';
import { TsdbWriter } from '@promontory/tsdb/threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type LentResponse, QueryPool, type RunningQuery } from './query-pool.ts';

const QUERY_MS_MAX = 10_000;

let directory = '';
let writer: TsdbWriter;
let pool: QueryPool;
let told: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-query-pool-'));
  writer = new TsdbWriter({ directory });
  told = [];
  const limits = { ...DEFAULT_READ_LIMITS, queryDurationMsMax: QUERY_MS_MAX, querySamplesMax: 1 };
  pool = new QueryPool({
    entry: new URL('./query-pool-test-worker.ts', import.meta.url),
    threads: 1,
    execArgv: null,
    queueMax: 1,
    data: {
      directory,
      generations: writer.memory,
      limits: { ...limits, queryMemoryBytesMax: 1, lookbackDeltaMs: 1 },
      experimental: false,
      externalLabels: {},
    },
    onInternalError: (error, { queryString }) => told.push(`${queryString}: ${error}`),
    onDamage: () => undefined,
  });
});

afterEach(async () => {
  await pool.close();
  await writer.close();
  rmSync(directory, { recursive: true, force: true });
});

function run(queryString: string, receivedMs = Date.now()): RunningQuery {
  return pool.run({
    method: 'GET',
    path: '/',
    queryString,
    headers: new Map(),
    body: new Uint8Array(0),
    receivedMs,
  });
}

function bodyOf({ response }: LentResponse): string {
  return Buffer.from(response.body).toString();
}

const LOST = { code: 'ERR_QUERY_THREAD_LOST', kind: 'unavailable' };

it('says that its thread was lost, and answers the next one on another', async () => {
  const lost = run('end');
  const next = run('next');
  expect(() => run('too many')).toThrow(expect.objectContaining({ code: 'ERR_QUERY_QUEUE_FULL' }));
  await expect(lost.response).rejects.toMatchObject(LOST);
  expect(bodyOf(await next.response)).toBe('next');
  expect([told.length, told[0]]).toEqual([1, expect.stringMatching(/^end: ./)]);
  expect(pool.running).toBe(0);
});

it('has room for queries while streams are open', async () => {
  const streams = await Promise.all([run('stream').response, run('stream').response]);
  const streamed = await run('stream').response;
  const [first, second] = [run('first'), run('second')];
  expect([bodyOf(await first.response), bodyOf(await second.response)]).toEqual(['first', 'second']);
  expect(pool.running).toBe(3);
  for (const { stream } of [...streams, streamed]) stream?.close();
  await vi.waitFor(() => expect(pool.running).toBe(0));
});

it('takes no longer than its request has time since it was there', async () => {
  const busy = run('busy');
  const late = run('late', Date.now() - QUERY_MS_MAX);
  await expect(late.response).rejects.toMatchObject({ code: 'ERR_QUERY_TIMEOUT' });
  await busy.response;
});

it('tears the streams of a thread that ends', async () => {
  const { stream } = await run('stream').response;
  expect(await stream?.next()).toEqual(Uint8Array.of(7));
  await expect(run('end').response).rejects.toMatchObject(LOST);
  await vi.waitFor(() => expect(pool.running).toBe(0));
  await expect(stream?.next()).rejects.toMatchObject({ code: 'ERR_ANSWER_TORN', kind: 'internal' });
});

it('takes no more queries once it is closed', async () => {
  await pool.close();
  expect(() => run('late')).toThrow(expect.objectContaining({ code: 'ERR_STOPPING' }));
});
