import { setImmediate } from 'node:timers/promises';
import { ManualClock, PromontoryError } from '@promontory/base';
import type { ApiResponse } from '@promontory/http-api';
import { expect, it } from 'vitest';
import type { QueryRunner } from '../query/query-runner.ts';
import { RequestLedger } from '../query/request-ledger.ts';
import { AdmissionGate } from '../pools/admission-gate.ts';
import { ByteBudget } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';
import { QueryRoute } from './query-route.ts';

/** As much of an exchange as the route needs; its body is empty. */
function exchangeOf(path: string): { exchange: Exchange; replies: ApiResponse[] } {
  const replies: ApiResponse[] = [];
  const handlers: (() => void)[] = [];
  const exchange = {
    head: { method: 'GET', path, queryString: 'query=up', headers: new Map(), contentLength: null },
    isOver: false,
    onOver: (handler: () => void) => {
      if (replies.length > 0) handler();
      else handlers.push(handler);
    },
    onAbort: () => undefined,
    onBody: (handler: (chunk: Uint8Array, isLast: boolean) => void) => handler(new Uint8Array(0), true),
    reply: (response: ApiResponse) => {
      replies.push(response);
      for (const handler of handlers.splice(0)) handler();
    },
  };
  return { exchange: exchange as unknown as Exchange, replies };
}

function newLedger(): RequestLedger {
  return new RequestLedger({
    clock: new ManualClock(0),
    instance: 'i',
    slowMs: Number.POSITIVE_INFINITY,
    onSlow: () => undefined,
  });
}

it('tells of an error of its own that it answers with 500', () => {
  const told: unknown[] = [];
  const bug = new TypeError('secret');
  const route = new QueryRoute({
    queries: {
      run: () => {
        throw bug;
      },
    } as unknown as QueryRunner,
    budget: new ByteBudget(1000),
    remoteReads: new AdmissionGate(1, 1),
    ledger: newLedger(),
    onInternalError: (error, { path, queryString }) => told.push(error, path, queryString),
  });
  const { exchange, replies } = exchangeOf('/api/v1/query');
  route.handle(exchange);
  expect(told).toEqual([bug, '/api/v1/query', 'query=up']);
  expect(replies.map(({ status, body }) => [status, new TextDecoder().decode(body)])).toEqual([
    [500, '{"status":"error","errorType":"internal","error":"internal error"}'],
  ]);
});

it('gives the place of a remote read back that is refused at once', () => {
  const remoteReads = new AdmissionGate(1, 1);
  const route = new QueryRoute({
    queries: {
      run: () => {
        throw new PromontoryError('full', { code: 'ERR_QUERY_QUEUE_FULL', kind: 'overload' });
      },
    } as unknown as QueryRunner,
    budget: new ByteBudget(1000),
    remoteReads,
    ledger: newLedger(),
    onInternalError: () => undefined,
  });
  const { exchange, replies } = exchangeOf('/api/v1/read');
  route.handle(exchange);
  expect([replies.map(({ status }) => status), remoteReads.inside]).toEqual([[503], 0]);
});

it('refuses an answer whose collected pieces do not fit the budget, and lets go of them', async () => {
  const budget = new ByteBudget(1000);
  let isClosed = false;
  const stream = { heldBytes: 1001, next: () => Promise.resolve(null), close: () => (isClosed = true) };
  const lent = {
    response: { status: 200, headers: [], body: new Uint8Array(10) },
    durationMs: 0,
    giveBack: () => undefined,
    stream,
  };
  const route = new QueryRoute({
    queries: {
      run: () => ({ response: Promise.resolve(lent), cancel: () => undefined }),
    } as unknown as QueryRunner,
    budget,
    remoteReads: new AdmissionGate(1, 1),
    ledger: newLedger(),
    onInternalError: () => undefined,
  });
  const { exchange, replies } = exchangeOf('/api/v1/read');
  route.handle(exchange);
  await setImmediate();
  expect([replies.map(({ status }) => status), isClosed, budget.bytesInUse]).toEqual([[503], true, 0]);
});
