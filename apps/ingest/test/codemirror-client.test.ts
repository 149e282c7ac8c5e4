/** The editor of Prometheus and Grafana completes from here: its own client and its completion, in no browser. */
import { createRequire } from 'node:module';
import { compress, encodeWriteRequest } from '@promontory/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AUTHORIZATION, TestServer } from './test-server.ts';

interface Completion {
  readonly label: string;
  readonly detail?: string;
  readonly info?: string;
}

interface CompleteStrategy {
  promQL(context: object): Promise<{ readonly options: readonly Completion[] } | null>;
}

interface PrometheusClient {
  metricNames(): Promise<string[]>;
  labelNames(metricName?: string): Promise<string[]>;
  labelValues(labelName: string, metricName?: string): Promise<string[]>;
  series(metricName: string): Promise<object[]>;
  metricMetadata(): Promise<object>;
}

type Config = Readonly<Record<string, unknown>>;

/** The packages have no modules that Node.js loads by import; they must share one copy of the editor's parts. */
const load = createRequire(import.meta.url);
const { PromQLExtension } = load('@prometheus-io/codemirror-promql') as {
  PromQLExtension: new () => { asExtension(): object };
};
const { HTTPPrometheusClient } = load('@prometheus-io/codemirror-promql/dist/cjs/client/prometheus') as {
  HTTPPrometheusClient: new (config: Config) => PrometheusClient;
};
const { newCompleteStrategy } = load('@prometheus-io/codemirror-promql/dist/cjs/complete') as {
  newCompleteStrategy: (config: { remote: Config }) => CompleteStrategy;
};
const { EditorState } = load('@codemirror/state') as {
  EditorState: { create(config: Config): object };
};
const { CompletionContext } = load('@codemirror/autocomplete') as {
  CompletionContext: new (state: object, position: number, isExplicit: boolean) => object;
};

const NOW_MS = Date.now();
let server: TestServer;
let remote: Config;

beforeAll(async () => {
  server = await TestServer.start();
  const labels = { job: 'api', 'http.method': 'GET' };
  await server.mustWrite([
    { labels: { __name__: 'requests_total', ...labels }, samples: [[NOW_MS, 1]] },
    { labels: { __name__: 'requests_total', ...labels, job: 'web' }, samples: [[NOW_MS, 2]] },
    { labels: { __name__: 'up', job: 'api' }, samples: [[NOW_MS, 1]] },
  ]);
  const said = { metricFamilyName: 'requests_total', type: 'counter', help: 'Requests.', unit: '' } as const;
  await server.write(compress(encodeWriteRequest({ series: [], metadata: [said] })));
  remote = {
    url: `http://127.0.0.1:${server.port}`,
    requestHeaders: new Headers({ Authorization: AUTHORIZATION }),
    httpErrorHandler: (error: unknown) => {
      throw error;
    },
  };
});

afterAll(() => server.stop());

it.each(['GET', 'POST'] as const)(
  'its client has names, values, series and metadata by %s',
  async (httpMethod) => {
    const client = new HTTPPrometheusClient({ ...remote, httpMethod });
    expect(await client.metricNames()).toEqual(['requests_total', 'up']);
    expect(await client.labelNames()).toEqual(['__name__', 'http.method', 'job']);
    expect(await client.labelNames('up')).toEqual(['job', '__name__'].toSorted());
    expect(await client.labelValues('job')).toEqual(['api', 'web']);
    expect(await client.labelValues('job', 'up')).toEqual(['api']);
    expect(await client.series('requests_total')).toHaveLength(2);
    expect(await client.metricMetadata()).toMatchObject({
      requests_total: [{ type: 'counter', help: 'Requests.' }],
    });
  },
);

/** @param text the cursor is where `|` is */
async function completionsOf(text: string): Promise<readonly Completion[]> {
  const position = text.indexOf('|');
  const doc = text.replace('|', '');
  const state = EditorState.create({ doc, extensions: [new PromQLExtension().asExtension()] });
  const strategy = newCompleteStrategy({ remote });
  const found = await strategy.promQL(new CompletionContext(state, position, true));
  return found?.options ?? [];
}

it('completes names of metrics, with what is said about them', async () => {
  const found = (await completionsOf('requ|')).find(({ label }) => label === 'requests_total');
  expect(found).toMatchObject({ label: 'requests_total', detail: 'counter', info: 'Requests.' });
});

it.each([
  ['sum by (|)', ['job']],
  ['requests_total{|}', ['job']],
  ['requests_total{job="|"}', ['api', 'web']],
  ['up{job="|"}', ['api']],
])('completes %s', async (text, wanted) => {
  const labels = (await completionsOf(text)).map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(wanted));
});
