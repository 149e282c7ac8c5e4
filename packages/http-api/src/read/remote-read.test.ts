import { ManualClock, SeededRandom } from '@promontory/base';
import {
  bucketsOf,
  emptyBuckets,
  Labels,
  type NativeHistogram,
  STALE_NAN_HIGH_WORD,
  STALE_NAN_LOW_WORD,
} from '@promontory/model';
import { STALE } from '@promontory/promql';
import {
  compress,
  decodeReadResponse,
  encodeReadRequest,
  type ReadHints,
  type ReadQuery,
  uncompress,
} from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import { readAskedQuery } from '../parameters/asked-query.ts';
import { negotiateResponseType, readReadRequest } from './read-body.ts';
import { selectQueries } from './read-selections.ts';
import type { ApiResponse } from '../api-response.ts';
import { LIMITS, NOW_MS } from '../api-test-harness.ts';
import {
  ask,
  askBody,
  type AskOptions,
  CountingSource,
  framesOf,
  MATCH_UP,
  seriesOfFrames,
  wholeBody,
} from './read-test-fixture.ts';

const CHUNKS = { acceptedResponseTypes: ['streamed-xor-chunks'] } as const;
const HINTS: ReadHints = {
  stepMs: 0,
  functionName: '',
  startMs: 0,
  endMs: 0,
  grouping: [],
  by: false,
  rangeMs: 0,
};
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'reset',
  schema: 3,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 6,
  sum: 2.5,
  isStale: false,
  positive: bucketsOf([-2, 5], [2, 3]),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

function up(job: string): Labels {
  return Labels.fromObject({ __name__: 'up', job });
}

/** Three series, added in no order; one with a marker, one with a histogram. */
function smallSource(): CountingSource {
  const source = new CountingSource();
  source.memory.add(up('c'), 1000, 3);
  source.memory.add(up('a'), 1000, 1);
  source.memory.add(up('a'), 2000, STALE);
  source.memory.add(up('b'), 1500, HISTOGRAM);
  source.memory.add(Labels.fromObject({ __name__: 'down' }), 1000, 0);
  return source;
}

/** So many series of random gauges that one piece does not hold them. */
function largeSource(seriesCount: number, samplesCount: number): CountingSource {
  const source = new CountingSource();
  const random = new SeededRandom(3);
  for (let series = 0; series < seriesCount; series++) {
    const labels = up(String(series).padStart(3, '0'));
    for (let at = 0; at < samplesCount; at++) source.memory.add(labels, at * 100, random.nextFloat());
  }
  return source;
}

function textOf(response: ApiResponse): string {
  return new TextDecoder().decode(response.body);
}

function samplesOf(response: ApiResponse): ReturnType<typeof decodeReadResponse> {
  return decodeReadResponse(uncompress(wholeBody(response), 1 << 28));
}

const wordsOf = (value: number): number[] => [...new Int32Array(Float64Array.of(value).buffer)];

describe('a response of samples', () => {
  it('has the series of each query, sorted, with markers and histograms as they are', async () => {
    const source = smallSource();
    const down: ReadQuery = { ...MATCH_UP, matchers: [{ operator: '=', name: '__name__', value: 'down' }] };
    const response = await ask(source, { queries: [MATCH_UP, down] });
    expect(response.status).toBe(200);
    expect(response.headers).toEqual([
      ['Content-Type', 'application/x-protobuf'],
      ['Content-Encoding', 'snappy'],
    ]);
    const { results } = samplesOf(response);
    const jobs = results.map((series) => series.map(({ labels }) => labels.at(-1)?.value));
    expect(jobs).toEqual([['a', 'b', 'c'], ['down']]);
    const words = new Int32Array(results[0]?.[0]?.value.buffer ?? new ArrayBuffer(0));
    expect([...words]).toEqual([...wordsOf(1), STALE_NAN_LOW_WORD, STALE_NAN_HIGH_WORD]);
    expect(results[0]?.[1]?.histograms).toMatchObject([
      { timestampMs: 1500, flavor: 'integer', resetHint: 1, count: 6, sum: 2.5, positiveBuckets: [2, 1] },
    ]);
    expect(source.open).toBe(0);
  });

  it('that is long comes in parts that are one snappy block', async () => {
    const source = largeSource(20, 10_000);
    const response = await ask(source, {});
    const { stream, body } = response;
    expect(body.length).toBeGreaterThan(0);
    expect(stream?.heldBytes).toBeGreaterThan(1 << 20);
    expect(source.open).toBe(0);
    const [series = []] = samplesOf(response).results;
    expect(series.map(({ value }) => value.length)).toEqual(Array.from({ length: 20 }, () => 10_000));
  });

  it('ends when its stream is closed', async () => {
    const { stream } = await ask(largeSource(20, 10_000), {});
    expect(stream?.next()).toBeInstanceOf(Uint8Array);
    stream?.close();
    stream?.close();
    expect(stream?.next()).toBeNull();
  });
});

describe('a streamed response', () => {
  it('has the series of each query, sorted, with markers and histograms as they are', async () => {
    const source = smallSource();
    const response = await ask(source, {
      queries: [MATCH_UP, { ...MATCH_UP, endMsInclusive: 1000 }],
      ...CHUNKS,
    });
    expect(response.status).toBe(200);
    expect(response.headers).toEqual([
      ['Content-Type', 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse'],
    ]);
    // Short: nothing is left to be streamed, nothing stays open.
    expect([response.stream, source.open]).toEqual([undefined, 0]);
    const frames = framesOf(response.body);
    expect(frames.map(({ queryIndex, series }) => [queryIndex, series.length])).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [1, 1],
      [1, 1],
    ]);
    const [first = [], second = []] = seriesOfFrames(frames, 2);
    expect(first.map(({ labels }) => labels)).toEqual(['up{job="a"}', 'up{job="b"}', 'up{job="c"}']);
    expect(first[0]?.words).toEqual([...wordsOf(1), STALE_NAN_LOW_WORD, STALE_NAN_HIGH_WORD]);
    expect(first[1]?.histograms).toEqual([{ timestampMs: 1500, histogram: HISTOGRAM }]);
    expect(second.map(({ labels, timestampMs }) => [labels, timestampMs])).toEqual([
      ['up{job="a"}', [1000]],
      ['up{job="c"}', [1000]],
    ]);
  });

  it('of nothing is empty', async () => {
    const nothing: ReadQuery = { ...MATCH_UP, matchers: [{ operator: '=', name: 'a', value: 'b' }] };
    const response = await ask(smallSource(), { queries: [nothing], ...CHUNKS });
    expect([response.status, response.body.length, response.stream]).toEqual([200, 0, undefined]);
  });

  it('reads series as it is taken, and lets go of them at its end', async () => {
    const source = largeSource(40, 3000);
    const queries = [MATCH_UP, MATCH_UP];
    const response = await ask(source, { queries, ...CHUNKS });
    expect(source.open).toBe(2);
    expect(source.reads).toBeLessThan(20);
    const { stream } = response;
    const readsByOpen = new Map<number, number>();
    const pieces = [response.body];
    for (let piece = stream?.next(); piece; piece = stream?.next()) {
      expect(piece.length).toBeGreaterThan(0);
      pieces.push(piece);
      readsByOpen.set(source.open, source.reads);
    }
    // The first set is closed when its series are over, and only then.
    expect(readsByOpen.get(2)).toBeLessThanOrEqual(41);
    expect(readsByOpen.get(1)).toBeGreaterThan(41);
    expect([source.reads, source.open]).toEqual([80, 0]);
    const both = seriesOfFrames(framesOf(Buffer.concat(pieces)), 2);
    expect(both[0]).toHaveLength(40);
    expect(both[0]).toEqual(both[1]);
    expect(both[0]?.[7]?.timestampMs).toHaveLength(3000);
    expect(stream?.next()).toBeNull();
  });

  it('is the same as the response of samples', async () => {
    const source = largeSource(5, 2000);
    const [sampled = []] = samplesOf(await ask(source, {})).results;
    const [chunked = []] = seriesOfFrames(framesOf(wholeBody(await ask(source, CHUNKS))), 1);
    expect(chunked.map(({ words }) => words)).toEqual(
      sampled.map(({ value }) => [...new Int32Array(value.buffer, value.byteOffset, 2 * value.length)]),
    );
  });

  it('cuts a long series into frames, but not for those who take a frame for a series', async () => {
    const source = largeSource(2, 10_000);
    const limits = { readFrameBytesMax: 10_000 };
    const usual = framesOf(wholeBody(await ask(source, CHUNKS, { limits })));
    expect(usual.length).toBeGreaterThan(8);
    const bytes = usual.map(
      ({ series }) => series[0]?.chunks.reduce((sum, { data }) => sum + data.length, 0) ?? 0,
    );
    expect(Math.max(...bytes)).toBeLessThan(12_000);
    const headers = { 'user-agent': 'Prometheus/3.5.0' };
    const whole = framesOf(wholeBody(await ask(source, CHUNKS, { limits, headers })));
    expect(whole).toHaveLength(2);
    expect(seriesOfFrames(whole, 1)).toEqual(seriesOfFrames(usual, 1));
  });
});

describe('what a request may be', () => {
  it.each<[accepted: Parameters<typeof ask>[1]['acceptedResponseTypes'], outcome: string]>([
    [[], 'application/x-protobuf'],
    [['samples'], 'application/x-protobuf'],
    [['samples', 'streamed-xor-chunks'], 'application/x-protobuf'],
    [
      ['unknown', 'streamed-xor-chunks', 'samples'],
      'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
    ],
    [['unknown'], '400'],
  ])('accepting %j gives %s', async (acceptedResponseTypes = [], outcome) => {
    const { status, headers } = await ask(smallSource(), { acceptedResponseTypes });
    expect(status === 200 ? headers[0]?.[1] : String(status)).toBe(outcome);
  });

  it.each(['/api/v1/read', '/api/prom_read'])('%s is served', async (path) => {
    const response = await ask(smallSource(), {}, { path });
    expect(samplesOf(response).results[0]).toHaveLength(3);
  });

  it.each([
    [{}, 200],
    [{ 'content-encoding': '' }, 200],
    [{ 'content-encoding': 'Snappy' }, 200],
    [{ 'content-type': 'text/plain' }, 200],
    [{ 'content-encoding': 'gzip' }, 400],
  ])('with headers %j it is %i', async (headers, status) => {
    expect((await ask(smallSource(), {}, { headers })).status).toBe(status);
  });

  it.each<[name: string, matchers: ReadQuery['matchers'], series: number]>([
    ['no matchers', [], 4],
    ['one that accepts everything', [{ operator: '=~', name: 'job', value: '.*' }], 4],
    ['a regex', [{ operator: '=~', name: 'job', value: 'a|b' }], 2],
    ['one that refuses', [{ operator: '!~', name: 'job', value: 'a|b' }], 2],
    ['one for a label that is absent', [{ operator: '=', name: 'job', value: '' }], 1],
  ])('selects by %s', async (_name, matchers, series) => {
    for (const acceptedResponseTypes of [[], ['streamed-xor-chunks']] as const) {
      const response = await ask(smallSource(), {
        queries: [{ ...MATCH_UP, matchers }],
        acceptedResponseTypes,
      });
      const found =
        acceptedResponseTypes.length === 0
          ? samplesOf(response).results[0]
          : seriesOfFrames(framesOf(wholeBody(response)), 1)[0];
      expect(found).toHaveLength(series);
    }
  });

  it('a range that ends before it begins has nothing, and nobody is asked', async () => {
    const source = smallSource();
    const empty = { ...MATCH_UP, startMsInclusive: 2000, endMsInclusive: 1000 };
    expect(
      samplesOf(await ask(source, { queries: [empty, MATCH_UP] })).results.map(({ length }) => length),
    ).toEqual([0, 3]);
    const chunked = await ask(source, { queries: [empty, MATCH_UP], ...CHUNKS });
    expect(framesOf(wholeBody(chunked)).map(({ queryIndex }) => queryIndex)).toEqual([1, 1, 1]);
    expect(source.asked).toHaveLength(2);
  });

  it('is narrowed by its query string', async () => {
    const jobsOf = async (queryString: string): Promise<unknown> => {
      const { results } = samplesOf(await ask(smallSource(), {}, { queryString }));
      return results.map((series) => series.map(({ labels }) => labels.at(-1)?.value));
    };
    expect(await jobsOf('extra_label=job=b')).toEqual([['b']]);
    expect(await jobsOf('extra_filters[]={job="a"}&extra_filters[]={job="c"}')).toEqual([['a', 'c']]);
    const refused = await ask(smallSource(), {}, { queryString: 'extra_label=job' });
    expect([refused.status, textOf(refused)]).toEqual([400, expect.stringContaining('extra_label')]);
  });

  it('no queries have no results', async () => {
    expect(samplesOf(await ask(smallSource(), { queries: [] })).results).toEqual([]);
    expect((await ask(smallSource(), { queries: [], ...CHUNKS })).body.length).toBe(0);
  });

  it.each<[name: string, hints: ReadHints | null, start: number, end: number]>([
    ['none', null, 1000, 9000],
    ['that say nothing', HINTS, 1000, 9000],
    ['of the same range', { ...HINTS, startMs: 1000, endMs: 9000 }, 1000, 9000],
    ['of a part', { ...HINTS, startMs: 2000, endMs: 3000 }, 2000, 3000],
    ['of more', { ...HINTS, startMs: 500, endMs: 20_000 }, 1000, 9000],
    ['that overlap', { ...HINTS, startMs: 5000, endMs: 20_000 }, 5000, 9000],
    ['of an end alone', { ...HINTS, endMs: 3000 }, 1000, 3000],
    ['of another range', { ...HINTS, startMs: 10_000, endMs: 20_000 }, 1000, 9000],
    ['in the wrong order', { ...HINTS, startMs: 8000, endMs: 2000 }, 1000, 9000],
  ])('hints: %s', async (_name, hints, rangeStartMsInclusive, rangeEndMsInclusive) => {
    const source = smallSource();
    const query = { ...MATCH_UP, startMsInclusive: 1000, endMsInclusive: 9000, hints };
    expect((await ask(source, { queries: [query] })).status).toBe(200);
    expect(source.asked).toMatchObject([{ rangeStartMsInclusive, rangeEndMsInclusive }]);
  });

  it('hints of the evaluation are handed on', async () => {
    const source = smallSource();
    const hints = { ...HINTS, stepMs: 15_000, functionName: 'rate', rangeMs: 300_000 };
    await ask(source, { queries: [{ ...MATCH_UP, hints }] });
    expect(source.asked[0]?.hints).toEqual({ stepMs: 15_000, functionName: 'rate', rangeMs: 300_000 });
  });
});

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
    ['a cancel', {}, { isCancelled: () => true }, 499, 'cannot answer remote read: it was cancelled'],
    [
      'one that went away from chunks',
      CHUNKS,
      { isCancelled: () => true },
      499,
      'cannot answer remote read: it was cancelled',
    ],
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
      expect.stringContaining('took too long; want at most 120 ms'),
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
    expect(() => response.stream?.next()).toThrow(expect.objectContaining({ code: 'ERR_READ_CANCELLED' }));
    expect(source.open).toBe(0);
  });
});

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
      selectQueries(smallSource(), [MATCH_UP], { ...LIMITS, ...limits }, NOW_MS);
    await expect(select({ readSpanMsMax: 10 })).rejects.toThrow(codeOf('ERR_READ_SPAN_MAX'));
    await expect(select({ readSeriesMax: 1 })).rejects.toThrow(codeOf('ERR_READ_SERIES_MAX'));
  });
});
