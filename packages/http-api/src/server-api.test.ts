import { describe, expect, it } from 'vitest';
import { askServer, RecordingAdmin, TEST_SERVICES } from './server-test-fixture.ts';
import { versionResponse } from './server/build-info.ts';
import { notificationEvent } from './server/notifications.ts';

const DATA = (json: string): string => `{"status":"success","data":${json}}`;
const BAD = (text: string): string =>
  `{"status":"error","errorType":"bad_data","error":${JSON.stringify(text)}}`;

describe('answers that are empty as long as there are no rules and nothing is scraped', () => {
  it.each([
    ['rules', '{"groups":[]}'],
    [
      'rules?type=alert&rule_name[]=a&rule_group[]=b&file[]=c&match[]=up&exclude_alerts=true',
      '{"groups":[]}',
    ],
    ['rules?rule_name=a&rule_group=b&file=c&type=RECORD&group_limit=1', '{"groups":[]}'],
    ['alerts', '{"alerts":[]}'],
    ['alertmanagers', '{"activeAlertmanagers":[],"droppedAlertmanagers":[]}'],
    ['targets', '{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}'],
    ['targets?state=Dropped', '{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}'],
    ['targets?state=active', '{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":null}'],
    ['targets?scrapePool=x&state=foo', '{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":null}'],
    ['targets/metadata', '[]'],
    ['targets/metadata?limit=-1&match_target={job="a"}&metric=up', '[]'],
    ['scrape_pools', '{"scrapePools":[]}'],
  ])('%s', async (target, json) => {
    expect(await askServer(`GET /api/v1/${target}`)).toEqual({ status: 200, text: DATA(json) });
  });
});

describe('parameters that make no sense', () => {
  const TOKEN_ALONE =
    'invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups';
  it.each([
    ['rules?type=foo', 'invalid parameter "type": not supported value "foo"'],
    ['rules?match[]=foo{', '1:5: parse error: unexpected end of input inside braces'],
    ['rules?match[]={}', 'match[] must contain at least one non-empty matcher'],
    [
      'rules?exclude_alerts=foo',
      'invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "foo": invalid syntax',
    ],
    ['rules?group_limit=0', 'invalid parameter "group_limit": group_limit needs to be greater than 0'],
    ['rules?group_limit=-1', 'invalid parameter "group_limit": group_limit needs to be greater than 0'],
    [
      'rules?group_limit=x',
      'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      'rules?group_limit=99999999999999999999',
      'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    ['rules?group_next_token=abc', TOKEN_ALONE],
    [
      'rules?group_limit=1&group_next_token=abc',
      'invalid parameter "group_next_token": invalid group_next_token \'abc\'. were rule groups changed?',
    ],
    ['targets/metadata?limit=x', 'limit must be a number'],
    [
      'targets/metadata?match_target={',
      'invalid parameter "match_target": 1:2: parse error: unexpected end of input inside braces',
    ],
    ['targets/relabel_steps', 'no scrapePool parameter provided'],
    ['targets/relabel_steps?scrapePool=a', 'no labels parameter provided'],
    ['targets/relabel_steps?scrapePool=a&labels=[]', 'error parsing labels: want an object of texts'],
    ['targets/relabel_steps?scrapePool=a&labels={"b":1}', 'error parsing labels: want an object of texts'],
    [
      'targets/relabel_steps?scrapePool=a&labels={}',
      'error retrieving scrape config: scrape pool "a" not found',
    ],
    ['scrape_pools/config', 'no scrapePool parameter provided'],
    ['scrape_pools/config?scrapePool=a', 'error retrieving scrape config: scrape pool "a" not found'],
  ])('%s', async (target, message) => {
    expect(await askServer(`GET /api/v1/${target}`)).toEqual({ status: 400, text: BAD(message) });
  });

  it('name the pattern of metric names that is no regex', async () => {
    const { status, text } = await askServer('GET /api/v1/status/self_metrics?metric_name_pattern=(');
    expect([status, text]).toEqual([
      400,
      expect.stringContaining('invalid parameter \\"metric_name_pattern\\"'),
    ]);
  });
});

describe('status', () => {
  it.each([
    [
      'status/config',
      String.raw`{"yaml":"yaml of {\"retention\":\"15d\",\"bootstrap-access-key\":\"\u003csecret\u003e\"}"}`,
    ],
    [
      'status/flags',
      String.raw`{"bootstrap-access-key":"\u003csecret\u003e","config":"/etc/p.yaml","retention":"15d","tls-cert":""}`,
    ],
    [
      'status/runtimeinfo',
      '{"startTime":"2026-01-02T03:04:05.678Z","CWD":"/srv","hostname":"host","serverTime":"2026-01-02T03:04:06.678Z",' +
        '"reloadConfigSuccess":true,"lastConfigTime":"2026-01-02T03:04:05Z","timeSeriesCount":7,"corruptionCount":2,' +
        '"goroutineCount":6,"GOMAXPROCS":4,"GOMEMLIMIT":1024,"GOGC":"","GODEBUG":"","storageRetention":"15d or 1GiB"}',
    ],
    ['status/walreplay', '{"min":0,"max":0,"current":0}'],
    [
      'status/buildinfo',
      '{"application":"Promontory","version":"3.5.0+promontory.0.1.0","revision":"r","branch":"main","buildUser":"","buildDate":"d","goVersion":"node v22"}',
    ],
    [
      'status/self_metrics',
      '[{"name":"promontory_duration_seconds","help":"","type":"HISTOGRAM","metric":[{"histogram":{"sampleCount":"3","sampleSum":1.5,"bucket":[{"cumulativeCount":"2","upperBound":1}]}}]},' +
        '{"name":"promontory_pause_seconds","help":"","type":"SUMMARY","metric":[{"summary":{"sampleCount":"3","sampleSum":1.5,"quantile":[{"quantile":0.5,"value":0.25}]}}]},' +
        '{"name":"promontory_requests_total","help":"Requests.","type":"COUNTER","metric":[{"label":[{"name":"area","value":"a"},{"name":"code","value":"200"}],"counter":{"value":3}},{"counter":{"value":"NaN"}}]}]',
    ],
    ['status/self_metrics?metric_name_pattern=requests', '[]'],
    [
      'notifications',
      String.raw`[{"text":"Damage \u003c\u0026\u003e","date":"2026-01-02T03:04:05.678Z","active":true}]`,
    ],
  ])('%s', async (target, json) => {
    expect(await askServer(`GET /api/v1/${target}`)).toEqual({ status: 200, text: DATA(json) });
  });

  it('self_metrics are those whose whole name matches', async () => {
    const { text } = await askServer(
      'GET /api/v1/status/self_metrics?metric_name_pattern=promontory_.*_seconds',
    );
    const { data } = JSON.parse(text) as { data: { name: string }[] };
    expect(data.map(({ name }) => name)).toEqual(['promontory_duration_seconds', 'promontory_pause_seconds']);
  });

  it('buildinfo is that of a plain Prometheus 3 to Grafana', async () => {
    const { data } = JSON.parse((await askServer('GET /api/v1/status/buildinfo')).text) as { data: object };
    expect(data).not.toHaveProperty('features');
  });

  it('/version has the same without a frame', () => {
    const text = new TextDecoder().decode(versionResponse(TEST_SERVICES.build).body);
    expect(text).toBe(
      '{"version":"3.5.0+promontory.0.1.0","revision":"r","branch":"main","buildUser":"","buildDate":"d","goVersion":"node v22"}\n',
    );
  });
});

describe('features', () => {
  interface Features {
    readonly data: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  }
  async function features(experimentalPromql: boolean): Promise<Features['data']> {
    const { features } = TEST_SERVICES;
    const { text } = await askServer('GET /api/v1/features', {
      features: { ...features, experimentalPromql },
    });
    return (JSON.parse(text) as Features).data;
  }

  it('say what is on', async () => {
    expect(await features(false)).toMatchObject({
      api: { admin: false, lifecycle: true, remote_write_receiver: true, 'openapi_3.2': true },
      promql: { anchored: false, at_modifier: true, delayed_name_removal: true, fill: false },
      promql_functions: { rate: true, info: false, min_of: false },
      promql_operators: { sum: true, limitk: false, '=~': true, unless: true },
      tsdb: { exemplar_storage: true, native_histograms: true },
      service_discovery_providers: {},
    });
  });

  it('say that everything of PromQL is on, when it is', async () => {
    const { promql_functions: functions = {}, promql_operators: operators = {} } = await features(true);
    expect(Object.values({ ...functions, ...operators })).not.toContain(false);
    expect(Object.keys(functions)).toEqual(Object.keys(functions).toSorted());
    expect(Object.keys(functions).length).toBeGreaterThan(80);
  });
});

describe('notifications/live', () => {
  it('is 204 when as many follow as may', async () => {
    expect(await askServer('GET /api/v1/notifications/live')).toEqual({ status: 204, text: '' });
  });

  it('has events with one notification each', () => {
    const event = notificationEvent({ text: 'a\nb', timeMs: 0, isActive: false });
    expect(new TextDecoder().decode(event)).toBe(
      'data: {"text":"a\\nb","date":"1970-01-01T00:00:00.000Z","active":false}\n\n',
    );
  });
});

describe('openapi.yaml', () => {
  it.each([
    ['', '3.1.0'],
    ['?openapi_version=3.1', '3.1.0'],
    ['?openapi_version=3.2', '3.2.0'],
    ['?openapi_version=4', '3.1.0'],
  ])('%s is of version %s', async (parameters, version) => {
    const { status, text } = await askServer(`GET /api/v1/openapi.yaml${parameters}`);
    expect([status, text]).toEqual([200, expect.stringContaining(`yaml of {"openapi":"${version}"`)]);
  });
});

describe('the administrative API', () => {
  const PATH = '/api/v1/admin/tsdb';
  const COUNTS = DATA('{"series":1,"floats":2,"histograms":3,"exemplars":4}');

  it.each(['delete_series?match[]=up', 'clean_tombstones', 'snapshot'])(
    '%s is 403 while it is off',
    async (what) => {
      for (const method of ['POST', 'PUT'])
        expect(await askServer(`${method} ${PATH}/${what}`)).toEqual({
          status: 403,
          text: '{"status":"error","errorType":"forbidden","error":"admin APIs disabled: start the server with --admin-api on"}',
        });
      expect((await askServer(`GET ${PATH}/${what}`)).status).toBe(405);
    },
  );

  it.each([
    ['POST', 'delete_series?match[]=up', '', 'delete {__name__="up"} -Infinity Infinity', 204, ''],
    [
      'PUT',
      'delete_series?start=1&end=2.5',
      'match[]=up%7Ba%3D%22b%22%7D&match[]=down',
      'delete {__name__="up",a="b"} {__name__="down"} 1000 2500',
      204,
      '',
    ],
    [
      'POST',
      'delete_series?match[]=up&dry_run=true',
      '',
      'delete {__name__="up"} -Infinity Infinity dry',
      200,
      COUNTS,
    ],
    [
      'POST',
      'delete_series?match[]=up&counts=1',
      '',
      'delete {__name__="up"} -Infinity Infinity',
      200,
      COUNTS,
    ],
    [
      'POST',
      'delete_series?match[]=up&match[]=down&extra_label=a=b&extra_filters[]={c="d"}&extra_filters[]={c="e"}',
      '',
      'delete {__name__="up",c="d",a="b"} {__name__="up",c="e",a="b"} ' +
        '{__name__="down",c="d",a="b"} {__name__="down",c="e",a="b"} -Infinity Infinity',
      204,
      '',
    ],
    ['POST', 'clean_tombstones', '', 'clean', 204, ''],
    [
      'PUT',
      'snapshot?skip_head=t',
      '',
      'snapshot',
      200,
      DATA('{"name":"20260102T030405Z-00000000000000ff"}'),
    ],
  ])('%s %s %s', async (method, what, form, asked, status, text) => {
    const admin = new RecordingAdmin();
    expect(await askServer(`${method} ${PATH}/${what}`, { admin }, form)).toEqual({ status, text });
    expect(admin.asked).toEqual([asked]);
  });

  it.each([
    ['delete_series', 'no match[] parameter provided'],
    [
      'delete_series?match[]=up{',
      'invalid parameter "match[]": 1:4: parse error: unexpected end of input inside braces',
    ],
    [
      'delete_series?match[]={}',
      'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    ],
    [
      'delete_series?match[]=up&match[]={a=~".*"}',
      'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    ],
    [
      'delete_series?match[]=up&extra_filters[]=nonsense{',
      'invalid parameter "extra_filters[]": 1:10: parse error: unexpected end of input inside braces',
    ],
    [
      'delete_series?match[]=up&start=x',
      'invalid parameter "start": invalid time value for \'start\': cannot parse "x" to a valid timestamp',
    ],
    [
      'delete_series?match[]=up&start=2&end=1',
      'invalid parameter "end": end timestamp must not be before start timestamp',
    ],
    [
      'delete_series?match[]=up&dry_run=yes',
      'invalid parameter "dry_run": unable to parse boolean: strconv.ParseBool: parsing "yes": invalid syntax',
    ],
    [
      'snapshot?skip_head=2',
      'invalid parameter "skip_head": unable to parse boolean: strconv.ParseBool: parsing "2": invalid syntax',
    ],
  ])('%s asks for nothing', async (what, message) => {
    const admin = new RecordingAdmin();
    expect(await askServer(`POST ${PATH}/${what}`, { admin })).toEqual({ status: 400, text: BAD(message) });
    expect(admin.asked).toEqual([]);
  });
});

it.each([
  'GET /api/v1/rules?match[]=',
  'GET /api/v1/targets/metadata?match_target=',
  'POST /api/v1/admin/tsdb/delete_series?match[]=',
])('%s{…} compiles small regexes only', async (target) => {
  const selector = encodeURIComponent(`{a=~"${'[a-z]{9}x'.repeat(300)}"}`);
  const { status, text } = await askServer(target + selector, { admin: new RecordingAdmin() });
  expect([status, text]).toEqual([400, expect.stringContaining('want at most 2000')]);
});

it('self_metrics compiles small regexes only', async () => {
  const { status, text } = await askServer(
    `GET /api/v1/status/self_metrics?metric_name_pattern=${encodeURIComponent('\\pL'.repeat(21))}`,
  );
  expect([status, text]).toEqual([400, expect.stringContaining('want at most 2000')]);
});
