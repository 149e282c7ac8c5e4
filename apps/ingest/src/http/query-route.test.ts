import { setImmediate } from 'node:timers/promises';
import { ManualClock, PromontoryError } from '@promontory/base';
import { expect, it } from 'vitest';
import type { QueryRunner } from '../query/query-runner.ts';
import { RequestLedger } from '../query/request-ledger.ts';
import { AdmissionGate } from '../pools/admission-gate.ts';
import { ByteBudget } from './byte-budget.ts';
import { QueryRoute } from './query-route.ts';
import { TestExchange } from './test-exchange.ts';

function exchangeOf(path: string): TestExchange {
  return new TestExchange({ path, queryString: 'query=up' });
}

/** @param ended gets the status and bytes that each request ended with */
function newLedger(ended: [number, number][] = []): RequestLedger {
  return new RequestLedger({
    clock: new ManualClock(0),
    instance: 'i',
    slowMs: 0,
    onSlow: ({ status, bytes }) => ended.push([status, bytes]),
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
  const exchange = exchangeOf('/api/v1/query');
  route.handle(exchange.asExchange);
  expect(told).toEqual([bug, '/api/v1/query', 'query=up']);
  expect(exchange.told).toEqual([
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
  const exchange = exchangeOf('/api/v1/read');
  route.handle(exchange.asExchange);
  expect([exchange.replies.map(({ status }) => status), remoteReads.inside]).toEqual([[503], 0]);
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
  const exchange = exchangeOf('/api/v1/read');
  route.handle(exchange.asExchange);
  await setImmediate();
  expect([exchange.replies.map(({ status }) => status), isClosed, budget.bytesInUse]).toEqual([
    [503],
    true,
    0,
  ]);
});

function endedOnce(status: number, bytes: number): unknown {
  return { ended: [[status, bytes]], closes: 1, bytesInUse: 0, inside: 0 };
}

/** A remote read whose first pieces are there. */
class StreamedRead {
  readonly ended: [number, number][] = [];
  readonly told: unknown[] = [];
  readonly budget = new ByteBudget(1000);
  readonly remoteReads = new AdmissionGate(1, 1);
  readonly ledger = newLedger(this.ended);
  readonly exchange = exchangeOf('/api/v1/read');
  closes = 0;

  /** @param next as of the stream of its answer */
  async begin(next: () => Promise<Uint8Array | null>): Promise<void> {
    const lent = {
      response: { status: 200, headers: [], body: new Uint8Array(10) },
      durationMs: 0,
      giveBack: () => undefined,
      stream: { heldBytes: 0, next, close: () => this.closes++ },
    };
    const route = new QueryRoute({
      queries: {
        run: () => ({ response: Promise.resolve(lent), cancel: () => undefined }),
      } as unknown as QueryRunner,
      budget: this.budget,
      remoteReads: this.remoteReads,
      ledger: this.ledger,
      onInternalError: (error) => this.told.push(error),
    });
    route.handle(this.exchange.asExchange);
    await setImmediate();
  }

  cancel(): void {
    for (const { id } of this.ledger.active()) this.ledger.cancel(id);
  }

  /** How it ended, and what is not given back. */
  get end(): unknown {
    const { ended, closes, budget, remoteReads } = this;
    return { ended, closes, bytesInUse: budget.bytesInUse, inside: remoteReads.inside };
  }
}

it('ends a stream that is cancelled at once, also when its client takes nothing', async () => {
  const read = new StreamedRead();
  await read.begin(() => Promise.resolve(new Uint8Array(5)));
  await read.exchange.pieces?.next();
  read.cancel();
  expect([read.exchange.isClosed, read.told]).toEqual([true, []]);
  expect(read.end).toEqual(endedOnce(499, 15));
});

it('ends a stream that was cancelled before it began', async () => {
  const read = new StreamedRead();
  const begun = read.begin(() => Promise.resolve(null));
  read.cancel();
  await begun;
  expect([read.exchange.isClosed, read.exchange.pieces]).toEqual([true, null]);
  expect(read.end).toEqual(endedOnce(499, 10));
});

it('tells a stream that was taken whole from one whose client went away', async () => {
  const whole = new StreamedRead();
  await whole.begin(() => Promise.resolve(null));
  expect(await whole.exchange.pieces?.next()).toBe(null);
  whole.exchange.end();
  expect(whole.end).toEqual(endedOnce(200, 10));

  const left = new StreamedRead();
  await left.begin(() => Promise.resolve(new Uint8Array(5)));
  await left.exchange.pieces?.next();
  left.exchange.end();
  expect([left.end, left.told]).toEqual([endedOnce(499, 15), []]);
});

it.each([
  ['does not tell of a stream that ends because it was cancelled', 'cancelled', 499, 0],
  ['tells of a stream that takes too long', 'timeout', 503, 1],
  ['tells of a stream that fails', 'internal', 500, 1],
] as const)('%s', async (_what, kind, status, told) => {
  const read = new StreamedRead();
  await read.begin(() => Promise.reject(new PromontoryError('torn', { code: 'ERR_X', kind })));
  await expect(read.exchange.pieces?.next()).rejects.toMatchObject({ code: 'ERR_X' });
  read.exchange.close();
  expect(read.told).toHaveLength(told);
  expect(read.end).toEqual(endedOnce(status, 10));
});

it('refuses remote reads when as many wait as may', () => {
  const remoteReads = new AdmissionGate(1, 0);
  remoteReads.tryEnter(() => undefined);
  const route = new QueryRoute({
    // Not reached.
    queries: {} as unknown as QueryRunner,
    budget: new ByteBudget(1000),
    remoteReads,
    ledger: newLedger(),
    onInternalError: () => undefined,
  });
  const exchange = exchangeOf('/api/v1/read');
  route.handle(exchange.asExchange);
  expect(exchange.told).toEqual([[503, expect.stringContaining('0 wait already')]]);
});

it('lists a remote read that waits, and ends it at once when it is cancelled', () => {
  const ledger = newLedger();
  const remoteReads = new AdmissionGate(1, 1);
  remoteReads.tryEnter(() => undefined);
  const route = new QueryRoute({
    queries: {
      run: () => {
        throw new Error('not yet');
      },
    } as unknown as QueryRunner,
    budget: new ByteBudget(1000),
    remoteReads,
    ledger,
    onInternalError: () => undefined,
  });
  const exchange = exchangeOf('/api/v1/read');
  route.handle(exchange.asExchange);
  const [waiting] = ledger.active();
  expect([waiting?.path, remoteReads.waiting, exchange.replies.length]).toEqual(['/api/v1/read', 1, 0]);
  expect(ledger.cancel(waiting?.id ?? '')).toBe(true);
  expect([exchange.replies.map(({ status }) => status), remoteReads.waiting, ledger.active()]).toEqual([
    [499],
    0,
    [],
  ]);
});
