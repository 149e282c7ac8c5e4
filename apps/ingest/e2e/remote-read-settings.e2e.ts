/** What a reading Prometheus shows of its settings and of this server's limits. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, systemClock } from '@promontory/base';
import { findPeers } from '@promontory/tools';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import type { Sample } from '../test/write-body.ts';
import {
  BASIC_AUTH_YAML,
  type RunningClient,
  startPrometheusClient,
  urlOf,
} from './clients/client-servers.ts';
import { askQuestion, type QueryResponse } from './differential/query-response.ts';

const SERIES_MAX = 2;
/** As chunks more than the frame that other readers get. */
const LONG_SAMPLES = 300_000;
const LONG_INTERVAL_MS = 5;
const NOW_MS = systemClock.nowMs();

const peers = await findPeers();

describe.skipIf(peers === null)('the settings of a real Prometheus that reads from here', () => {
  let folder = '';
  let server: TestServer;
  let reader: RunningClient | null = null;
  let starts = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'promontory-reading-'));
    server = await TestServer.start({ flags: ['--remote-read-series-max', String(SERIES_MAX)] });
    const samples = [[NOW_MS - 5000, 1]] as const;
    const many = Array.from({ length: SERIES_MAX + 1 }, (_, index) => ({
      labels: { __name__: 'many', index: String(index) },
      samples,
    }));
    const random = new SeededRandom(1);
    const long = Array.from({ length: LONG_SAMPLES }, (_, index): Sample => [
      NOW_MS - index * LONG_INTERVAL_MS,
      random.nextFloat(),
    ]);
    await server.mustWrite([
      { labels: { __name__: 'long' }, samples: long.toReversed() },
      { labels: { __name__: 'up', job: 'outside' }, samples },
      { labels: { __name__: 'up', job: 'ours', monitor: 'my-cluster' }, samples },
      ...many,
    ]);
  });

  afterEach(async () => {
    await reader?.process.stop();
  });

  afterAll(async () => {
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  async function answerTo(query: string, global: string, readOptions = '', auth = BASIC_AUTH_YAML) {
    if (peers === null) throw new Error('unreachable');
    const url = `${urlOf(server)}/api/v1/read`;
    reader = await startPrometheusClient(peers, {
      folder: join(folder, String(starts++)),
      config: () => `global: {${global}}
remote_read: [{ url: '${url}', read_recent: true, ${auth}${readOptions} }]`,
    });
    return askQuestion(reader.target, { query, time: { atS: NOW_MS / 1000 } });
  }

  function labelsOf({ data }: QueryResponse): unknown[] {
    return (data?.result ?? []).map((series) => (typeof series === 'object' ? series.metric : series));
  }

  it('without external_labels every series is found', async () => {
    const response = await answerTo('up', '');
    expect(labelsOf(response)).toEqual([
      { __name__: 'up', job: 'ours', monitor: 'my-cluster' },
      { __name__: 'up', job: 'outside' },
    ]);
    expect(response.warnings).toBeUndefined();
  });

  it('with external_labels only those that have them are, and without them', async () => {
    const response = await answerTo('up', 'external_labels: { monitor: my-cluster }');
    expect(labelsOf(response)).toEqual([{ __name__: 'up', job: 'ours' }]);
    expect(response.warnings).toBeUndefined();
  });

  it('with other external_labels nothing is, and nobody says why', async () => {
    const { status, data, warnings } = await answerTo('up', 'external_labels: { monitor: other }');
    expect({ status, result: data?.result, warnings }).toEqual({ status: 'success', result: [] });
  });

  it('filter_external_labels: false finds every series as it is', async () => {
    const response = await answerTo(
      'up',
      'external_labels: { monitor: other }',
      ', filter_external_labels: false',
    );
    expect(labelsOf(response)).toHaveLength(2);
    expect(labelsOf(response)).toContainEqual({ __name__: 'up', job: 'ours', monitor: 'my-cluster' });
  });

  it('a series of more than a frame is one series', async () => {
    const { data } = await answerTo('count_over_time(long[1h])', '');
    expect(data?.result).toEqual([{ metric: {}, value: [NOW_MS / 1000, String(LONG_SAMPLES)] }]);
  });

  it('a limit is a warning with its text', async () => {
    const { status, data, warnings } = await answerTo('many', '');
    expect({ status, result: data?.result }).toEqual({ status: 'success', result: [] });
    expect(warnings).toHaveLength(1);
    expect(warnings?.[0]).toContain(
      `400 Bad Request: cannot answer remote read: it selects too many series; got ${SERIES_MAX + 1} or more`,
    );
  });

  it('wrong credentials are a warning, too', async () => {
    const { status, warnings } = await answerTo(
      'up',
      '',
      '',
      'basic_auth: { username: tester, password: x }',
    );
    expect([status, warnings?.length]).toEqual(['success', 1]);
    expect(warnings?.[0]).toMatch(/401 Unauthorized: /);
  });
});
