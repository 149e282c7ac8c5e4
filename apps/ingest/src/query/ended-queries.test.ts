import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AskedQuery } from '@promontory/http-api';
import { expect, it } from 'vitest';
import { EndedQueries } from './ended-queries.ts';

const MIB = 1024 ** 2;
const ENDED = { user: 'alice', endMs: 10, durationMs: 2, memoryBytes: 3 };

function asked(query: string, endMs: number | null = null): AskedQuery {
  return { query, startMs: 0, endMs, stepMs: null };
}

it('sums up by text and length of range', () => {
  const queries = new EndedQueries();
  queries.add(asked('up'), { ...ENDED, endMs: 5 });
  queries.add(asked('up', 60_000), ENDED);
  queries.add(asked('up', 60_400), { ...ENDED, user: 'bob' });
  expect(queries.totals(10)).toEqual([
    { query: 'up', rangeSeconds: 60, count: 2, durationMsSum: 4, memoryBytesSum: 6, users: ['alice', 'bob'] },
  ]);
  expect(queries.totals(5)).toHaveLength(2);
});

it('keeps nothing of what asks nothing', () => {
  const queries = new EndedQueries();
  queries.add(asked(''), ENDED);
  expect([queries.keptBytes, queries.totals(0)]).toEqual([0, []]);
});

it('counts the bytes of texts, and forgets the oldest when they are too many', () => {
  const queries = new EndedQueries();
  queries.add(asked('up'), ENDED);
  expect(queries.keptBytes).toBe(4);
  for (let index = 0; index < 10; index++) queries.add(asked(String(index).repeat(MIB)), ENDED);
  expect(queries.keptBytes).toBe(16 * MIB);
  expect(queries.totals(0).map(({ query }) => query[0])).toEqual(Array.from('23456789'));
});

it('keeps no text that it has forgotten', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const queries = new EndedQueries();
  const text = 'x'.repeat(4000);
  collect();
  const beforeBytes = process.memoryUsage().heapUsed;
  for (let index = 0; index < 30_000; index++)
    queries.add(asked(Buffer.from(text).toString('latin1')), ENDED);
  collect();
  expect(process.memoryUsage().heapUsed - beforeBytes).toBeLessThan(24 * MIB);
  expect(queries.keptBytes).toBeGreaterThan(15 * MIB);
});

it('keeps so many', () => {
  const queries = new EndedQueries();
  for (let index = 0; index < 20_001; index++) queries.add(asked('up'), ENDED);
  expect([queries.keptBytes, queries.totals(0)[0]?.count]).toEqual([80_000, 20_000]);
});
