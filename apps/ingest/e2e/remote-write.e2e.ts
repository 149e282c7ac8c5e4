/**
 * A real Prometheus scrapes everything that OpenMetrics and its own protobuf can say, and sends it to two servers: to one
 * by remote write 1.0, to the other by 2.0. Both must give back what Prometheus itself has.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import { dataOf, exemplarsOf, metricsOf } from './clients/api-data.ts';
import {
  BASIC_AUTH_YAML,
  type RunningClient,
  startPrometheusClient,
  targetOf,
  urlOf,
} from './clients/client-servers.ts';
import { ExpositionServer, FAMILIES, type FamilyMetadata } from './clients/exposition-server.ts';
import { until } from './clients/until.ts';
import { responseDifferences } from './differential/compare-responses.ts';
import { askQuestion, type Question } from './differential/query-response.ts';
import type { ApiTarget } from './prometheus-api.ts';

const SCRAPES_WANTED = 12;
const DIFFERENCES_SHOWN_MAX = 5;
const FEATURES = [
  'native-histograms',
  'exemplar-storage',
  'metadata-wal-records',
  'created-timestamp-zero-ingestion',
];
const SENDERS = {
  '1.0': 'prometheus.WriteRequest',
  '2.0': 'io.prometheus.write.v2.Request',
} as const;
const COMING_AND_GOING = 'anything{at="times"}';
const QUERIES = [
  '{job="text"}[BEGIN]',
  '{job="native"}[BEGIN]',
  'count_over_time(latency_seconds_bucket[BEGIN])',
  'rate(requests_total[4s])',
  'histogram_quantile(0.9, rate(latency_seconds_bucket[4s]))',
  'histogram_quantile(0.9, sum by (handler) (rate(prometheus_http_request_duration_seconds{job="native"}[4s])))',
  'histogram_count(prometheus_http_request_duration_seconds{job="native"})',
  'rpc_seconds',
  COMING_AND_GOING,
  'release_info',
] as const;

const peers = await findPeers();

describe.skipIf(peers === null)('a real Prometheus that remote-writes', () => {
  const servers = new Map<string, TestServer>();
  let folder = '';
  let exposition: ExpositionServer;
  let sender: RunningClient;
  /** When series began, and every start timestamp of the exposition: before that senders did not send. */
  let beginMs = 0;
  let askedS = 0;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-writing-'));
    exposition = await ExpositionServer.start();
    for (const version of Object.keys(SENDERS)) servers.set(version, await TestServer.start());
    sender = await startPrometheusClient(peers, { folder, features: FEATURES, config });
    for (const version of servers.keys()) await until(`some of ${version}`, () => untilSome(version));
    beginMs = systemClock.nowMs();
    exposition.begin(beginMs);
    await until('enough scrapes', async () => {
      const count = await dataOf<{ result: unknown[] }>(sender.target, '/api/v1/query', {
        query: `count_over_time(anything[1m]) >= ${SCRAPES_WANTED}`,
      });
      return count.result.length > 0 ? count : null;
    });
    askedS = Math.floor(systemClock.nowMs() / 1000);
    for (const version of servers.keys()) await until(`all of ${version}`, () => untilSame(version));
  });

  afterAll(async () => {
    await sender?.process.stop();
    await exposition?.stop();
    for (const server of servers.values()) await server.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  function config(port: number): string {
    const writes = Object.entries(SENDERS).map(
      ([version, message]) => `
  - name: '${version}'
    url: ${urlOf(serverOf(version))}/api/v1/write
    ${BASIC_AUTH_YAML}
    protobuf_message: ${message}
    send_exemplars: true
    send_native_histograms: true
    queue_config: { batch_send_deadline: 200ms, max_backoff: 1s }
    metadata_config: { send: true, send_interval: 1s }`,
    );
    return `
global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs:
  - job_name: text
    scrape_protocols: [OpenMetricsText1.0.0]
    static_configs: [{ targets: ['${exposition.address}'] }]
  - job_name: native
    scrape_protocols: [PrometheusProto]
    always_scrape_classic_histograms: true
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
remote_write:${writes.join('')}
`;
  }

  function serverOf(version: string): TestServer {
    const server = servers.get(version);
    if (server === undefined) throw new Error(`no server takes ${version}`);
    return server;
  }

  function ownTarget(version: string): ApiTarget {
    return targetOf(serverOf(version));
  }

  async function untilSome(version: string): Promise<true | null> {
    const { data } = await askQuestion(ownTarget(version), {
      query: 'up',
      time: { atS: systemClock.nowMs() / 1000 },
    });
    return data?.result.length === 2 ? true : null;
  }

  async function untilSame(version: string): Promise<true> {
    const found = await differencesOf(version, instant('{job=~"text|native"}[BEGIN]'));
    if (found.length > 0) throw new Error(found.slice(0, DIFFERENCES_SHOWN_MAX).join('\n'));
    return true;
  }

  async function differencesOf(version: string, question: Question): Promise<string[]> {
    const actual = await askQuestion(ownTarget(version), question);
    return responseDifferences(question, actual, await askQuestion(sender.target, question));
  }

  function instant(query: string): Question {
    const range = `${askedS * 1000 - beginMs + 1}ms`;
    return { query: query.replace('BEGIN', range), time: { atS: askedS } };
  }

  describe.each(Object.keys(SENDERS))('%s', (version) => {
    it.each(QUERIES)('%s', async (query) => {
      const question = instant(query);
      expect(await differencesOf(version, question)).toEqual([]);
      // What comes and goes may be away just now.
      const sometime = query === COMING_AND_GOING ? instant(`count_over_time(${query}[BEGIN])`) : question;
      const { data } = await askQuestion(ownTarget(version), sometime);
      expect(data?.result.length).toBeGreaterThan(0);
    });

    it('over time', async () => {
      const time = { startS: askedS - 2, endS: askedS, stepS: 0.5 };
      for (const query of QUERIES.slice(3)) {
        expect(await differencesOf(version, { query, time })).toEqual([]);
      }
    });

    it('start timestamps as samples of zero', async () => {
      const query = `requests_total @ ${beginMs / 1000}`;
      const { data } = await askQuestion(ownTarget(version), { query, time: { atS: askedS } });
      expect(data?.result).toMatchObject([{ value: [askedS, '0'] }]);
    });

    it('exemplars', async () => {
      const query = '{__name__=~"requests_total|latency_seconds_bucket"}';
      const expected = await exemplarsOf(sender.target, query, askedS);
      expect(expected.flatMap(({ exemplars }) => exemplars).length).toBeGreaterThan(2 * SCRAPES_WANTED);
      expect(await exemplarsOf(ownTarget(version), query, askedS)).toEqual(expected);
    });
  });

  it('metadata, by 1.0 at families', async () => {
    const metadata = await metadataOf(ownTarget('1.0'));
    expect(metadata).toMatchObject(
      Object.fromEntries(Object.entries(FAMILIES).map(([family, said]) => [family, [said]])),
    );
    expect(metadata).toEqual(await metadataOf(sender.target));
  });

  it('metadata, by 2.0 at series', async () => {
    const { requests, release, ...others } = FAMILIES;
    const expected = { ...others, requests_total: requests, release_info: release };
    expect(await metadataOf(ownTarget('2.0'))).toMatchObject(
      Object.fromEntries(Object.entries(expected).map(([metric, said]) => [metric, [said]])),
    );
  });

  function metadataOf(target: ApiTarget): Promise<Record<string, FamilyMetadata[]>> {
    return dataOf(target, '/api/v1/metadata');
  }

  it('nothing failed, was dropped or sent again', async () => {
    const failures = await metricsOf(
      sender.target,
      /^prometheus_remote_storage_(samples|histograms|exemplars|metadata)_(failed|dropped|retried)_total/,
    );
    expect(failures.size).toBeGreaterThan(10);
    expect([...failures.values()].filter((count) => count !== 0)).toEqual([]);
  });
});
