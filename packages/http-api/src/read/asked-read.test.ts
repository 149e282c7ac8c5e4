import { compress, encodeReadRequest, type ReadQuery } from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import { readAskedQuery } from '../parameters/asked-query.ts';
import { HINTS, MATCH_UP } from './read-test-fixture.ts';

describe('what a read asks for', () => {
  const requestOf = (queries: readonly ReadQuery[]) => ({
    method: 'POST',
    path: '/api/v1/read',
    queryString: '',
    headers: new Map<string, string>(),
    body: compress(encodeReadRequest({ queries, acceptedResponseTypes: [] })),
  });

  it('is its selectors and the time of all of them', () => {
    const other = {
      ...MATCH_UP,
      startMsInclusive: -5,
      matchers: [{ operator: '=~', name: 'a', value: '"' }],
    } as const;
    expect(readAskedQuery(requestOf([{ ...MATCH_UP, hints: { ...HINTS, stepMs: 15 } }, other]))).toEqual({
      query: '{__name__="up"} {a=~"\\""}',
      startMs: -5,
      endMs: 1_000_000,
      stepMs: 15,
    });
  });

  it('is not looked at when it is long, or not readable', () => {
    const long = {
      ...MATCH_UP,
      matchers: [{ operator: '=', name: 'a', value: 'x'.repeat(70_000) }],
    } as const;
    for (const request of [requestOf([long]), { ...requestOf([]), body: Uint8Array.of(255) }]) {
      expect(readAskedQuery(request).query).toBe('');
    }
  });
});
