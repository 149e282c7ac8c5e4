/**
 * node_exporter and Prometheus are scraped by one Prometheus, which writes here; another one federates from here, in each
 * format that Prometheus knows. Once the first is killed, the other must answer as this server does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { type ChildServer, findPeers, freePort, LOOPBACK_HOST } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import { dataOf } from './clients/api-data.ts';
import {
  BASIC_AUTH_YAML,
  type RunningClient,
  startPrometheusClient,
  targetOf,
  urlOf,
} from './clients/client-servers.ts';
import { until } from './clients/until.ts';
import { responseDifferences } from './differential/compare-responses.ts';
import { askQuestion, type QueryResponse, type ResponseSeries } from './differential/query-response.ts';
import type { ApiTarget } from './prometheus-api.ts';
import { startNodeExporter } from './real-servers.ts';

const SCRAPES_WANTED = 5;
const DIFFERENCES_SHOWN_MAX = 5;
/** By the label `via` of what was federated with it. */
const PROTOCOLS = {
  text: 'PrometheusText0.0.4',
  'text-1': 'PrometheusText1.0.0',
  openmetrics: 'OpenMetricsText1.0.0',
  protobuf: 'PrometheusProto',
} as const;
/** `ALL` stands for a matcher. */
const FLOATS = '{job=~"node|prometheus",ALL}';
const HISTOGRAMS = '{job="native",ALL}';
const QUERIES = [
  FLOATS,
  'count by (__name__) ({job="node",ALL})',
  'sum by (mode) (node_cpu_seconds_total{ALL})',
  '100 * node_filesystem_avail_bytes{ALL} / node_filesystem_size_bytes{ALL}',
  'histogram_quantile(0.9, sum by (le) (prometheus_http_request_duration_seconds_bucket{ALL}))',
  'timestamp(node_load1{ALL})',
] as const;
const NATIVE_QUERIES = [
  HISTOGRAMS,
  'histogram_quantile(0.5, sum by (handler) (prometheus_http_request_duration_seconds{job="native",ALL}))',
  'histogram_count(prometheus_http_request_duration_seconds{job="native",ALL})',
] as const;

const peers = await findPeers();

describe.skipIf(peers === null)('federation', () => {
  let folder = '';
  let server: TestServer;
  let exporter: ChildServer;
  let source: RunningClient;
  let reader: RunningClient;
  let askedS = 0;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-federation-'));
    server = await TestServer.start();
    const exporterPort = await freePort();
    exporter = await startNodeExporter(peers, exporterPort);
    source = await startPrometheusClient(peers, {
      folder: join(folder, 'source'),
      config: (port) => sourceConfig(port, exporterPort),
    });
    reader = await startPrometheusClient(peers, { folder: join(folder, 'reader'), config: readerConfig });
    const query = `count_over_time(up{job="native"}[1m]) >= ${SCRAPES_WANTED}`;
    await until('enough scrapes', async () =>
      (await ask(targetOf(server), query)).data?.result[0] ? true : null,
    );
    await source.process.stop('SIGKILL');
    const nowMs = systemClock.nowMs();
    const labels = { job: 'names', 'label.größe': '"x"\n' };
    await server.mustWrite([{ labels: { __name__: 'my.metric', ...labels }, samples: [[nowMs, 1.5]] }]);
    askedS = Math.ceil(nowMs / 1000);
    for (const via of Object.keys(PROTOCOLS)) await until(`all by ${via}`, () => untilSame(via));
  });

  afterAll(async () => {
    for (const client of [reader, source]) await client?.process.stop();
    await exporter?.stop();
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  function sourceConfig(port: number, exporterPort: number): string {
    const self = `[{ targets: ['${LOOPBACK_HOST}:${port}'] }]`;
    return `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - { job_name: prometheus, scrape_protocols: [PrometheusText0.0.4], static_configs: ${self} }
  - job_name: native
    scrape_protocols: [PrometheusProto]
    static_configs: ${self}
    metric_relabel_configs: [{ source_labels: [__name__], regex: 'prometheus_.*_seconds', action: keep }]
  - { job_name: node, static_configs: [{ targets: ['${LOOPBACK_HOST}:${exporterPort}'] }] }
remote_write:
  - url: ${urlOf(server)}/api/v1/write
    ${BASIC_AUTH_YAML}
    send_native_histograms: true
    queue_config: { batch_send_deadline: 200ms }
    metadata_config: { send_interval: 1s }
`;
  }

  function readerConfig(): string {
    const jobs = Object.entries(PROTOCOLS).map(
      ([via, protocol]) => `
  - job_name: ${via}
    scrape_protocols: [${protocol}]
    metrics_path: /federate
    params: { 'match[]': ['{job=~".+"}'] }
    honor_labels: true
    ${BASIC_AUTH_YAML}
    static_configs: [{ targets: ['${LOOPBACK_HOST}:${server.port}'] }]
    metric_relabel_configs: [{ target_label: via, replacement: ${via} }]`,
    );
    return `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:${jobs.join('')}
`;
  }

  function ask(target: ApiTarget, query: string): Promise<QueryResponse> {
    return askQuestion(target, { query, time: { atS: askedS === 0 ? systemClock.nowMs() / 1000 : askedS } });
  }

  /** Of both: without the label that tells the formats apart. */
  async function differencesOf(query: string, via: string): Promise<string[]> {
    const expected = await ask(targetOf(server), query.replaceAll('ALL', 'job=~".+"'));
    const actual = await ask(reader.target, query.replaceAll('ALL', `via="${via}"`));
    expect(expected.data?.result.length).toBeGreaterThan(0);
    const question = { query, time: { atS: askedS } };
    return responseDifferences(question, withoutVia(actual), expected);
  }

  async function untilSame(via: string): Promise<true> {
    const found = [
      ...(await differencesOf(FLOATS, via)),
      ...(await differencesOf('count({job="names",ALL})', via)),
    ];
    if (via === 'protobuf') found.push(...(await differencesOf(HISTOGRAMS, via)));
    if (found.length > 0) throw new Error(found.slice(0, DIFFERENCES_SHOWN_MAX).join('\n'));
    return true;
  }

  describe.each(Object.keys(PROTOCOLS))('%s', (via) => {
    it.each(QUERIES)('%s', async (query) => {
      expect(await differencesOf(query, via)).toEqual([]);
    });

    it('every sample that was taken is one of ours', async () => {
      const query = '{job="node",ALL}[1m]';
      const ours = pointsOf(await ask(targetOf(server), query.replace('ALL', 'job=~".+"')));
      const theirs = pointsOf(withoutVia(await ask(reader.target, query.replace('ALL', `via="${via}"`))));
      expect(theirs.size).toBeGreaterThan(SCRAPES_WANTED);
      expect([...theirs].filter((point) => !ours.has(point))).toEqual([]);
    });
  });

  it.each(NATIVE_QUERIES)('protobuf has native histograms: %s', async (query) => {
    expect(await differencesOf(query, 'protobuf')).toEqual([]);
  });

  it.each(['text', 'openmetrics'])('%s has no native histograms', async (via) => {
    const { data } = await ask(reader.target, `prometheus_http_request_duration_seconds{via="${via}"}`);
    expect(data?.result).toEqual([]);
  });

  it.each([
    ['text', 'my_metric', 'label_gr__e'],
    ['text-1', 'my.metric', 'label.größe'],
    ['openmetrics', 'my.metric', 'label.größe'],
    ['protobuf', 'my_metric', 'label_gr__e'],
  ])('%s has the name %s, as Prometheus asks for it', async (via, name, label) => {
    const { data } = withoutVia(await ask(reader.target, `{job="names",via="${via}"}`));
    const metric = { __name__: name, job: 'names', [label]: '"x"\n' };
    expect(data?.result).toEqual([{ metric, value: [askedS, '1.5'] }]);
  });

  it('types go on', async () => {
    const metadata = await dataOf<{ metric: string; type: string; target: { job: string } }[]>(
      reader.target,
      '/api/v1/targets/metadata',
    );
    const typeOf = (job: string, metric: string): string | undefined =>
      metadata.find((each) => each.metric === metric && each.target.job === job)?.type;
    expect(typeOf('text', 'node_cpu_seconds_total')).toBe('counter');
    expect(typeOf('text', 'node_load1')).toBe('gauge');
    expect(typeOf('openmetrics', 'node_cpu_seconds')).toBe('counter');
    expect(typeOf('protobuf', 'prometheus_http_request_duration_seconds')).toBe('histogram');
  });

  it('every scrape succeeded', async () => {
    const { data } = await ask(reader.target, 'min_over_time(up{job=~"text.*|openmetrics|protobuf"}[1m])');
    const up = (data?.result ?? []) as readonly ResponseSeries[];
    expect(up.map(({ value }) => value?.[1])).toEqual(Object.keys(PROTOCOLS).map(() => '1'));
  });
});

function withoutVia(response: QueryResponse): QueryResponse {
  if (response.data === undefined) return response;
  const result = (response.data.result as readonly ResponseSeries[]).map((series) => {
    const { via: _via, ...metric } = series.metric;
    return { ...series, metric };
  });
  return { ...response, data: { ...response.data, result } };
}

/** Series, time and value in one text each. */
function pointsOf({ data }: QueryResponse): Set<string> {
  const series = (data?.result ?? []) as readonly ResponseSeries[];
  return new Set(
    series.flatMap(({ metric, values = [] }) => {
      const pairs = Object.entries(metric).map((pair) => JSON.stringify(pair));
      return values.map((point) => `${pairs.toSorted().join()} ${point.join()}`);
    }),
  );
}
