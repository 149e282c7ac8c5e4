import { setImmediate } from 'node:timers/promises';
import { ManualClock, PromontoryError } from '@promontory/base';
import { describe, expect, it, vi } from 'vitest';
import type { QueryRequest, RunningQuery } from '../pools/query-pool.ts';
import type { QueryRunner } from '../query/query-runner.ts';
import { RequestLedger } from '../query/request-ledger.ts';
import { AdmissionGate } from '../pools/admission-gate.ts';
import { ByteBudget } from './byte-budget.ts';
import { QueryRoute, type QueryRouteOptions } from './query-route.ts';
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

type Run = (request: QueryRequest) => Partial<RunningQuery>;

/** @param run as of a QueryRunner; not reached by default */
function newRoute(run: Run, parts: Partial<QueryRouteOptions> = {}): QueryRoute {
  return new QueryRoute({
    queries: { run } as unknown as QueryRunner,
    budget: new ByteBudget(1000),
    remoteReads: new AdmissionGate(1, 1),
    queryDurationMsMax: 10_000,
    ledger: newLedger(),
    onInternalError: () => undefined,
    ...parts,
  });
}

function unreached(): never {
  throw new Error('not yet');
}

it('tells of an error of its own that it answers with 500', () => {
  const told: unknown[] = [];
  const bug = new TypeError('secret');
  const run = (): never => {
    throw bug;
  };
  const route = newRoute(run, {
    onInternalError: (error, { path, queryString }) => told.push(error, path, queryString),
  });
  const exchange = exchangeOf('/api/v1/query');
  route.handle(exchange.asExchange);
  expect(told).toEqual([bug, '/api/v1/query', 'query=up']);
  expect(exchange.told).toEqual([
    [500, '{"status":"error","errorType":"internal","error":"internal error"}'],
  ]);
});

it('gives the place of a remote read back that is refused at once', async () => {
  const remoteReads = new AdmissionGate(1, 1);
  const run = (): never => {
    throw new PromontoryError('full', { code: 'ERR_QUERY_QUEUE_FULL', kind: 'overload' });
  };
  const exchange = exchangeOf('/api/v1/read');
  newRoute(run, { remoteReads }).handle(exchange.asExchange);
  await setImmediate();
  // As the endpoint answers errors, which is one line of text.
  expect([exchange.told, remoteReads.inside]).toEqual([[[503, 'full\n']], 0]);
});

it('gives back what it received of a body whose client has gone, and runs nothing', () => {
  const budget = new ByteBudget(1000);
  const exchange = new TestExchange({ path: '/api/v1/query' }, [new Uint8Array(7)], false);
  newRoute(unreached, { budget }).handle(exchange.asExchange);
  expect(budget.bytesInUse).toBe(7);
  exchange.end();
  expect(budget.bytesInUse).toBe(0);
});

it('refuses bodies of parameters above a mebibyte', () => {
  const statusOf = (bodyBytes: number): number | undefined => {
    const exchange = new TestExchange({ path: '/api/v1/query' }, [new Uint8Array(bodyBytes)]);
    const run: Run = () => ({ response: new Promise(() => undefined), cancel: () => undefined });
    newRoute(run, { budget: new ByteBudget(2 ** 30) }).handle(exchange.asExchange);
    return exchange.replies[0]?.status;
  };
  expect([statusOf(1024 ** 2), statusOf(1024 ** 2 + 1)]).toEqual([undefined, 413]);
});

it('cancels a query whose client has gone', () => {
  let cancels = 0;
  const run: Run = () => ({ response: new Promise(() => undefined), cancel: () => cancels++ });
  const exchange = exchangeOf('/api/v1/query');
  newRoute(run).handle(exchange.asExchange);
  expect(cancels).toBe(0);
  exchange.end();
  expect(cancels).toBe(1);
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
  const run: Run = () => ({ response: Promise.resolve(lent), cancel: () => undefined });
  const route = newRoute(run, { budget });
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
    const run: Run = () => ({ response: Promise.resolve(lent), cancel: () => undefined });
    const { budget, remoteReads, ledger, told } = this;
    const route = newRoute(run, {
      budget,
      remoteReads,
      ledger,
      onInternalError: (error) => told.push(error),
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
  expect(read.end).toEqual(endedOnce(499, 10));
});

it('ends a stream that was cancelled before it began', async () => {
  const read = new StreamedRead();
  const begun = read.begin(() => Promise.resolve(null));
  read.cancel();
  await begun;
  expect([read.exchange.isClosed, read.exchange.pieces]).toEqual([true, null]);
  expect(read.end).toEqual(endedOnce(499, 0));
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
  expect([left.end, left.told]).toEqual([endedOnce(499, 10), []]);
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

it('counts the piece that is sent and the one that waits, and as sent what was written', async () => {
  const read = new StreamedRead();
  await read.begin(() => Promise.resolve(new Uint8Array(5)));
  const { pieces } = read.exchange;
  const held: number[] = [read.budget.bytesInUse];
  for (let piece = 0; piece < 3; piece++) {
    await pieces?.next();
    held.push(read.budget.bytesInUse);
  }
  expect(held).toEqual([10, 15, 10, 10]);
  read.exchange.close();
  expect(read.end).toEqual(endedOnce(499, 20));
});

it('refuses remote reads when as many wait as may', () => {
  const remoteReads = new AdmissionGate(1, 0);
  remoteReads.tryEnter(() => undefined);
  const exchange = exchangeOf('/api/v1/read');
  newRoute(unreached, { remoteReads }).handle(exchange.asExchange);
  expect(exchange.told).toEqual([[503, expect.stringContaining('0 wait already')]]);
});

describe('a remote read that waits', () => {
  /** Behind another one. */
  function waiting(options: Partial<QueryRouteOptions> = {}) {
    const ended: [number, number][] = [];
    const ledger = newLedger(ended);
    const remoteReads = new AdmissionGate(1, 1);
    const other = remoteReads.tryEnter(() => undefined);
    const asked: QueryRequest[] = [];
    const run: Run = (request) => {
      asked.push(request);
      return { response: new Promise(() => undefined), cancel: () => undefined };
    };
    const exchange = exchangeOf('/api/v1/read');
    newRoute(run, { ledger, remoteReads, ...options }).handle(exchange.asExchange);
    return { ended, ledger, remoteReads, other, asked, exchange };
  }

  it('is listed, and begins when there is a place', async () => {
    const { ledger, remoteReads, other, asked } = waiting();
    expect([ledger.active()[0]?.path, remoteReads.waiting]).toEqual(['/api/v1/read', 1]);
    other?.leave();
    await setImmediate();
    expect([asked.length, remoteReads.inside, remoteReads.waiting]).toEqual([1, 1, 0]);
  });

  it('is answered at once and once when it is cancelled, also when its client takes nothing', async () => {
    const { ended, ledger, remoteReads, other, asked, exchange } = waiting();
    exchange.isTaking = false;
    const id = ledger.active()[0]?.id ?? '';
    expect([ledger.cancel(id), ledger.cancel(id)]).toEqual([true, true]);
    await setImmediate();
    expect(ledger.cancel(id)).toBe(false);
    other?.leave();
    await setImmediate();
    const text = 'remote read was canceled while it waited for others to end\n';
    expect(exchange.told).toEqual([[499, text]]);
    expect([asked, remoteReads.inside, remoteReads.waiting, ended]).toEqual([[], 0, 0, [[499, text.length]]]);
  });

  it('leaves the line when its client has gone', async () => {
    const { ended, ledger, remoteReads, asked, exchange } = waiting();
    exchange.end();
    await setImmediate();
    expect([asked, remoteReads.waiting, ended, ledger.active()]).toEqual([[], 0, [[499, 0]], []]);
  });

  it('waits no longer than a query may take', async () => {
    const { exchange, remoteReads } = waiting({ queryDurationMsMax: 1 });
    await vi.waitFor(() => expect(exchange.told).toHaveLength(1));
    expect([exchange.told, remoteReads.waiting]).toEqual([
      [[503, 'remote read timed out while it waited for others to end\n']],
      0,
    ]);
  });
});
