import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels } from '@promontory/model';
import {
  ERR_QUERY_STEPS_MAX,
  parseExpression,
  QueryEngine,
  type InstantQueryRequest,
  type LabelRequest,
  type QueryResult,
  type RangeQueryRequest,
} from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import type { ApiOptions } from './api.ts';
import { bad, failure, MemoryDataSource, NOW_MS, success, toRequest } from './api-test-harness.ts';
import type { ApiRequest } from './api-request.ts';
import { createDataApi } from './data-api.ts';
import type { DataSource } from './data-source.ts';
import type { DataServices } from './endpoints/endpoint.ts';
import { DEFAULT_READ_LIMITS } from './read/read-limits.ts';

/** What the fakes were asked. */
interface Asked {
  readonly instant: InstantQueryRequest[];
  readonly range: RangeQueryRequest[];
  readonly labels: LabelRequest[];
}

function failing(kind: 'bad-data' | 'execution' | 'timeout' | 'cancelled', message: string): never {
  throw new PromontoryError(message, { code: 'ERR_FAKE', kind });
}

/** Answers by the query's text, so that a case is one request and one reply. */
function evaluate(query: string): QueryResult {
  const stats = {
    timings: { preparationMs: 1, evaluationMs: 2.5, sortMs: 0, totalMs: 4 },
    samplesQueryable: 3,
    samplesQueryablePerStep: query === 'steps' ? Float64Array.of(1, 2) : null,
    samplesRead: 5,
    samplesPeak: 2,
    memoryBytesPeak: 1,
  };
  const vector: QueryResult = {
    value: {
      type: 'vector',
      timestampMs: 1500,
      samples: ['a', 'b'].map((job) => ({ labels: Labels.fromObject({ job }), value: 1, histogram: null })),
    },
    warnings: [],
    infos: [],
    stats,
  };
  if (query === '1+') failing('bad-data', '1:3: parse error: unexpected <end>');
  if (query === 'many') failing('execution', 'many-to-many');
  if (query === 'slow') failing('timeout', 'query timed out in query execution');
  if (query === 'gone') failing('cancelled', 'query was canceled in query execution');
  if (query === 'bug') throw new TypeError('secret');
  if (query === 'noisy') {
    return { ...vector, warnings: Array.from({ length: 12 }, (_, index) => `w${index}`), infos: ['<i>'] };
  }
  if (query === 'scalar') return { ...vector, value: { type: 'scalar', timestampMs: 1500, value: 2 } };
  return vector;
}

/** The engine knows the limit, and its words are the answer. */
function requireSteps({ startMs, endMsInclusive, stepMs, limits }: RangeQueryRequest): void {
  if (Math.floor((endMsInclusive - startMs) / stepMs) <= limits.stepsMax) return;
  throw new PromontoryError(RESOLUTION, { code: ERR_QUERY_STEPS_MAX, kind: 'bad-data' });
}

function createFixture(services: Partial<DataServices> = {}, options: ApiOptions = {}) {
  const asked: Asked = { instant: [], range: [], labels: [] };
  const answer = <T>(
    request: LabelRequest,
    values: readonly T[],
  ): Promise<{ values: readonly T[]; truncated: boolean }> => {
    asked.labels.push(request);
    const truncated = request.countMax > 0 && values.length > request.countMax;
    return Promise.resolve({ values: truncated ? values.slice(0, request.countMax) : values, truncated });
  };
  const source: DataSource = Object.assign(new MemoryDataSource(), {
    labelNames: (request: LabelRequest) => answer(request, ['__name__', 'job']),
    labelValues: (labelName: string, request: LabelRequest) => answer(request, [labelName, '<v>']),
    series: (request: LabelRequest) =>
      answer(request, [Labels.fromObject({ __name__: 'up', job: '<v>' }), Labels.fromObject({ a: 'b' })]),
  });
  const api = createDataApi(
    {
      engine: {
        parse: (query) => parseExpression(query),
        outline: () => failing('execution', 'not used'),
        instantQuery: (_, request) => {
          asked.instant.push(request);
          return Promise.resolve().then(() => evaluate(request.query));
        },
        rangeQuery: (_, request) => {
          asked.range.push(request);
          return Promise.resolve().then(() => {
            requireSteps(request);
            return evaluate(request.query);
          });
        },
      },
      source,
      clock: new ManualClock(NOW_MS),
      limits: {
        queryDurationMsMax: 120_000,
        querySamplesMax: 1000,
        queryMemoryBytesMax: 1e9,
        lookbackDeltaMs: 300_000,
        ...DEFAULT_READ_LIMITS,
      },
      ...services,
    },
    options,
  );
  return { api, asked };
}

async function ask(request: ApiRequest, services: Partial<DataServices> = {}, options: ApiOptions = {}) {
  const { api, asked } = createFixture(services, options);
  const response = await api.handle(request, { isCancelled: () => false });
  return { asked, response, status: response.status, text: new TextDecoder().decode(response.body) };
}

const VECTOR =
  '"resultType":"vector","result":[{"metric":{"job":"a"},"value":[1.500,"1"]},{"metric":{"job":"b"},"value":[1.500,"1"]}]';
const RESOLUTION =
  'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)';
const STEP = 'zero or negative query resolution step widths are not accepted. Try a positive integer';

/** Requests and the exact answers; those about parameters are what Prometheus 3.5 says. */
const CASES: readonly [line: string, status: number, body: string][] = [
  ['GET /api/v1/query?query=up', 200, success(`{${VECTOR}}`)],
  ['GET /api/v1/query?query=scalar', 200, success('{"resultType":"scalar","result":[1.5,"2"]}')],
  [
    'GET /api/v1/query?query=up&limit=1',
    200,
    success(
      '{"resultType":"vector","result":[{"metric":{"job":"a"},"value":[1.500,"1"]}]}',
      ',"warnings":["results truncated due to limit"]',
    ),
  ],
  ['GET /api/v1/query?query=up&limit=2', 200, success(`{${VECTOR}}`)],
  [
    'GET /api/v1/query?query=noisy',
    200,
    success(
      `{${VECTOR}}`,
      ',"warnings":["w0","w1","w2","w3","w4","w5","w6","w7","w8","w9","2 more warning annotations omitted"],"infos":["\\u003ci\\u003e"]',
    ),
  ],
  [
    'GET /api/v1/query?query=up&stats=all',
    200,
    success(
      `{${VECTOR},"stats":{"timings":{"evalTotalTime":0.004,"resultSortTime":0,"queryPreparationTime":0.001,"innerEvalTime":0.0025,"execQueueTime":0,"execTotalTime":0.004},"samples":{"totalQueryableSamples":3,"samplesRead":5,"peakSamples":2}}}`,
    ),
  ],
  [
    'GET /api/v1/query?query=1%2B',
    400,
    bad('invalid parameter "query": 1:3: parse error: unexpected <end>').replace(
      '<end>',
      '\\u003cend\\u003e',
    ),
  ],
  ['GET /api/v1/query?query=many', 422, failure('execution', 'many-to-many')],
  ['GET /api/v1/query?query=slow', 503, failure('timeout', 'query timed out in query execution')],
  ['GET /api/v1/query?query=gone', 499, failure('canceled', 'query was canceled in query execution')],
  ['GET /api/v1/query?query=bug', 500, failure('internal', 'internal error')],
  [
    'GET /api/v1/query?query=up&time=abc',
    400,
    bad(`invalid parameter "time": invalid time value for 'time': cannot parse "abc" to a valid timestamp`),
  ],
  [
    'GET /api/v1/query?query=up&timeout=abc',
    400,
    bad('invalid parameter "timeout": cannot parse "abc" to a valid duration'),
  ],
  ['GET /api/v1/query?query=up&timeout=0', 503, failure('timeout', 'query timed out in query execution')],
  ['GET /api/v1/query?query=up&limit=-1', 400, bad('invalid parameter "limit": limit must be non-negative')],
  [
    'GET /api/v1/query?query=up&limit=x',
    400,
    bad('invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax'),
  ],
  [
    'GET /api/v1/query?query=up&limit=99999999999999999999',
    400,
    bad('invalid parameter "limit": strconv.Atoi: parsing "99999999999999999999": value out of range'),
  ],
  [
    'GET /api/v1/query?query=up&lookback_delta=abc',
    400,
    bad('error parsing lookback delta duration: cannot parse "abc" to a valid duration'),
  ],
  ['GET /api/v1/query_range?query=up&start=0&end=1&step=1', 200, success(`{${VECTOR}}`)],
  ['GET /api/v1/query_range', 400, bad('invalid parameter "start": cannot parse "" to a valid timestamp')],
  [
    'GET /api/v1/query_range?query=up&start=1',
    400,
    bad('invalid parameter "end": cannot parse "" to a valid timestamp'),
  ],
  [
    'GET /api/v1/query_range?query=up&start=1&end=0&step=1',
    400,
    bad('invalid parameter "end": end timestamp must not be before start time'),
  ],
  ['GET /api/v1/query_range?query=up&start=0&end=1&step=0', 400, bad(`invalid parameter "step": ${STEP}`)],
  ['GET /api/v1/query_range?query=up&start=0&end=1&step=-1', 400, bad(`invalid parameter "step": ${STEP}`)],
  [
    'GET /api/v1/query_range?query=up&start=0&end=1&step=0.0001',
    400,
    bad(`invalid parameter "step": ${STEP}`),
  ],
  [
    'GET /api/v1/query_range?query=up&start=0&end=1&step=abc',
    400,
    bad('invalid parameter "step": cannot parse "abc" to a valid duration'),
  ],
  [
    'GET /api/v1/query_range?query=up&start=0&end=1&step=1e300',
    400,
    bad('invalid parameter "step": cannot parse "1e300" to a valid duration. It overflows int64'),
  ],
  ['GET /api/v1/query_range?query=up&start=0&end=11000.999&step=1', 200, success(`{${VECTOR}}`)],
  ['GET /api/v1/query_range?query=up&start=0&end=11001&step=1', 400, bad(RESOLUTION)],
  ['GET /api/v1/labels', 200, success('["__name__","job"]')],
  [
    'GET /api/v1/labels?limit=1',
    200,
    success('["__name__"]', ',"warnings":["results truncated due to limit"]'),
  ],
  ['GET /api/v1/labels?start=2&end=1', 200, success('[]')],
  [
    'GET /api/v1/labels?start=x',
    400,
    bad(`invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp`),
  ],
  ['GET /api/v1/label/job/values', 200, success('["job","\\u003cv\\u003e"]')],
  ['GET /api/v1/label/U__a_2e_b/values', 200, success('["a.b","\\u003cv\\u003e"]')],
  ['GET /api/v1/label/%ff/values', 400, bad('invalid label name: "%ff"')],
  [
    'POST /api/v1/label/job/values',
    405,
    bad('method POST is not allowed for /api/v1/label/job/values; allowed: GET, HEAD, OPTIONS'),
  ],
  ['GET /api/v1/label/values', 404, failure('not_found', 'no such endpoint: /api/v1/label/values')],
  ['GET /api/v1/label//values', 404, failure('not_found', 'no such endpoint: /api/v1/label//values')],
  ['GET /api/v1/label/a/b/values', 404, failure('not_found', 'no such endpoint: /api/v1/label/a/b/values')],
  ['GET /api/v1/series', 400, bad('no match[] parameter provided')],
  ['GET /api/v1/series?match[]=x', 200, success('[{"__name__":"up","job":"<v>"},{"a":"b"}]')],
  [
    'GET /api/v1/series?match[]=x&limit=1',
    200,
    success('[{"__name__":"up","job":"<v>"}]', ',"warnings":["results truncated due to limit"]'),
  ],
  ['GET /api/v1/metadata?limit=40000', 200, success('{}')],
  ['GET /api/v1/metadata?limit=x', 400, bad('limit must be a number')],
  ['GET /api/v1/query_exemplars?query=test&start=1795258676239&end=1795258686239', 200, success('[]')],
  [
    'GET /api/v1/query_exemplars?query=test&start=3&end=2',
    400,
    bad('end timestamp must not be before start timestamp'),
  ],
  [
    'PUT /api/v1/query',
    405,
    bad('method PUT is not allowed for /api/v1/query; allowed: GET, HEAD, OPTIONS, POST'),
  ],
  ['GET /api/v1/nope', 404, failure('not_found', 'no such endpoint: /api/v1/nope')],
];

describe('answers', () => {
  it.each(CASES)('%s', async (line, status, body) => {
    const answer = await ask(toRequest(line));
    expect([answer.status, answer.text]).toEqual([status, body]);
    expect(answer.response.headers).toContainEqual(['Content-Type', 'application/json']);
    expect(JSON.parse(answer.text)).toHaveProperty('status');
  });

  it('names the allowed methods in a header', async () => {
    const refused = await ask(toRequest('DELETE /api/v1/read'));
    expect(refused.response.headers).toContainEqual(['Allow', 'OPTIONS, POST']);
    const options = await ask(toRequest('OPTIONS /api/v1/query'));
    expect([options.status, options.text, options.response.headers]).toEqual([
      204,
      '',
      [['Allow', 'GET, HEAD, OPTIONS, POST']],
    ]);
  });

  it.each(['up(', '', 'sum(up)', 'up[5m]', 'up offset 5m'])(
    'says where match[]=%s is no selector',
    async (selector) => {
      const { status, text } = await ask(
        toRequest(`GET /api/v1/labels?match[]=${encodeURIComponent(selector)}`),
      );
      expect([status, JSON.parse(text)]).toMatchObject([
        400,
        { errorType: 'bad_data', error: expect.stringContaining('parse error') as string },
      ]);
    },
  );

  it.each(['labels', 'series', 'label/job/values'])(
    'refuses to select every series from /%s',
    async (endpoint) => {
      const { status, text } = await ask(toRequest(`GET /api/v1/${endpoint}?match[]={job=~".*"}`));
      expect(status).toBe(400);
      expect(text).toContain('must contain at least one non-empty matcher');
    },
  );

  it('come from the real engine too', async () => {
    const engine = new QueryEngine({ parseCacheEntriesMax: 0 });
    const health = await ask(toRequest('GET /api/v1/query?query=1%2B1&time=4'), { engine });
    expect(health.text).toBe(success('{"resultType":"scalar","result":[4,"2"]}'));
    const range = await ask(
      toRequest('GET /api/v1/query_range?query=vector(time()/4)&start=0&end=1&step=0.5'),
      { engine },
    );
    expect(range.text).toBe(
      success(
        '{"resultType":"matrix","result":[{"metric":{},"values":[[0,"0"],[0.500,"0.125"],[1,"0.25"]]}]}',
      ),
    );
    const wrong = await ask(toRequest('GET /api/v1/query?query=up('), { engine });
    expect(JSON.parse(wrong.text)).toEqual({
      status: 'error',
      errorType: 'bad_data',
      error: expect.stringMatching(/^invalid parameter "query": 1:\d+: parse error: /) as string,
    });
  });

  it('reports a bug to the server, not to the client', async () => {
    const reported: unknown[] = [];
    const options: ApiOptions = { onInternalError: (error) => reported.push(error) };
    await ask(toRequest('GET /api/v1/query?query=bug'), {}, options);
    await ask(toRequest('GET /api/v1/query?query=many'), {}, options);
    expect(reported).toEqual([new TypeError('secret')]);
  });
});

describe('what is asked of the engine', () => {
  it('has the defaults of the server', async () => {
    const { asked } = await ask(toRequest('GET /api/v1/query?query=up'));
    expect(asked.instant).toMatchObject([
      {
        query: 'up',
        timeMs: NOW_MS,
        lookbackDeltaMs: 300_000,
        limits: { samplesMax: 1000, memoryBytesMax: 1e9, durationMsMax: 120_000, stepsMax: 11_000 },
      },
    ]);
  });

  it('has what the request says, its timeout only when shorter', async () => {
    const target = 'query=up&time=5.5&timeout=3s&lookback_delta=1m';
    const shorter = await ask(toRequest(`GET /api/v1/query?${target}`));
    expect(shorter.asked.instant).toMatchObject([
      { timeMs: 5500, lookbackDeltaMs: 60_000, limits: { durationMsMax: 3000 } },
    ]);
    const longer = await ask(toRequest('GET /api/v1/query?query=up&timeout=1000&lookback_delta=-1'));
    expect(longer.asked.instant).toMatchObject([
      { lookbackDeltaMs: 300_000, limits: { durationMsMax: 120_000 } },
    ]);
  });

  it('can come in a form or in the JSON body of a GET', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await ask(
      toRequest('POST /api/v1/query_range', form, 'query=up%2B1&start=1&end=2.5&step=500ms'),
    );
    expect(posted.asked.range).toMatchObject([
      { query: 'up+1', startMs: 1000, endMsInclusive: 2500, stepMs: 500 },
    ]);
    const json = { 'content-type': 'application/json' };
    const body = '{"query":"up","time":"1635302655","timeout":"1000"}';
    const got = await ask(toRequest('GET /api/v1/query', json, body));
    expect(got.asked.instant).toMatchObject([{ query: 'up', timeMs: 1_635_302_655_000 }]);
  });

  it('sees the cancellation', async () => {
    const { api, asked } = createFixture();
    await api.handle(toRequest('GET /api/v1/query?query=up'), { isCancelled: () => true });
    expect(asked.instant[0]?.isCancelled()).toBe(true);
  });
});

describe('what is asked of the source', () => {
  it('has every match[] and the range', async () => {
    const { asked } = await ask(
      toRequest('GET /api/v1/labels?match[]=a&match[]={job="b"}&start=1&end=2&limit=7'),
    );
    expect(asked.labels).toMatchObject([
      { rangeStartMsInclusive: 1000, rangeEndMsInclusive: 2000, countMax: 7 },
    ]);
    expect(asked.labels[0]?.matcherSets.map((set) => set.map(String))).toEqual([
      ['__name__="a"'],
      ['job="b"'],
    ]);
  });

  it('is everything by default', async () => {
    const { asked } = await ask(toRequest('GET /api/v1/label/job/values'));
    expect(asked.labels).toEqual([
      {
        checkpoint: expect.any(Function) as unknown,
        rangeStartMsInclusive: Number.MIN_SAFE_INTEGER,
        rangeEndMsInclusive: Number.MAX_SAFE_INTEGER,
        countMax: 0,
        matcherSets: [],
      },
    ]);
  });
});
