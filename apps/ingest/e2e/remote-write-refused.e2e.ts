/**
 * A real Prometheus sends by remote write 2.0 what is refused in part. It must count as failed exactly what was refused, by
 * the headers of the answer, must not send it again, and everything else must be stored.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import { metricsOf } from './clients/api-data.ts';
import {
  BASIC_AUTH_YAML,
  type RunningClient,
  startPrometheusClient,
  targetOf,
  urlOf,
} from './clients/client-servers.ts';
import { ExpositionServer } from './clients/exposition-server.ts';
import { until } from './clients/until.ts';
import { askQuestion } from './differential/query-response.ts';

const SERIES_PER_METRIC_MAX = 1;
const REFUSED_WANTED = 20;

interface Counts {
  readonly refused: number;
  readonly written: number;
}

const peers = await findPeers();

describe.skipIf(peers === null)('a real Prometheus of whose samples some are refused', () => {
  let folder = '';
  let server: TestServer;
  let exposition: ExpositionServer;
  let sender: RunningClient;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-refused-'));
    server = await TestServer.start({ flags: ['--series-per-metric-max', String(SERIES_PER_METRIC_MAX)] });
    exposition = await ExpositionServer.start();
    exposition.begin(systemClock.nowMs());
    sender = await startPrometheusClient(peers, { folder, config });
  });

  afterAll(async () => {
    await sender?.process.stop();
    await exposition?.stop();
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  function config(): string {
    return `
global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs:
  - job_name: text
    static_configs: [{ targets: ['${exposition.address}'] }]
remote_write:
  - url: ${urlOf(server)}/api/v1/write
    ${BASIC_AUTH_YAML}
    protobuf_message: io.prometheus.write.v2.Request
    queue_config: { batch_send_deadline: 200ms }
`;
  }

  async function sumOf(from: 'sender' | 'server', name: string): Promise<number> {
    const target = from === 'sender' ? sender.target : targetOf(server);
    const found = await metricsOf(target, new RegExp(`^${name}(\\{|$)`));
    return [...found.values()].reduce((sum, count) => sum + count, 0);
  }

  async function countsOfSender(): Promise<Counts> {
    const refused = await sumOf('sender', 'prometheus_remote_storage_samples_failed_total');
    return { refused, written: (await sumOf('sender', 'prometheus_remote_storage_samples_total')) - refused };
  }

  async function countsOfServer(): Promise<Counts> {
    return {
      refused: await sumOf('server', 'promontory_write_samples_rejected_total'),
      written: await sumOf('server', 'promontory_write_samples_total'),
    };
  }

  it('both count the same', async () => {
    const counts = await until('the same counts', async () => {
      const ofSender = await countsOfSender();
      if (ofSender.refused < REFUSED_WANTED) throw new Error(`only ${ofSender.refused} refused`);
      const ofServer = await countsOfServer();
      const isSame = ofSender.refused === ofServer.refused && ofSender.written === ofServer.written;
      if (!isSame) throw new Error(`${JSON.stringify(ofServer)}, sender ${JSON.stringify(ofSender)}`);
      return ofSender;
    });
    expect(counts.written).toBeGreaterThan(counts.refused);
    expect(await sumOf('sender', 'prometheus_remote_storage_samples_retried_total')).toBe(0);
  });

  it('of each metric the first series is there', async () => {
    const time = { atS: systemClock.nowMs() / 1000 };
    const query = 'count by (__name__) ({job="text"})';
    const { data } = await askQuestion(targetOf(server), { query, time });
    const counts = (data?.result ?? []).map((each) => (typeof each === 'object' ? each.value?.[1] : null));
    expect(counts.length).toBeGreaterThan(10);
    expect(new Set(counts)).toEqual(new Set([String(SERIES_PER_METRIC_MAX)]));
  });

  it('the sender logs our reason', () => {
    expect(sender.process.log).toContain('ERR_SERIES_PER_METRIC_MAX');
  });
});
