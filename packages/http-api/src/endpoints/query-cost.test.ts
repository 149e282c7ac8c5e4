import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { askSource, bad, LIMITS, MemoryDataSource, success, toRequest } from '../api-test-harness.ts';

/** Of `m` three series, of `n` one; the estimates of the source are 10 samples a series. */
function source(): MemoryDataSource {
  const memory = new MemoryDataSource();
  for (const job of ['a', 'b', 'c']) memory.add(Labels.fromObject({ __name__: 'm', job }), 50_000, 1);
  memory.add(Labels.fromObject({ __name__: 'n', job: 'a' }), 50_000, 1);
  memory.select = () => Promise.reject(new Error('nothing may be read'));
  return memory;
}

interface Cost {
  readonly data: {
    readonly steps: number;
    readonly selectors: readonly { readonly selector: string; readonly series: number }[];
    readonly totals: Readonly<Record<string, number>>;
    readonly limits: readonly { readonly name: string; readonly exceeded: boolean }[];
  };
}

async function costOf(query: string, parameters = 'start=60&end=80&step=10'): Promise<Cost['data']> {
  const target = `GET /api/v1/query_cost?query=${encodeURIComponent(query)}&${parameters}`;
  return (JSON.parse((await askSource(source(), target)).text) as Cost).data;
}

const MATCHER = '{"name":"__name__","type":"=","value":"m"}';
const SELECTOR = `{"selector":"m","matchers":[${MATCHER}],"start":40.001,"end":80,"range":20,"steps":3,"series":3,"samples":30,"histograms":0,"samplesQueryable":45}`;
const limit = (name: string, estimate: number, max: number): string =>
  `{"name":"${name}","estimate":${estimate},"limit":${max},"exceeded":${estimate > max}}`;

describe('/api/v1/query_cost', () => {
  it('tells selectors, totals and limits', async () => {
    const totals =
      '{"series":3,"samples":30,"samplesQueryable":45,"points":9,"samplesHeld":22,"bytesHeld":2944}';
    const limits = [
      limit('steps', 2, 11_000),
      limit('samplesHeld', 22, 1000),
      limit('bytesHeld', 2944, 1e9),
    ].join();
    const parameters = 'query=rate(m[20s])&start=60&end=80&step=10';
    const text = success(`{"steps":3,"selectors":[${SELECTOR}],"totals":${totals},"limits":[${limits}]}`);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const request of [
      toRequest(`GET /api/v1/query_cost?${parameters}`),
      toRequest('POST /api/v1/query_cost', form, parameters),
    ]) {
      const answer = await askSource(source(), request);
      expect([answer.status, answer.text]).toEqual([200, text]);
    }
  });

  it.each([
    ['m', 9],
    ['sum(m)', 3],
    ['sum by (job) (m)', 9],
    ['count_values("v", m)', 27],
    ['topk(1, m)', 9],
    ['m + on (job) n', 3],
    ['m + on (job) group_left n', 9],
    ['n + on (job) group_right m', 9],
    ['m or n', 12],
    ['m and n', 9],
    ['m * 2', 9],
    ['2 * -m', 9],
    ['m + fill(0) n', 12],
    ['info(n)', 3],
    ['absent(nope)', 3],
    ['max_over_time(m[1m:10s])', 9],
    ['m @ 50', 9],
    ['scalar(m)', 3],
    ['1 + 1', 3],
  ])('bounds the points of %s by %d', async (query, points) => {
    expect((await costOf(query)).totals).toMatchObject({ points });
  });

  it.each([
    ['an instant', 'm', 'time=60', 3],
    ['a shared selector', 'm + m', 'time=60', 3],
    ['a range', 'sum_over_time(m[1m])', 'time=60', 30],
    ['the steps of a subquery', 'max_over_time(m[1m:10s])', 'time=60', 18],
    ['what stands still', 'm @ 60', 'start=60&end=80&step=10', 3],
    ['a narrowed request', 'm', 'time=60&extra_label=job=a', 1],
  ])('counts the samples that steps look at, of %s', async (_what, query, parameters, samplesQueryable) => {
    const { totals, selectors } = await costOf(query, parameters);
    expect([totals['samplesQueryable'], selectors.length]).toEqual([samplesQueryable, 1]);
  });

  it('says which limits would stop the query, instead of meeting them', async () => {
    const exceeded = async (query: string, parameters: string): Promise<string[]> =>
      (await costOf(query, parameters)).limits.filter((each) => each.exceeded).map(({ name }) => name);
    expect(await exceeded('m', 'start=60&end=80&step=10')).toEqual([]);
    expect(await exceeded('m', 'start=0&end=400&step=1')).toEqual(['samplesHeld']);
    expect(await exceeded('1', 'start=0&end=11001&step=1')).toEqual(['steps', 'samplesHeld']);
    expect(await exceeded('m', 'start=0&end=1000000000&step=1')).toEqual([
      'steps',
      'samplesHeld',
      'bytesHeld',
    ]);
  });

  it.each([
    ['query=m(', 'invalid parameter "query": 1:3: parse error: unclosed left parenthesis'],
    ['query=m&start=1', 'invalid parameter "end": cannot parse "" to a valid timestamp'],
    [
      'query=m&time=x',
      `invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp`,
    ],
    [
      'query=m[1m]&start=1&end=2&step=1',
      'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    ],
    [
      'query=m&start=-9e15&end=9e15&step=0.001',
      'exceeded maximum resolution of 1,000,000,000,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    ],
  ])('refuses ?%s', async (parameters, message) => {
    const answer = await askSource(source(), `GET /api/v1/query_cost?${parameters}`, { limits: LIMITS });
    expect([answer.status, answer.text]).toEqual([400, bad(message)]);
  });
});
