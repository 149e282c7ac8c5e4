import { ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { compress, encodeReadRequest, type ReadQuery } from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import { LIMITS, NOW_MS } from '../api-test-harness.ts';
import { negotiateResponseType, readReadRequest } from './read-body.ts';
import { selectQueries } from './read-selections.ts';
import {
  ask,
  askBody,
  type AskOptions,
  CHUNKS,
  CountingSource,
  HINTS,
  largeSource,
  MATCH_UP,
  smallSource,
  textOf,
  wholeBody,
} from './read-test-fixture.ts';

describe('what is refused', () => {
  const dayMs = 24 * 60 * 60 * 1000;
  const long = { ...MATCH_UP, startMsInclusive: 5, endMsInclusive: 5 + 30 * dayMs };
  const regexOf = (length: number): ReadQuery => ({
    ...MATCH_UP,
    matchers: [{ operator: '=~', name: 'a', value: 'a'.repeat(length) }],
  });
  const regex: ReadQuery = { ...MATCH_UP, matchers: [{ operator: '=~', name: 'a', value: '(' }] };
  const cases: readonly [
    name: string,
    request: Parameters<typeof ask>[1],
    options: AskOptions,
    status: number,
    text: string,
  ][] = [
    ['30 days', { queries: [long] }, {}, 200, ''],
    [
      'a millisecond more',
      { queries: [MATCH_UP, { ...long, startMsInclusive: 4 }] },
      {},
      400,
      'query 1 of remote read: it spans too much time',
    ],
    [
      '30 days to the end of time',
      { queries: [{ ...long, startMsInclusive: NOW_MS - 30 * dayMs, endMsInclusive: 2 ** 62 }] },
      {},
      200,
      '',
    ],
    [
      'a millisecond more to the end of time',
      { queries: [{ ...long, startMsInclusive: NOW_MS - 30 * dayMs - 1, endMsInclusive: 2 ** 62 }] },
      {},
      400,
      'spans too much time',
    ],
    [
      'the future',
      { queries: [{ ...long, startMsInclusive: NOW_MS + 5, endMsInclusive: 2 ** 62 }] },
      {},
      200,
      '',
    ],
    [
      'all of time',
      { queries: [{ ...MATCH_UP, startMsInclusive: -(2 ** 62), endMsInclusive: 2 ** 62 }] },
      {},
      400,
      'spans too much time',
    ],
    [
      'a part of all of time',
      {
        queries: [
          {
            ...MATCH_UP,
            startMsInclusive: -(2 ** 53),
            endMsInclusive: 2 ** 53,
            hints: { ...HINTS, startMs: 1, endMs: 5000 },
          },
        ],
      },
      {},
      200,
      '',
    ],
    ['as many series as may be', {}, { limits: { readSeriesMax: 3 } }, 200, ''],
    [
      'too many series',
      {},
      { limits: { readSeriesMax: 2 } },
      400,
      'selects too many series; got 3 or more, want at most 2',
    ],
    [
      'too many series together',
      { queries: [MATCH_UP, MATCH_UP], ...CHUNKS },
      { limits: { readSeriesMax: 5 } },
      400,
      'too many series; got 6',
    ],
    ['as many samples as may be', {}, { limits: { readSamplesMax: 4 } }, 200, ''],
    ['too many samples', {}, { limits: { readSamplesMax: 3 } }, 400, 'exceeded sample limit (3)'],
    [
      'too many samples together',
      { queries: [MATCH_UP, MATCH_UP] },
      { limits: { readSamplesMax: 7 } },
      400,
      'exceeded sample limit (7)',
    ],
    ['many samples in chunks', CHUNKS, { limits: { readSamplesMax: 1, readResponseBytesMax: 1 } }, 200, ''],
    ['too many bytes', {}, { limits: { readResponseBytesMax: 100 } }, 400, 'the response is too large'],
    [
      'too many queries',
      { queries: [MATCH_UP, MATCH_UP] },
      { limits: { readQueriesMax: 1 } },
      400,
      'too many queries',
    ],
    [
      'too many matchers',
      { queries: [MATCH_UP, MATCH_UP] },
      { limits: { readMatchersMax: 1 } },
      400,
      'too many matchers',
    ],
    ['long regexes', { queries: [regexOf(200_000), regexOf(62_144)] }, {}, 200, ''],
    [
      'too long regexes',
      { queries: [regexOf(200_000), regexOf(62_145)] },
      {},
      400,
      'its regexes are too long',
    ],
    ['a large body', {}, { limits: { readBodyBytesMax: 10 } }, 413, 'its body is too large'],
    ['a body that declares much', {}, { limits: { readDecodedBytesMax: 10 } }, 400, 'too large; it declares'],
    ['a wrong regex', { queries: [MATCH_UP, regex] }, {}, 400, '('],
    ['a cancel', {}, { isCancelled: () => true }, 499, 'remote read was canceled'],
    ['one that went away from chunks', CHUNKS, { isCancelled: () => true }, 499, 'remote read was canceled'],
  ];

  it.each(cases)('%s', async (_name, request, options, status, text) => {
    const source = smallSource();
    const response = await ask(source, request, options);
    expect([response.status, source.open]).toEqual([status, 0]);
    expect(status === 200 ? '' : textOf(response)).toContain(text);
  });

  it('nothing is selected before all queries are looked at', async () => {
    const source = smallSource();
    await ask(source, { queries: [MATCH_UP, regex] });
    await ask(source, { queries: [MATCH_UP, { ...long, startMsInclusive: 0 }] });
    expect(source.asked).toEqual([]);
  });

  it.each([
    ['nothing', []],
    ['no snappy', [0xff, 0xff, 0xff]],
    ['no protobuf', [...compress(Uint8Array.of(0x0a, 200))]],
    ['an unknown matcher', [...compress(Uint8Array.of(0x0a, 4, 0x1a, 2, 0x08, 7))]],
  ])('a body of %s', async (_name, bytes) => {
    expect((await askBody(smallSource(), Uint8Array.from(bytes))).status).toBe(400);
  });

  it('is said in text, and in JSON when that is asked for', async () => {
    const text = await ask(smallSource(), { acceptedResponseTypes: ['unknown'] });
    expect(text.headers[0]).toEqual(['Content-Type', 'text/plain; charset=utf-8']);
    expect(textOf(text)).toBe(
      'cannot answer remote read: no accepted response type is known; want SAMPLES or STREAMED_XOR_CHUNKS\n',
    );
    const headers = { accept: 'application/json' };
    const json = await ask(smallSource(), { acceptedResponseTypes: ['unknown'] }, { headers });
    expect(JSON.parse(textOf(json))).toMatchObject({ status: 'error', errorType: 'bad_data' });
  });

  it.each([
    ['whose client goes away', 499],
    ['that takes too long', 503],
  ])('a selection of many series %s', async (_name, status) => {
    const source = new CountingSource();
    for (let index = 0; index < 3000; index++)
      source.memory.add(Labels.fromObject({ __name__: 'up', pod: String(index) }), 1000, 1);
    // Twice before it, three times by the source, the rest while it is sorted.
    for (let lookMax = 1; lookMax <= 12; lookMax++) {
      const clock = new ManualClock(0);
      let looks = 0;
      const isCancelled = (): boolean => {
        if (++looks < lookMax) return false;
        if (status === 503) clock.advance(LIMITS.queryDurationMsMax + 1);
        return status === 499;
      };
      const response = await ask(source, CHUNKS, { clock, isCancelled });
      response.stream?.close();
      expect([response.status, source.open, looks]).toEqual([status, 0, lookMax]);
    }
  });

  it('an answer of samples that takes too long', async () => {
    const clock = new ManualClock(0);
    const source = smallSource();
    const isCancelled = (): boolean => {
      clock.advance(50);
      return false;
    };
    const response = await ask(source, {}, { clock, isCancelled, limits: { queryDurationMsMax: 120 } });
    expect([response.status, textOf(response), source.open]).toEqual([
      503,
      expect.stringContaining('timed out; want at most 120 ms'),
      0,
    ]);
  });

  it.each([CHUNKS, {}])('what fails inside is not told (%j)', async (request) => {
    for (const [failingSelect, failingRead] of [
      [2, 0],
      [0, 2],
    ] as const) {
      const source = Object.assign(smallSource(), { failingSelect, failingRead });
      const errors: unknown[] = [];
      const response = await ask(
        source,
        { queries: [MATCH_UP, MATCH_UP], ...request },
        { onInternalError: (error) => errors.push(error) },
      );
      expect([response.status, textOf(response), source.open]).toEqual([500, 'internal error\n', 0]);
      expect(errors).toHaveLength(1);
    }
  });
});

describe('a stream that does not come to its end', () => {
  it('lets go of everything when it is closed', async () => {
    const source = largeSource(40, 3000);
    const { stream } = await ask(source, { queries: [MATCH_UP, MATCH_UP], ...CHUNKS });
    expect(source.open).toBe(2);
    stream?.close();
    stream?.close();
    expect([source.open, stream?.next()]).toEqual([0, null]);
  });

  it('lets go of everything when reading fails, and says so', async () => {
    const source = Object.assign(largeSource(40, 3000), { failingRead: 30 });
    const response = await ask(source, CHUNKS);
    expect(() => wholeBody(response)).toThrow('secret');
    expect([source.open, response.stream?.next()]).toEqual([0, null]);
  });

  it('ends when the client is gone', async () => {
    let isGone = false;
    const source = largeSource(40, 3000);
    const response = await ask(source, CHUNKS, { isCancelled: () => isGone });
    isGone = true;
    expect(() => response.stream?.next()).toThrow(expect.objectContaining({ code: 'ERR_QUERY_CANCELLED' }));
    expect(source.open).toBe(0);
  });
});

describe('the codes', () => {
  it('are those of the documents', async () => {
    const request = (body: Uint8Array, encoding = 'snappy'): Parameters<typeof readReadRequest>[0] => ({
      method: 'POST',
      path: '',
      queryString: '',
      headers: new Map([['content-encoding', encoding]]),
      body,
    });
    const body = compress(encodeReadRequest({ queries: [MATCH_UP], acceptedResponseTypes: [] }));
    const codeOf = (code: string): unknown => expect.objectContaining({ code });
    const read = (limits: object, encoding?: string) => (): unknown =>
      readReadRequest(request(body, encoding), { ...LIMITS, ...limits });
    expect(read({ readBodyBytesMax: body.length })).not.toThrow();
    expect(read({ readBodyBytesMax: body.length - 1 })).toThrow(codeOf('ERR_READ_BODY_BYTES_MAX'));
    expect(read({ readDecodedBytesMax: 1 })).toThrow(codeOf('ERR_SNAPPY_TOO_LARGE'));
    expect(read({ readQueriesMax: 0 })).toThrow(codeOf('ERR_READ_QUERIES_MAX'));
    expect(read({ readMatchersMax: 0 })).toThrow(codeOf('ERR_READ_MATCHERS_MAX'));
    expect(read({}, 'gzip')).toThrow(codeOf('ERR_REQUEST_BODY_INVALID'));
    expect(() => negotiateResponseType(['unknown'])).toThrow(codeOf('ERR_READ_RESPONSE_TYPE'));
    const select = (limits: object): Promise<unknown> =>
      selectQueries(smallSource(), [MATCH_UP], { ...LIMITS, ...limits }, NOW_MS, () => undefined);
    await expect(select({ readSpanMsMax: 10 })).rejects.toThrow(codeOf('ERR_READ_SPAN_MAX'));
    await expect(select({ readSeriesMax: 1 })).rejects.toThrow(codeOf('ERR_READ_SERIES_MAX'));
  });
});
