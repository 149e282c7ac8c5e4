import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '@promontory/base';
import { DEFAULT_READ_LIMITS } from '@promontory/http-api';
import {
  encodeLabelBytes,
  Labels,
  RejectionTally,
  SampleBatch,
  allocateSampleBatch,
} from '@promontory/model';
import { TsdbReader, TsdbWriter } from '@promontory/tsdb/threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { QueryRequest, RunningQuery } from '../pools/query-pool.ts';
import { QueryRunner } from './query-runner.ts';
import { type QueryData, QueryService, type ServiceAnswer } from './query-service.ts';

const LIMITS = {
  ...DEFAULT_READ_LIMITS,
  queryDurationMsMax: 60_000,
  querySamplesMax: 50_000_000,
  queryMemoryBytesMax: 1e9,
  lookbackDeltaMs: 300_000,
};
const FROM_THREAD = 'a query thread';

/** Each look at it takes as long as is said. */
class CountingClock extends ManualClock {
  lookMs = 0;

  override monotonicMs(): number {
    this.advance(this.lookMs);
    return super.monotonicMs();
  }
}

let directory = '';
let writer: TsdbWriter;
let clock: CountingClock;
let runner: QueryRunner;
/** What the threads were asked, and say about it. */
let asked: string[] = [];
let cancelled = 0;
let told: string[] = [];
let answer = { status: 200, durationMs: 0.1 };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-query-runner-'));
  clock = new CountingClock(Date.now());
  writer = new TsdbWriter({ directory });
  appendSample();
  asked = [];
  cancelled = 0;
  told = [];
  answer = { status: 200, durationMs: 0.1 };
  const threads = { running: 0, run: runOnThread, close: () => Promise.resolve() };
  runner = new QueryRunner({
    threads,
    data: dataOf(writer),
    clock,
    onInternalError: (error) => told.push(error),
    onDamage: ({ what }) => told.push(what),
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await runner.close();
  await writer.close();
  rmSync(directory, { recursive: true, force: true });
});

function dataOf({ memory }: TsdbWriter): QueryData {
  return { directory, generations: memory, limits: LIMITS, experimental: true, externalLabels: {} };
}

function appendSample(): void {
  const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 1, labelBytesMax: 1000 }));
  batch.ref[0] = batch.addNewSeries(1, 2, 3, encodeLabelBytes(Labels.fromObject({ __name__: 'up' })));
  batch.timestampMs[0] = Date.now();
  batch.valueWords.set(new Int32Array(Float64Array.of(7).buffer));
  batch.sampleCount = 1;
  expect(writer.append(batch, new RejectionTally()).samples).toBe(1);
  writer.commit();
}

function runOnThread({ queryString, body }: QueryRequest): RunningQuery {
  asked.push(queryString + Buffer.from(body).toString());
  const { status, durationMs } = answer;
  const response = { status, headers: [], body: Buffer.from(FROM_THREAD) };
  return {
    response: Promise.resolve({ response, durationMs, giveBack: () => undefined, stream: null }),
    cancel: () => cancelled++,
  };
}

async function ask(queryString: string, body = '', path = '/api/v1/query'): Promise<string> {
  const { response } = runner.run({
    method: body === '' ? 'GET' : 'POST',
    path,
    queryString,
    headers: new Map([['content-type', 'application/x-www-form-urlencoded']]),
    body: Buffer.from(body),
    receivedMs: 0,
  });
  const lent = await response;
  const text = Buffer.from(lent.response.body).toString();
  lent.giveBack();
  return text;
}

/** In a turn of the event loop of its own. */
async function askLater(...request: Parameters<typeof ask>): Promise<string> {
  await nextTurn();
  await nextTurn();
  return ask(...request);
}

it('answers on the spot what took a thread little, whatever the times', async () => {
  expect(await ask('query=up&time=1')).toBe(FROM_THREAD);
  const now = Date.now() / 1000;
  expect(JSON.parse(await askLater(`query=up&time=${now}`))).toMatchObject({
    status: 'success',
    data: { result: [{ metric: { __name__: 'up' }, value: [now, '7'] }] },
  });
  expect(await askLater('query=up&time=2')).toContain('"result":[]');
  expect(asked).toEqual(['query=up&time=1']);
});

it('knows a query in a form body again', async () => {
  expect(await ask('', 'time=5&query=up')).toBe(FROM_THREAD);
  expect(await askLater('', 'time=6&query=up')).toContain('success');
  expect(await askLater('', 'time=6&query=down')).toBe(FROM_THREAD);
});

it.each([
  ['another query', 'query=up%2B1'],
  ['another parameter', 'query=up&timeout=5'],
])('asks a thread about %s', async (_what, queryString) => {
  await ask('query=up');
  expect(await askLater(queryString)).toBe(FROM_THREAD);
});

it.each([
  ['took long', { status: 200, durationMs: 1.5 }],
  ['failed', { status: 422, durationMs: 0.1 }],
])('asks a thread again about what %s', async (_what, before) => {
  answer = before;
  await ask('query=up');
  expect(await askLater('query=up')).toBe(FROM_THREAD);
});

it('asks a thread about requests too long to remember', async () => {
  const long = `query=${'up%20or%20'.repeat(300)}up`;
  await ask(long);
  expect(await askLater(long)).toBe(FROM_THREAD);
  await askLater('', long);
  expect(await askLater('', long)).toBe(FROM_THREAD);
});

it.each([
  ['of series', '/api/v1/series', 'match[]=up'],
  ['of labels', '/api/v1/labels', ''],
])('asks a thread about lists %s', async (_what, path, queryString) => {
  await ask(queryString, '', path);
  expect(await askLater(queryString, '', path)).toBe(FROM_THREAD);
});

it('takes a longer range for another kind of query', async () => {
  const range = (startS: number, endS: number): Promise<string> =>
    askLater(`query=up&start=${startS}&end=${endS}&step=10`, '', '/api/v1/query_range');
  expect(await range(1000, 1900)).toBe(FROM_THREAD);
  expect(await range(5000, 5950)).toContain('success');
  expect(await range(5000, 9000)).toBe(FROM_THREAD);
  expect(await range(1000, Number.NaN)).toBe(FROM_THREAD);
  expect(await range(1000, Number.NaN)).toBe(FROM_THREAD);
});

it('answers one in a turn of the event loop, and has threads answer what is asked beside it', async () => {
  await ask('query=up');
  await nextTurn();
  await nextTurn();
  const answers = await Promise.all([ask('query=up'), ask('query=up'), ask('query=up')]);
  expect(answers.map((text) => text === FROM_THREAD)).toEqual([false, true, true]);
  expect(await askLater('query=up')).not.toBe(FROM_THREAD);
});

it.each([
  ['more samples than there is room for', 'query=sum_over_time(vector(1)[1d:100ms])'],
  ['an error', 'query=nothing('],
  ['a scan of the index', 'query={job!="api"}'],
])(
  'moves what turns out to be %s to a thread, and tries it again after a while',
  async (_what, queryString) => {
    await ask(queryString);
    expect(await askLater(queryString)).toBe(FROM_THREAD);
    const looks = vi.spyOn(QueryService.prototype, 'answer');
    expect(await askLater(queryString)).toBe(FROM_THREAD);
    expect(looks).not.toHaveBeenCalled();
    clock.advance(60_000);
    expect(await askLater(queryString)).toBe(FROM_THREAD);
    expect(looks).toHaveBeenCalledTimes(1);
  },
);

/** Asks what is tried here and goes to a thread then. */
async function askMoved(): Promise<RunningQuery> {
  await ask('query=nothing(');
  await nextTurn();
  await nextTurn();
  asked = [];
  const request = { method: 'GET', path: '/api/v1/query', queryString: 'query=nothing(', headers: new Map() };
  return runner.run({ ...request, body: new Uint8Array(0), receivedMs: 0 });
}

it('cancels what was moved to a thread', async () => {
  const query = await askMoved();
  await query.response;
  expect([asked.length, cancelled]).toEqual([1, 0]);
  query.cancel();
  expect(cancelled).toBe(1);
});

it('does not move what was cancelled before', async () => {
  const query = await askMoved();
  query.cancel();
  await expect(query.response).rejects.toMatchObject({ code: 'ERR_QUERY_CANCELLED', kind: 'cancelled' });
  expect([asked, cancelled]).toEqual([[], 0]);
});

it('goes on asking a thread about what was answered here, but took too long', async () => {
  await ask('query=up');
  // Together more than a short query takes, and less than the limit here.
  clock.lookMs = 0.25;
  expect(await askLater('query=up')).toContain('success');
  answer = { status: 200, durationMs: 2 };
  expect([await askLater('query=up'), await askLater('query=up')]).toEqual([FROM_THREAD, FROM_THREAD]);
});

it('moves what has no end in sight to a thread', async () => {
  await ask('query=up');
  clock.lookMs = 5;
  expect(await askLater('query=up')).toBe(FROM_THREAD);
});

it.each(['(a|b){900}', '(a|b){90}'])('has a thread match regexes of many steps: %s', async (pattern) => {
  const queryString = `query=up{job=~"${encodeURIComponent(pattern)}"}`;
  await ask(queryString);
  expect(await askLater(queryString)).toBe(FROM_THREAD);
});

it('tells of errors inside that are met here, and has a thread answer', async () => {
  await ask('query=up');
  vi.spyOn(TsdbReader.prototype, 'select').mockImplementation(() => {
    throw new TypeError('not what was expected');
  });
  expect(await askLater('query=up')).toBe(FROM_THREAD);
  expect(told).toEqual([expect.stringContaining('TypeError: not what was expected')]);
});

async function answerOfService(): Promise<ServiceAnswer> {
  const service = new QueryService({ data: dataOf(writer), clock, reader: { ownerId: 5 } });
  const request = { method: 'GET', path: '/api/v1/query', queryString: 'query=up', headers: new Map() };
  const given = await service.answer({ ...request, body: new Uint8Array(0) }, () => false);
  await service.close();
  return given;
}

it('answers where what is read beforehand cannot be read', async () => {
  vi.spyOn(TsdbReader.prototype, 'prepare').mockImplementation(() => {
    throw new Error('met again by the first query');
  });
  const { response, damages } = await answerOfService();
  expect([response.status, damages]).toEqual([200, []]);
});
