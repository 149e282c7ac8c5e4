/** What promtool makes of this server: its queries, its check of /metrics, what it pushes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleHistogram } from '../test/write-body.ts';
import { TestServer } from '../test/test-server.ts';
import { dataOf } from './clients/api-data.ts';
import { CREDENTIALS, targetOf, urlOf } from './clients/client-servers.ts';
import { type CommandOutcome, runCommand } from './clients/command.ts';

const STEP_MS = 10_000;
const SAMPLES = 30;
const END_MS = Math.floor(Date.now() / STEP_MS) * STEP_MS;
const START_MS = END_MS - (SAMPLES - 1) * STEP_MS;

const EXPOSITION = `# TYPE pushed_total counter
pushed_total{by="promtool"} 3
# TYPE pushed_celsius gauge
pushed_celsius -4.5
`;

const peers = await findPeers();

interface QueryData {
  readonly result: unknown;
}

describe.skipIf(peers === null)('promtool', () => {
  let folder = '';
  let httpConfig = '';
  let server: TestServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'promontory-promtool-'));
    httpConfig = join(folder, 'http.yml');
    const { username, password } = CREDENTIALS;
    await writeFile(httpConfig, `basic_auth: { username: ${username}, password: ${password} }\n`);
    server = await TestServer.start();
    const times = Array.from({ length: SAMPLES }, (_, index) => START_MS + index * STEP_MS);
    await server.mustWrite([
      {
        labels: { __name__: 'requests_total', job: 'ä b', path: '/"x"' },
        samples: times.map((timeMs, index) => [timeMs, 7 * index]),
      },
      {
        labels: { __name__: 'requests_total', job: 'web' },
        samples: times.map((timeMs, index) => [timeMs, index / 3]),
      },
      { labels: { __name__: 'odd' }, samples: [[END_MS, Number.NEGATIVE_INFINITY]] },
      { labels: { __name__: 'latency' }, histograms: times.map(exampleHistogram) },
    ]);
  });

  afterAll(async () => {
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  function promtool(...args: readonly string[]): Promise<CommandOutcome> {
    return runCommand(peers?.promtool ?? '', args);
  }

  /** @param what the kind of query with its flags */
  async function jsonOf(what: readonly string[], ...after: readonly string[]): Promise<unknown> {
    const [kind = '', ...flags] = what;
    const args = ['query', kind, `--http.config.file=${httpConfig}`, '-o', 'json', ...flags];
    const { stdout, stderr, exitCode } = await promtool(...args, urlOf(server), ...after);
    expect([exitCode, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  }

  it.each(['requests_total', 'rate(requests_total[1m])', 'odd', 'latency', 'requests_total[30s]'])(
    'query instant %s',
    async (query) => {
      const time = String(END_MS / 1000);
      const { result } = await dataOf<QueryData>(targetOf(server), '/api/v1/query', { query, time });
      expect(result).not.toEqual([]);
      expect(await jsonOf(['instant', `--time=${time}`], query)).toEqual(result);
    },
  );

  it.each(['requests_total', 'sum by (job) (increase(requests_total[1m]))', 'latency', 'nothing'])(
    'query range %s',
    async (query) => {
      const [start, end] = [String(START_MS / 1000), String(END_MS / 1000)];
      const range = { query, start, end, step: '30' };
      const { result } = await dataOf<QueryData>(targetOf(server), '/api/v1/query_range', range);
      const flags = ['range', `--start=${start}`, `--end=${end}`, '--step=30s'];
      expect(await jsonOf(flags, query)).toEqual(result);
    },
  );

  it('query instant as text', async () => {
    const flags = ['query', 'instant', `--http.config.file=${httpConfig}`, `--time=${END_MS / 1000}`];
    const { stdout } = await promtool(...flags, urlOf(server), 'requests_total{job="web"}');
    const value = (SAMPLES - 1) / 3;
    expect(stdout).toBe(`requests_total{job="web"} => ${value} @[${END_MS / 1000}]\n`);
  });

  it('query series', async () => {
    const match = '{__name__=~"requests.*|odd"}';
    const [start, end] = [`--start=${START_MS / 1000}`, `--end=${END_MS / 1000}`];
    const found = await jsonOf(['series', start, end, `--match=${match}`]);
    expect(found).toEqual(await dataOf(targetOf(server), '/api/v1/series', { 'match[]': match }));
    expect(found).toHaveLength(3);
  });

  it('query labels', async () => {
    expect(await jsonOf(['labels'], 'job')).toEqual(['web', 'ä b']);
    expect(await dataOf(targetOf(server), '/api/v1/label/job/values')).toEqual(['web', 'ä b']);
  });

  it('query analyze', async () => {
    const { stdout, exitCode } = await promtool(
      'query',
      'analyze',
      `--http.config.file=${httpConfig}`,
      `--server=${urlOf(server)}`,
      '--type=histogram',
      '--duration=5m',
      `--time=${END_MS / 1000}`,
      '--match=latency',
    );
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining('- latency (native): 1/1.000/1') as string,
    ]);
  });

  it('an error of a query has our text', async () => {
    const flags = ['query', 'instant', `--http.config.file=${httpConfig}`];
    const { exitCode, stderr } = await promtool(...flags, urlOf(server), 'sum(');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/bad_data: .*parse error/) as string]);
  });

  it('without credentials nothing is answered', async () => {
    const { exitCode, stderr } = await promtool('query', 'instant', urlOf(server), 'odd');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('unauthorized') as string]);
  });

  it('check metrics finds nothing wrong with ours', async () => {
    const { text } = await server.request('/metrics');
    const outcome = await runCommand(peers?.promtool ?? '', ['check', 'metrics'], text);
    expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('check healthy and ready', async () => {
    for (const check of ['healthy', 'ready']) {
      const { exitCode, stderr } = await promtool('check', check, `--url=${urlOf(server)}`);
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('SUCCESS') as string]);
    }
  });

  it('push metrics', async () => {
    const file = join(folder, 'pushed.prom');
    await writeFile(file, EXPOSITION);
    const url = `${urlOf(server)}/api/v1/write`;
    const { exitCode, stderr } = await promtool(
      'push',
      'metrics',
      `--http.config.file=${httpConfig}`,
      '--label=job=pushed',
      url,
      file,
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    const { result } = await dataOf<QueryData>(targetOf(server), '/api/v1/query', {
      query: '{job="pushed"}',
    });
    expect(result).toHaveLength(2);
  });
});
