import { setImmediate } from 'node:timers/promises';
import type { Api, ApiResponse } from '@promontory/http-api';
import { expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.ts';
import { ServerRoute } from './server-route.ts';
import { TestExchange } from './test-exchange.ts';

const BODY = Buffer.from('about the process');
const BUG = new TypeError('secret');

/** @returns what the client was told, what the log, and what of the budget is not given back */
async function ask(answer: () => Promise<ApiResponse>, bytesMax = 1000): Promise<unknown[]> {
  const exchange = new TestExchange({ path: '/api/v1/status/flags', queryString: 'a=b' });
  const budget = new ByteBudget(bytesMax);
  const told: unknown[] = [];
  const route = new ServerRoute({
    // As much of an API as is asked.
    api: { handle: answer } as unknown as Api,
    budget,
    onInternalError: (error, { path, queryString }) => told.push([path, queryString, error]),
  });
  route.handle(exchange.asExchange);
  await setImmediate();
  return [exchange.told, told, budget.bytesInUse];
}

it('answers, and gives the memory of the answer back', async () => {
  const answer = await ask(() => Promise.resolve({ status: 200, headers: [], body: BODY }));
  expect(answer).toEqual([[[200, 'about the process']], [], 0]);
});

it('refuses an answer that the budget has no room for', async () => {
  const answer = await ask(() => Promise.resolve({ status: 200, headers: [], body: BODY }), 5);
  expect(answer).toMatchObject([[[503, expect.stringContaining('--query-bytes-in-flight-max')]], [], 0]);
});

const responseOfBug: ApiResponse = {
  status: 200,
  headers: [],
  get body(): Uint8Array {
    throw BUG;
  },
};

it.each([
  ['an API that fails', () => Promise.reject(BUG)],
  ['an answer that cannot be given', () => Promise.resolve(responseOfBug)],
])('answers 500 for %s, and tells why', async (_what, answer) => {
  expect(await ask(answer)).toEqual([
    [[500, '{"status":"error","errorType":"internal","error":"internal error"}']],
    [['/api/v1/status/flags', 'a=b', BUG]],
    0,
  ]);
});
