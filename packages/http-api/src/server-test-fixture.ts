/** Requests to the endpoints about the server, over services that say what the test wants. */
import { createServerApi } from './server-api.ts';
import { OpenApiTexts } from './openapi/openapi-texts.ts';
import type { DeletionCounts, DeletionRequest, StorageAdmin } from './server/admin/storage-admin.ts';
import type { ServerServices } from './server/server-services.ts';

const toYaml = (value: object): string => `yaml of ${JSON.stringify(value)}`;
const STARTED_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export const TEST_SERVICES: ServerServices = {
  build: {
    version: '0.1.0',
    revision: 'r',
    branch: 'main',
    buildUser: '',
    buildDate: 'd',
    runtime: 'node v22',
  },
  queries: { active: () => [], cancel: () => false, totals: () => [] },
  settings: [
    { name: 'retention', text: '15d', isInFile: true },
    { name: 'bootstrap-access-key', text: '<secret>', isInFile: true },
    { name: 'tls-cert', text: '', isInFile: true },
    { name: 'config', text: '/etc/p.yaml', isInFile: false },
  ],
  features: {
    adminApi: false,
    lifecycleApi: true,
    otlpReceiver: false,
    experimentalPromql: false,
    exemplarStorage: true,
  },
  runtime: () => ({
    startedMs: STARTED_MS,
    nowMs: STARTED_MS + 1000,
    workingDirectory: '/srv',
    hostname: 'host',
    seriesCount: 7,
    damageCount: 2,
    threadCount: 6,
    coreCount: 4,
    heapBytesMax: 1024,
    retention: '15d or 1GiB',
  }),
  metrics: () =>
    Promise.resolve([
      {
        name: 'promontory_requests_total',
        help: 'Requests.',
        type: 'COUNTER',
        metrics: [
          { labels: { code: '200', area: 'a' }, value: { kind: 'single', value: 3 } },
          { labels: {}, value: { kind: 'single', value: Number.NaN } },
        ],
      },
      {
        name: 'promontory_duration_seconds',
        help: '',
        type: 'HISTOGRAM',
        metrics: [
          {
            labels: {},
            value: {
              kind: 'histogram',
              count: 3,
              sum: 1.5,
              buckets: [{ upperBound: 1, cumulativeCount: 2 }],
            },
          },
        ],
      },
      {
        name: 'promontory_pause_seconds',
        help: '',
        type: 'SUMMARY',
        metrics: [
          {
            labels: {},
            value: { kind: 'summary', count: 3, sum: 1.5, quantiles: [{ quantile: 0.5, value: 0.25 }] },
          },
        ],
      },
    ]),
  notifications: {
    list: () => [{ text: 'Damage <&>', timeMs: STARTED_MS, isActive: true }],
    tryFollow: () => null,
  },
  admin: null,
  openApi: new OpenApiTexts('0.1.0', toYaml),
  toYaml,
};

/** Keeps what it was asked to do. */
export class RecordingAdmin implements StorageAdmin {
  readonly asked: string[] = [];

  deleteSamples(request: DeletionRequest): Promise<DeletionCounts> {
    const { matcherSets, rangeStartMsInclusive, rangeEndMsInclusive, dryRun } = request;
    const matchers = matcherSets.map((matchers) => `{${matchers.map(String).join(',')}}`).join(' ');
    this.asked.push(
      `delete ${matchers} ${rangeStartMsInclusive} ${rangeEndMsInclusive}${dryRun ? ' dry' : ''}`,
    );
    return Promise.resolve({ seriesCount: 1, floatCount: 2, histogramCount: 3, exemplarCount: 4 });
  }

  cleanTombstones(): Promise<void> {
    this.asked.push('clean');
    return Promise.resolve();
  }

  snapshot(): Promise<string> {
    this.asked.push('snapshot');
    return Promise.resolve('20260102T030405Z-00000000000000ff');
  }
}

/** @param line method and target @param form a form body */
export async function askServer(
  line: string,
  services: Partial<ServerServices> = {},
  form = '',
): Promise<{ status: number; text: string }> {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', queryString = ''] = target.split('?');
  const headers = new Map([['content-type', 'application/x-www-form-urlencoded']]);
  const request = { method, path, queryString, headers, body: new TextEncoder().encode(form) };
  const api = createServerApi({ ...TEST_SERVICES, ...services });
  const response = await api.handle(request, { isCancelled: () => false });
  return { status: response.status, text: new TextDecoder().decode(response.body) };
}
