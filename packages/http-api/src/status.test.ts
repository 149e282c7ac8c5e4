import { PromontoryError, type ErrorKind } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { errorStatus, errorHeaders } from './status.ts';

function errorOf(kind: ErrorKind, context?: Record<string, string | number>): PromontoryError {
  return new PromontoryError('x', { code: 'ERR_X', kind, ...(context && { context }) });
}

describe('errorStatus', () => {
  const cases: readonly [kind: ErrorKind, status: number, errorType: string][] = [
    ['bad-data', 400, 'bad_data'],
    ['too-large', 413, 'bad_data'],
    ['unauthenticated', 401, 'unauthorized'],
    ['forbidden', 403, 'forbidden'],
    ['not-found', 404, 'not_found'],
    ['execution', 422, 'execution'],
    ['timeout', 503, 'timeout'],
    ['cancelled', 499, 'canceled'],
    ['overload', 503, 'unavailable'],
    ['unavailable', 503, 'unavailable'],
    ['corrupt', 500, 'internal'],
    ['internal', 500, 'internal'],
  ];
  it.each(cases)('%s is %d %s', (kind, status, errorType) => {
    expect(errorStatus(errorOf(kind))).toEqual({ status, errorType });
  });

  it("is 429 for an instance's own limit", () => {
    expect(errorStatus(errorOf('overload', { scope: 'instance' })).status).toBe(429);
  });

  it('is 500 for what is not ours', () => {
    expect(errorStatus(new TypeError('x'))).toEqual({ status: 500, errorType: 'internal' });
  });
});

describe('errorHeaders', () => {
  const retryAfter = (...args: Parameters<typeof errorHeaders>): string | undefined =>
    new Map(errorHeaders(...args)).get('Retry-After');

  it('spreads retries by the jitter, where they would help', () => {
    expect(retryAfter(errorOf('overload'), 0)).toBe('2');
    expect(retryAfter(errorOf('unavailable'), 0.999)).toBe('10');
    expect(retryAfter(errorOf('overload', { retryAfterMs: 4001 }), 0.5)).toBe('9');
    expect(retryAfter(errorOf('overload', { retryAfterMs: 10 }), 0)).toBe('2');
    expect(retryAfter(errorOf('bad-data'), 0)).toBeUndefined();
  });

  it('tells the code of what is ours', () => {
    for (const kind of ['bad-data', 'overload'] as const) {
      const error = errorOf(kind);
      expect(new Map(errorHeaders(error, 0)).get('X-Promontory-Error')).toBe(error.code);
    }
    expect(errorHeaders(new Error('x'), 0)).toEqual([]);
  });
});
