/** What Grafana's Prometheus data source asks, call by call: the settings page, panels, the editor, alerting. */
import { assert } from '@promontory/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import { exampleHistogram, writeBody } from '../test/write-body.ts';
import { urlOf, targetOf } from './clients/client-servers.ts';
import { grafanaCall, type GrafanaAnswer, type Parameters } from './clients/grafana-calls.ts';

const STEP_S = 15;
const SAMPLES = 20;
const END_S = Math.floor(Date.now() / 1000 / STEP_S) * STEP_S;
const START_S = END_S - (SAMPLES - 1) * STEP_S;
const TIMES_MS = Array.from({ length: SAMPLES }, (_, index) => (START_S + index * STEP_S) * 1000);
const WITHIN: Parameters = [
  ['start', String(START_S)],
  ['end', String(END_S)],
];
const METADATA = { type: 'counter', help: 'All of them.', unit: '' } as const;
const LIMIT = ['limit', '40000'] as const;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  const counter = TIMES_MS.map((timeMs, index) => [timeMs, index * STEP_S] as const);
  await server.mustWrite([
    {
      labels: { __name__: 'requests_total', job: 'api' },
      samples: counter,
      exemplarTimestampsMs: [TIMES_MS[3] ?? 0],
    },
    { labels: { __name__: 'requests_total', job: 'web' }, samples: counter },
    { labels: { __name__: 'my.metric', 'label.größe': 'ä/b' }, samples: counter },
    { labels: { __name__: 'latency' }, histograms: TIMES_MS.map(exampleHistogram) },
  ]);
  const { status } = await server.write(writeBody([], [{ metricFamilyName: 'requests_total', ...METADATA }]));
  assert(status === 204, 'metadata is written');
});

afterAll(() => server.stop());

function get(path: string, parameters: Parameters = [], headers = {}): Promise<GrafanaAnswer> {
  return grafanaCall(targetOf(server), 'GET', path, parameters, headers);
}

function post(path: string, parameters: Parameters = [], headers = {}): Promise<GrafanaAnswer> {
  return grafanaCall(targetOf(server), 'POST', path, parameters, headers);
}

/** @returns the data of a success that says nothing else */
async function dataOf(answer: Promise<GrafanaAnswer>): Promise<unknown> {
  const { status, contentType, body } = await answer;
  expect([status, contentType]).toEqual([200, 'application/json']);
  expect(body).toEqual({ status: 'success', data: body.data });
  return body.data;
}

describe('the settings page', () => {
  it('asks for 1+1 four seconds after the epoch', async () => {
    const parameters: Parameters = [
      ['query', '1+1'],
      ['time', '4'],
    ];
    for (const answer of [post('/api/v1/query', parameters), get('/api/v1/query', parameters)]) {
      expect(await dataOf(answer)).toEqual({ resultType: 'scalar', result: [4, '2'] });
    }
  });

  it('finds a Prometheus, and no Mimir', async () => {
    const data = (await dataOf(get('/api/v1/status/buildinfo'))) as Record<string, string>;
    expect(data['version']).toMatch(/^3\.\d+\.\d+/);
    expect(data).not.toHaveProperty('features');
  });

  it('asks for the version by a query, too, and may find none', async () => {
    const query = [['query', 'prometheus_build_info']] as const;
    expect(await dataOf(get('/api/v1/query', query))).toEqual({ resultType: 'vector', result: [] });
  });
});

describe('a panel', () => {
  const range: Parameters = [...WITHIN, ['step', String(STEP_S)], ['timeout', '60']];

  it('asks for a range by POST, by GET, and with parameters nobody knows', async () => {
    const query = ['query', 'sum by (job) (rate(requests_total[1m0s]))'] as const;
    const answers = [
      post('/api/v1/query_range', [query, ...range]),
      get('/api/v1/query_range', [query, ...range]),
      post('/api/v1/query_range', [
        query,
        ...range,
        ['max_source_resolution', '5m'],
        ['dedup', 'true'],
        ['x', ''],
      ]),
      post('/api/v1/query_range', [query, ...range], {
        'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
      }),
      get('/api/v1/query_range', [query, ...range], { 'Content-Type': 'application/json' }),
    ];
    const [first, ...others] = await Promise.all(answers.map(dataOf));
    const values = TIMES_MS.slice(1).map((timeMs) => [timeMs / 1000, '1']);
    expect(first).toMatchObject({ resultType: 'matrix', result: [{ metric: { job: 'api' } }, {}] });
    expect((first as { result: { values: unknown[] }[] }).result[0]?.values).toHaveLength(values.length);
    for (const other of others) expect(other).toEqual(first);
  });

  it('asks at fractions of seconds', async () => {
    const parameters: Parameters = [
      ['query', 'requests_total{job="api"}'],
      ['start', `${START_S}.123`],
      ['end', `${END_S}.987`],
      ['step', '0.5'],
    ];
    const data = (await dataOf(post('/api/v1/query_range', parameters))) as {
      result: { values: unknown[][] }[];
    };
    expect(data.result[0]?.values[0]).toEqual([START_S + 0.123, '0']);
  });

  it('shows native histograms', async () => {
    const data = await dataOf(post('/api/v1/query_range', [['query', 'latency'], ...range]));
    const histogram = { count: '2', sum: '3', buckets: [[0, '0.5', '1', '2']] };
    expect(data).toMatchObject({
      result: [{ histograms: TIMES_MS.map((timeMs) => [timeMs / 1000, histogram]) }],
    });
  });

  it('asks at an instant, and for statistics', async () => {
    const parameters: Parameters = [
      ['query', 'requests_total{job="api"}'],
      ['time', String(END_S)],
      ['stats', 'true'],
    ];
    expect(await dataOf(post('/api/v1/query', parameters))).toMatchObject({
      result: [{ value: [END_S, String((SAMPLES - 1) * STEP_S)] }],
      stats: { samples: { totalQueryableSamples: 1 } },
    });
  });

  it('shows warnings and infos as notices', async () => {
    const gauge = await post('/api/v1/query_range', [['query', 'rate({"my.metric"}[1m])'], ...range]);
    expect([gauge.status, gauge.body.status, gauge.body.infos?.length]).toEqual([200, 'success', 1]);
    expect(gauge.body.infos?.[0]).toContain('metric might not be a counter');
    const quantile = await post('/api/v1/query_range', [['query', 'quantile(2, requests_total)'], ...range]);
    expect([quantile.status, quantile.body.warnings?.length]).toEqual([200, 1]);
  });

  it.each([
    ['sum(', {}, 400, 'bad_data'],
    ['requests_total / requests_total_', { step: '0' }, 400, 'bad_data'],
    ['requests_total', { step: '0.001', start: '0' }, 400, 'bad_data'],
    ['requests_total', { start: 'never' }, 400, 'bad_data'],
    ['requests_total * on () requests_total', {}, 422, 'execution'],
    ['requests_total', { timeout: '0' }, 503, 'timeout'],
  ] as const)('shows the error of %s %j', async (query, changes, status, errorType) => {
    const parameters = Object.entries({ ...Object.fromEntries(range), query, ...changes });
    const answer = await post('/api/v1/query_range', parameters);
    expect([answer.status, answer.body.status, answer.body.errorType]).toEqual([status, 'error', errorType]);
    expect(answer.body.error).not.toBe('');
  });

  it('shows that credentials are wrong, also as JSON', async () => {
    const target = { name: 'promontory', baseUrl: urlOf(server), headers: {} };
    const answer = await grafanaCall(target, 'POST', '/api/v1/query', [['query', '1']]);
    expect([answer.status, answer.body.errorType]).toEqual([401, 'unauthorized']);
  });

  it('looks whether there are exemplars with times in milliseconds', async () => {
    const probe: Parameters = [
      ['query', 'test'],
      ['start', String(START_S * 1000)],
      ['end', String(END_S * 1000)],
    ];
    expect(await dataOf(get('/api/v1/query_exemplars', probe))).toEqual([]);
    const query = ['query', 'sum(rate(requests_total[1m]))'] as const;
    expect(await dataOf(get('/api/v1/query_exemplars', [query, ...WITHIN]))).toMatchObject([
      {
        seriesLabels: { __name__: 'requests_total', job: 'api' },
        exemplars: [{ labels: { trace_id: 'a1' } }],
      },
    ]);
  });
});

describe('the editor', () => {
  const METRICS = ['latency', 'my.metric', 'requests_total'];

  it('lists labels', async () => {
    const all = ['__name__', 'job', 'label.größe'];
    const wanted: Parameters = [...WITHIN, LIMIT];
    expect(await dataOf(post('/api/v1/labels', wanted))).toEqual(all);
    expect(await dataOf(get('/api/v1/labels', wanted))).toEqual(all);
    const matching: Parameters = [...wanted, ['match[]', '{__name__="requests_total"}']];
    expect(await dataOf(post('/api/v1/labels', matching))).toEqual(['__name__', 'job']);
  });

  it('lists metrics and values of labels, also of names that are not plain', async () => {
    const wanted: Parameters = [...WITHIN, LIMIT];
    expect(await dataOf(get('/api/v1/label/__name__/values', wanted))).toEqual(METRICS);
    const matching: Parameters = [...wanted, ['match[]', '{"my.metric"}']];
    expect(await dataOf(get('/api/v1/label/U__label_2e_gr_f6__df_e/values', matching))).toEqual(['ä/b']);
    const encoded = encodeURIComponent('label.größe');
    expect(await dataOf(get(`/api/v1/label/${encoded}/values`, wanted))).toEqual(['ä/b']);
  });

  it('lists series, of all metrics when none is chosen', async () => {
    const wanted: Parameters = [...WITHIN, LIMIT, ['match[]', '{__name__!=""}']];
    expect(await dataOf(post('/api/v1/series', wanted))).toHaveLength(4);
    expect(await dataOf(get('/api/v1/series', wanted))).toHaveLength(4);
    const cut = await post('/api/v1/series', [...WITHIN, ['limit', '2'], ['match[]', '{__name__!=""}']]);
    expect([cut.status, cut.body.warnings]).toEqual([200, ['results truncated due to limit']]);
    expect(cut.body.data).toHaveLength(2);
  });

  it('lists metadata', async () => {
    const all = { requests_total: [METADATA] };
    expect(await dataOf(get('/api/v1/metadata', [LIMIT]))).toEqual(all);
    expect(await dataOf(get('/api/v1/metadata', [['metric', 'requests_total']]))).toEqual(all);
    expect(await dataOf(get('/api/v1/metadata', [['metric', 'other'], LIMIT]))).toEqual({});
  });

  it('takes 0 for no limit', async () => {
    expect(await dataOf(get('/api/v1/label/__name__/values', [['limit', '0']]))).toEqual(METRICS);
  });

  it('formats and parses queries', async () => {
    const query = [['query', 'sum(requests_total)by(job)']] as const;
    expect(await dataOf(post('/api/v1/format_query', query))).toBe('sum by (job) (requests_total)');
    expect(await dataOf(get('/api/v1/parse_query', query))).toMatchObject({ type: 'aggregation' });
  });
});

describe('alerting', () => {
  it('lists rules and alerts, filtered and by pages', async () => {
    const filters: Parameters = [
      ['file[]', 'a.yml'],
      ['rule_group[]', 'group'],
      ['rule_name[]', 'rule'],
      ['exclude_alerts', 'true'],
      ['group_limit', '100'],
    ];
    expect(await dataOf(get('/api/v1/rules'))).toEqual({ groups: [] });
    expect(await dataOf(get('/api/v1/rules', filters))).toEqual({ groups: [] });
    expect(await dataOf(get('/api/v1/rules', [['type', 'alert']]))).toEqual({ groups: [] });
    expect(await dataOf(get('/api/v1/alerts'))).toEqual({ alerts: [] });
  });

  it('evaluates rules by instant queries that say so', async () => {
    const parameters: Parameters = [
      ['query', 'count(requests_total) > 1'],
      ['time', String(END_S)],
    ];
    const data = await dataOf(post('/api/v1/query', parameters, { FromAlert: 'true' }));
    expect(data).toMatchObject({ result: [{ metric: {}, value: [END_S, '2'] }] });
  });

  it('what is not there is told as JSON', async () => {
    const answer = await get('/api/v1/nothing');
    expect([answer.status, answer.body.status, answer.body.errorType]).toEqual([404, 'error', 'not_found']);
  });
});
