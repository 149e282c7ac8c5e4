import { ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { MemorySeriesSource, QueryEngine, TraceSpan } from '../index.ts';

const LIMITS = { samplesMax: 1e6, memoryBytesMax: 1e9, durationMsMax: 60_000, stepsMax: 11_000 };
const clock = new ManualClock(0);

function traced(query: string): Promise<TraceSpan> {
  const engine = new QueryEngine({ parseCacheEntriesMax: 0, clock });
  const source = new MemorySeriesSource();
  source.add(Labels.fromObject({ __name__: 'm' }), 1000, 1);
  const trace = new TraceSpan(clock, 'query');
  const request = { query, timeMs: 1000, lookbackDeltaMs: 300_000, limits: LIMITS, isCancelled: () => false };
  return engine.instantQuery(source, { ...request, trace }).then(() => trace);
}

describe('the trace of a query', () => {
  it('has its phases in order, with a time for each', async () => {
    const { children } = await traced('m');
    expect(children.map(({ message }) => message.replace(/:.*/, ''))).toEqual([
      'parse',
      'plan',
      'select',
      'evaluate',
    ]);
    expect(children.every(({ durationMs }) => durationMs === 0)).toBe(true);
  });

  it('has a bound on operators and on selections', async () => {
    const terms = Array.from({ length: 1100 }, (_, index) => `m{n!="${index}"}`);
    // A balanced tree: the language bounds how deep it may be.
    let parts = terms;
    while (parts.length > 1) {
      parts = Array.from({ length: Math.ceil(parts.length / 2) }, (_, index) => {
        const [left, right] = parts.slice(2 * index, 2 * index + 2);
        return right === undefined ? left! : `(${left} + ${right})`;
      });
    }
    const { children } = await traced(parts[0]!);
    const [, , selections, evaluation] = children;
    expect(selections?.children).toHaveLength(1000);
    expect(evaluation?.children.at(-1)?.message).toBe('sort the result');
    const leftOut = evaluation?.children.at(-2)?.message;
    expect(leftOut).toMatch(/^\d+ more operators, with what stands below them$/);
  });

  it('is as long as it ran, and keeps what others measured', () => {
    const span = new TraceSpan(clock, 'all');
    const part = span.child('part');
    clock.advance(5);
    part.end('done');
    clock.advance(2);
    span.add('elsewhere', 9);
    expect([span.durationMs, part.durationMs, part.message]).toEqual([7, 5, 'part: done']);
    expect(span.children.map(({ durationMs }) => durationMs)).toEqual([5, 9]);
  });
});
