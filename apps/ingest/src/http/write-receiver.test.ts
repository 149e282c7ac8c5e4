import { PromontoryError } from '@promontory/base';
import { encodeErrorStatus } from '@promontory/otlp';
import { beforeEach, expect, it } from 'vitest';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { SLAB_PAGE_BYTES } from '../pipeline/body-slab.ts';
import { type JobOutcome, JobTable } from '../pipeline/job-table.ts';
import type { IncomingBody, WritePipeline } from '../pipeline/write-pipeline.ts';
import { OtlpRoute } from './otlp-route.ts';
import { TestExchange } from './test-exchange.ts';
import { WriteReceiver, type WriteReceiverOptions } from './write-receiver.ts';
import { WriteRoute } from './write-route.ts';

const BODY_BYTES_MAX = 100;
const WRITE_HEADERS = new Map([
  ['content-type', 'application/x-protobuf'],
  ['content-encoding', 'snappy'],
]);

/** What storage makes of every write. */
let outcome: JobOutcome;
/** Of all bodies. */
let roomBytes = 0;
let discarded = 0;
let told: unknown[] = [];

beforeEach(() => {
  roomBytes = 1000;
  discarded = 0;
  told = [];
});

function failedWith(error: unknown): JobOutcome {
  const table = new JobTable(JobTable.allocate(1), new SharedArrayBuffer(SLAB_PAGE_BYTES));
  table.setFailed(0, error);
  return table.outcome(0);
}

function options(): WriteReceiverOptions {
  const body: IncomingBody & { byteLength: number } = {
    byteLength: 0,
    tryAppend: (chunk: Uint8Array) => (body.byteLength += chunk.length) <= roomBytes,
    submit: (_format, onAnswer) => onAnswer(outcome),
    discard: () => void discarded++,
  };
  const tryBegin = (): IncomingBody | null => (roomBytes === 0 ? null : body);
  return {
    // As much of both as a receiver needs.
    pipeline: { tryBegin } as unknown as WritePipeline,
    metrics: {
      writeBodyBytes: { inc: () => undefined },
      countWrite: () => undefined,
    } as unknown as ServerMetrics,
    bodyBytesMax: BODY_BYTES_MAX,
    onInternalError: (error, { path, queryString }) => told.push([path, queryString, error]),
  };
}

function write(): TestExchange {
  const head = { method: 'POST', path: '/api/v1/write', queryString: 'a=b', headers: WRITE_HEADERS };
  const exchange = new TestExchange(head);
  new WriteRoute(options()).handle(exchange.asExchange);
  return exchange;
}

it('keeps the text of a fault inside, and tells where it arose', () => {
  outcome = failedWith(new RangeError('Invalid typed array length: -1'));
  expect(write().told).toEqual([[500, 'internal error\n']]);
  expect(told).toEqual([
    ['/api/v1/write', 'a=b', expect.stringMatching(/^RangeError: Invalid typed array length: -1\n +at /)],
  ]);
});

it('keeps it inside of OTLP, too', () => {
  outcome = failedWith(new RangeError('Invalid typed array length: -1'));
  const headers = new Map([['content-type', 'application/json']]);
  const exchange = new TestExchange({ method: 'POST', path: '/api/v1/otlp/v1/metrics', headers });
  new OtlpRoute(options()).handle(exchange.asExchange);
  const body = Buffer.from(encodeErrorStatus('json', 'internal', 'internal error')).toString();
  expect(exchange.told).toEqual([[500, body]]);
  expect(told).toEqual([['/api/v1/otlp/v1/metrics', '', expect.stringContaining('RangeError: Invalid')]]);
});

it('tells clients of other errors, and nobody else', () => {
  outcome = failedWith(new PromontoryError('no space', { code: 'ERR_DISK_FULL', kind: 'unavailable' }));
  expect([write().told, told]).toEqual([[[503, 'no space\n']], []]);
});

it('closes the connection when it fails to answer, tells where, and answers others', () => {
  outcome = failedWith(new PromontoryError('no space', { code: 'ERR_DISK_FULL', kind: 'unavailable' }));
  const bug = new TypeError('secret');
  const exchange = new TestExchange({ path: '/api/v1/write' });
  new WriteReceiver(options()).receive(exchange.asExchange, 'remote-write-1', {
    onOutcome: () => undefined,
    onFailure: () => {
      throw bug;
    },
  });
  expect([exchange.isClosed, exchange.replies, told]).toEqual([true, [], [['/api/v1/write', '', bug]]]);
});

/** @returns the codes that a write is refused with */
function refusals(contentLength: number | null, chunks: readonly Uint8Array[]): string[] {
  const codes: string[] = [];
  new WriteReceiver(options()).receive(
    new TestExchange({ contentLength }, chunks).asExchange,
    'remote-write-1',
    {
      onOutcome: () => codes.push('written'),
      onFailure: ({ code }) => codes.push(code),
    },
  );
  return codes;
}

it.each([
  ['declares too much', BODY_BYTES_MAX + 1, 0],
  ['is too large', null, BODY_BYTES_MAX + 1],
])('refuses a body that %s', (_what, contentLength, bytes) => {
  expect(refusals(contentLength, [new Uint8Array(bytes)])).toEqual(['ERR_REQUEST_BODY_BYTES_MAX']);
  expect(discarded).toBe(bytes > 0 ? 1 : 0);
});

it.each([
  ['at its beginning', 0, 0],
  ['in the middle', 20, 1],
])('refuses a body that finds no room %s', (_when, bytes, discards) => {
  roomBytes = bytes;
  const chunks = [new Uint8Array(15), new Uint8Array(15), new Uint8Array(15)];
  expect(refusals(null, chunks)).toEqual(['ERR_WRITE_BYTES_IN_FLIGHT_MAX']);
  expect(discarded).toBe(discards);
});
