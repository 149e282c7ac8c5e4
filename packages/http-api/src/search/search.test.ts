import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { askSource, bad, failure, LIMITS, MemoryDataSource, NOW_MS, toRequest } from '../api-test-harness.ts';

function source(): MemoryDataSource {
  const memory = new MemoryDataSource();
  for (const [name, job] of [
    ['http_requests_total', 'api'],
    ['http_request_size', 'api'],
    ['rest_errors', 'web'],
    ['up', 'web'],
  ] as const) {
    memory.add(Labels.fromObject({ __name__: name, job, team: job === 'api' ? 'a' : 'b' }), NOW_MS - 1000, 1);
  }
  memory.add(Labels.fromObject({ __name__: 'old', job: 'old' }), NOW_MS - 3_600_001, 1);
  memory.sayings.set('up', [{ type: 'gauge', unit: '', help: 'Is it <up>?' }]);
  return memory;
}

const results = (...objects: string[]): string => `{"results":[${objects.join(',')}]}\n`;
const named = (...names: string[]): string => results(...names.map((name) => `{"name":"${name}"}`));
const end = (hasMore = false): string => `{"status":"success","has_more":${hasMore}}\n`;

/** Path with parameters, lines of the answer. */
const CASES: readonly [target: string, text: string][] = [
  ['metric_names', named('http_request_size', 'http_requests_total', 'rest_errors', 'up') + end()],
  ['metric_names?limit=2', named('http_request_size', 'http_requests_total') + end(true)],
  ['metric_names?limit=4', named('http_request_size', 'http_requests_total', 'rest_errors', 'up') + end()],
  [
    'metric_names?limit=3&batch_size=2',
    named('http_request_size', 'http_requests_total') + named('rest_errors') + end(true),
  ],
  ['metric_names?sort_by=alpha&sort_dir=dsc&limit=1', named('up') + end(true)],
  ['metric_names?match[]={job="web"}&match[]=up', named('rest_errors', 'up') + end()],
  ['metric_names?search[]=nothing', results() + end()],
  ['metric_names?search[]=up&search[]=erro', named('rest_errors', 'up') + end()],
  [
    'metric_names?search[]=requests&fuzz_alg=jarowinkler&include_score=true',
    results('{"name":"http_requests_total","score":0.9}') + end(),
  ],
  [
    'metric_names?search[]=UP&case_sensitive=false&include_score=1',
    results('{"name":"up","score":1}') + end(),
  ],
  [
    'metric_names?search[]=rest&search[]=request&fuzz_alg=jarowinkler&sort_by=score&limit=1',
    named('rest_errors') + end(true),
  ],
  [
    'metric_names?search[]=u&include_metadata=true',
    `{"results":[{"name":"http_request_size"},{"name":"http_requests_total"},{"name":"up","type":"gauge","help":"Is it \\u003cup\\u003e?"}]}\n${end()}`,
  ],
  ['metric_names?extra_label=team=b', named('rest_errors', 'up') + end()],
  ['metric_names?start=0&end=1', results() + end()],
  ['label_names', named('__name__', 'job', 'team') + end()],
  ['label_names?search[]=jb', named('job') + end()],
  ['label_values?label=job', named('api', 'web') + end()],
  ['label_values?label=job&start=0', named('api', 'old', 'web') + end()],
  ['label_values?label=nope', results() + end()],
];

/** Parameters, what is wrong with them. */
const REFUSED: readonly [parameters: string, message: string][] = [
  ['limit=0', 'invalid limit "0": must be positive integer'],
  ['limit=x', 'invalid limit "x": must be positive integer'],
  ['limit=10001', 'invalid limit "10001": must not exceed 10000'],
  ['batch_size=-1', 'invalid batch_size "-1": must be positive integer'],
  ['fuzz_threshold=101', 'invalid fuzz_threshold "101": must be 0-100'],
  ['fuzz_threshold=0.5', 'invalid fuzz_threshold "0.5": must be 0-100'],
  ['fuzz_alg=x', 'unsupported fuzz_alg "x": must be one of [subsequence jarowinkler]'],
  ['case_sensitive=maybe', 'invalid case_sensitive "maybe": must be boolean'],
  ['include_score=2', 'invalid include_score "2": must be boolean'],
  ['include_metadata=2', 'invalid include_metadata "2": must be boolean'],
  ['sort_dir=asc', 'sort_dir is only valid when sort_by is set'],
  ['sort_by=score&sort_dir=asc&search[]=x', 'sort_dir is not supported for sort_by=score'],
  ['sort_by=alpha&sort_dir=up', 'invalid sort_dir "up": must be "asc" or "dsc"'],
  ['sort_by=score', 'sort_by=score requires search[] to be set'],
  ['sort_by=x', 'invalid sort_by "x" for metric_names: must be "alpha" or "score"'],
  ['start=2&end=1', 'end timestamp must not be before start timestamp'],
  [
    'start=x',
    `invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp`,
  ],
  ['match[]=x{', '1:3: parse error: unexpected end of input inside braces'],
  [`search[]=${'x'.repeat(1001)}`, 'search[] is too long: got 1001 characters, the limit is 1000'],
  [Array.from({ length: 33 }, () => 'search[]=x').join('&'), 'too many search[]: got 33, the limit is 32'],
];

describe('/api/v1/search', () => {
  it.each(CASES)('/%s', async (target, text) => {
    const answer = await askSource(source(), `GET /api/v1/search/${target}`);
    expect([answer.status, answer.text]).toEqual([200, text]);
    expect(answer.response.headers).toEqual([['Content-Type', 'application/x-ndjson; charset=utf-8']]);
    const [path = '', parameters = ''] = target.split('?', 2);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await askSource(source(), toRequest(`POST /api/v1/search/${path}`, form, parameters));
    expect(posted.text).toBe(text);
  });

  it.each(REFUSED)('refuses ?%.60s', async (parameters, message) => {
    const answer = await askSource(source(), `GET /api/v1/search/metric_names?${parameters}`);
    expect([answer.status, answer.text]).toEqual([400, bad(message)]);
  });

  it('wants a label whose values to search', async () => {
    const answer = await askSource(source(), 'GET /api/v1/search/label_values');
    expect([answer.status, answer.text]).toEqual([400, bad('missing required parameter "label"')]);
  });

  it('ends when nobody waits, or time is over', async () => {
    const path = 'GET /api/v1/search/label_names';
    const gone = await askSource(source(), path, {}, {}, () => true);
    expect([gone.status, gone.text]).toEqual([499, failure('canceled', 'search was canceled')]);
    const late = await askSource(source(), path, { limits: { ...LIMITS, queryDurationMsMax: -1 } });
    expect([late.status, late.text]).toEqual([
      503,
      failure('timeout', 'search timed out; want at most -1 ms'),
    ]);
  });

  it('looks up while it sorts', async () => {
    const memory = new MemoryDataSource();
    for (let index = 0; index < 4000; index++) {
      const job = String((index * 7919) % 10_007);
      memory.add(Labels.fromObject({ __name__: 'up', job }), NOW_MS - 1000, 1);
    }
    const looksOf = async (order: string): Promise<number> => {
      let looks = 0;
      const path = `GET /api/v1/search/label_values?label=job&search[]=1&${order}`;
      const { status } = await askSource(memory, path, {}, {}, () => ++looks < 0);
      expect(status).toBe(200);
      return looks;
    };
    const unsorted = await looksOf('sort_by=alpha&sort_dir=dsc');
    expect(await looksOf('sort_by=score')).toBeGreaterThan(unsorted + 2);
  });

  it('looks up after a few comparisons of long texts with long terms', async () => {
    const memory = new MemoryDataSource();
    for (let index = 0; index < 1000; index++) {
      const job = String(index).padStart(2000, 'x');
      memory.add(Labels.fromObject({ __name__: 'up', job }), NOW_MS - 1000, 1);
    }
    for (const terms of [
      `search[]=${'y'.repeat(1000)}&fuzz_alg=jarowinkler&fuzz_threshold=99`,
      ['a', 'b', 'c'].map((term) => `search[]=${term}z`).join('&'),
    ]) {
      let looks = 0;
      const path = `GET /api/v1/search/label_values?label=job&${terms}`;
      const { status } = await askSource(memory, path, {}, {}, () => ++looks > 3);
      expect([status, looks]).toEqual([499, 4]);
    }
  });
});
