import { ManualClock } from '@promontory/base';
import type { ApiRequest } from '@promontory/http-api';
import { expect, it } from 'vitest';
import { type LedgerEntry, RequestLedger, type SlowRequest } from './request-ledger.ts';

function requestOf(query: string, path = '/api/v1/query_range'): ApiRequest {
  const parameters = new URLSearchParams({ query, start: '100', end: '160', step: '15' });
  return {
    method: 'POST',
    path,
    queryString: '',
    headers: new Map([['content-type', 'application/x-www-form-urlencoded']]),
    body: new TextEncoder().encode(parameters.toString()),
  };
}

class Fixture {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly slow: SlowRequest[] = [];
  readonly cancelled: string[] = [];
  readonly ledger = new RequestLedger({
    clock: this.clock,
    instance: 'rw-1',
    slowMs: 1000,
    onSlow: (request) => this.slow.push(request),
  });

  begin(query: string, user = 'alice', path?: string): LedgerEntry {
    const asker = { user, remoteAddress: '10.0.0.1' };
    const entry = this.ledger.begin(requestOf(query, path), asker);
    entry.onCancel(() => this.cancelled.push(query));
    return entry;
  }

  run(query: string, user: string, durationMs: number, memoryBytesPeak = 0): void {
    const entry = this.begin(query, user);
    this.clock.advance(durationMs);
    entry.end({ status: 200, bytes: 7, cost: { samplesRead: 1, samplesPeak: 2, memoryBytesPeak } });
  }
}

it('lists what runs, with who asked what', () => {
  const fixture = new Fixture();
  const first = fixture.begin('up');
  fixture.clock.advance(250);
  fixture.begin('down', 'bob');
  expect(fixture.ledger.active()).toMatchObject([
    {
      query: 'up',
      startMs: 100_000,
      endMs: 160_000,
      stepMs: 15_000,
      user: 'alice',
      instance: 'rw-1',
      remoteAddress: '10.0.0.1',
      durationMs: 250,
      isCancelled: false,
    },
    { query: 'down', user: 'bob', durationMs: 0 },
  ]);
  first.end({ status: 200, bytes: 0, cost: null });
  expect(fixture.ledger.active().map(({ query }) => query)).toEqual(['down']);
});

it('cancels one by its id, and knows no others', () => {
  const fixture = new Fixture();
  const { ledger, cancelled } = fixture;
  fixture.begin('up');
  const id = ledger.active()[0]?.id ?? '';
  expect([ledger.cancel(id), ledger.cancel(`${id}x`), cancelled]).toEqual([true, false, ['up']]);
  expect(ledger.active()[0]?.isCancelled).toBe(true);
});

it('sums up what ended, by text and length of range', () => {
  const fixture = new Fixture();
  fixture.run('up', 'alice', 10, 100);
  fixture.run('up', 'bob', 30, 300);
  fixture.run('up', 'bob', 20, 200);
  fixture.run('down', 'alice', 5);
  expect(fixture.ledger.totals(60_000)).toEqual([
    {
      query: 'up',
      rangeSeconds: 60,
      count: 3,
      durationMsSum: 60,
      memoryBytesSum: 600,
      users: ['alice', 'bob'],
    },
    { query: 'down', rangeSeconds: 60, count: 1, durationMsSum: 5, memoryBytesSum: 0, users: ['alice'] },
  ]);
  fixture.clock.advance(1000);
  fixture.run('up', 'alice', 1);
  expect(fixture.ledger.totals(500)).toMatchObject([{ query: 'up', count: 1 }]);
});

it('has no totals of what is no query', () => {
  const fixture = new Fixture();
  fixture.begin('up', 'alice', '/api/v1/series').end({ status: 200, bytes: 0, cost: null });
  expect(fixture.ledger.totals(60_000)).toEqual([]);
});

it('remembers so many, and long texts cut', () => {
  const fixture = new Fixture();
  for (let index = 0; index < 20_010; index++) fixture.run(`q${index}`, 'alice', 0);
  fixture.run('x'.repeat(10_000), 'alice', 0);
  const totals = fixture.ledger.totals(60_000);
  expect(totals.length).toBe(20_000);
  expect(totals.find(({ query }) => query.startsWith('xx'))?.query).toBe(`${'x'.repeat(4000)}…`);
});

it('remembers fewer when they are long', () => {
  const fixture = new Fixture();
  for (let index = 0; index < 15_000; index++) fixture.run(`q${index}_${'x'.repeat(1500)}`, 'alice', 0);
  const totals = fixture.ledger.totals(60_000);
  expect(totals.length).toBeGreaterThan(5000);
  expect(totals.length).toBeLessThan(6000);
  expect(totals.at(-1)?.query).toMatch(/^q14999_/);
  expect(fixture.ledger.totals(60_000)).toEqual(totals);
});

it('does not read what a long request asks', () => {
  const fixture = new Fixture();
  fixture.run('x'.repeat(100_000), 'alice', 2000);
  expect([fixture.ledger.totals(60_000), fixture.slow[0]?.asked.query]).toEqual([[], '']);
});

it('tells of what took long', () => {
  const fixture = new Fixture();
  fixture.run('quick', 'alice', 999);
  fixture.run('slow', 'bob', 1000);
  expect(fixture.slow).toMatchObject([
    {
      asked: { query: 'slow' },
      asker: { user: 'bob' },
      instance: 'rw-1',
      durationMs: 1000,
      status: 200,
      bytes: 7,
    },
  ]);
});
