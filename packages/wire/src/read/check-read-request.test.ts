import { errorCode } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { encodeReadRequest, type ReadQuery, type ReadRequest } from '../proto/index.ts';
import { checkReadRequest } from './check-read-request.ts';

const LIMITS = { readQueriesMax: 2, readMatchersMax: 5 };

function queryOf(matchers: number, grouping: number): ReadQuery {
  return {
    startMsInclusive: 0,
    endMsInclusive: 1,
    matchers: Array.from({ length: matchers }, (_, at) => ({ operator: '=', name: `a${at}`, value: 'b' })),
    hints: {
      stepMs: 1,
      functionName: 'f',
      startMs: 0,
      endMs: 1,
      grouping: Array.from({ length: grouping }, (_, at) => `a${at}`),
      by: true,
      rangeMs: 1,
    },
  };
}

function outcomeOf(bytes: Uint8Array): string | undefined {
  try {
    checkReadRequest(bytes, LIMITS);
    return 'accepted';
  } catch (error) {
    return errorCode(error);
  }
}

describe('checkReadRequest', () => {
  it.each<[name: string, request: ReadRequest, code: string]>([
    ['nothing', { queries: [], acceptedResponseTypes: [] }, 'accepted'],
    [
      'as much as may be',
      { queries: [queryOf(2, 1), queryOf(1, 1)], acceptedResponseTypes: ['samples'] },
      'accepted',
    ],
    [
      'a query more',
      { queries: [queryOf(0, 0), queryOf(0, 0), queryOf(0, 0)], acceptedResponseTypes: [] },
      'ERR_READ_QUERIES_MAX',
    ],
    [
      'a matcher more',
      { queries: [queryOf(3, 0), queryOf(3, 0)], acceptedResponseTypes: [] },
      'ERR_READ_MATCHERS_MAX',
    ],
    ['a name more', { queries: [queryOf(2, 4)], acceptedResponseTypes: [] }, 'ERR_READ_MATCHERS_MAX'],
    [
      'many response types',
      { queries: [], acceptedResponseTypes: Array.from({ length: 200 }, () => 'samples' as const) },
      'ERR_READ_MATCHERS_MAX',
    ],
  ])('%s', (_name, request, code) => {
    expect(outcomeOf(encodeReadRequest(request))).toBe(code);
  });

  it('counts response types that are not packed', () => {
    const bytes = new Uint8Array(200).map((_, at) => (at % 2 === 0 ? 0x10 : 1));
    expect(() => checkReadRequest(bytes, LIMITS)).toThrow(
      expect.objectContaining({ code: 'ERR_READ_MATCHERS_MAX' }),
    );
  });

  it('refuses what is no message', () => {
    for (const bytes of [[0x0a, 200], [0x0a, 2, 0x1a, 9], [0x0c]]) {
      expect(() => checkReadRequest(Uint8Array.from(bytes), LIMITS)).toThrow(
        expect.objectContaining({ code: 'ERR_PROTOBUF_INVALID' }),
      );
    }
  });
});
