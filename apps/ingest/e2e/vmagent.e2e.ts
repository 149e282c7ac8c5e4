/**
 * vmagent scrapes and sends here with its default settings. It begins with its own protocol, remote write 1.0 in zstd,
 * which it gives up when a server refuses it.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import { dataOf, metricsOf } from './clients/api-data.ts';
import { CREDENTIALS, type RunningClient, startVictoria, targetOf, urlOf } from './clients/client-servers.ts';
import { ExpositionServer, FAMILIES, type FamilyMetadata } from './clients/exposition-server.ts';
import { until } from './clients/until.ts';
import { askQuestion } from './differential/query-response.ts';

const SCRAPES_WANTED = 8;

const peers = await findPeers();

describe.skipIf(peers === null)('vmagent', () => {
  let folder = '';
  let server: TestServer;
  let exposition: ExpositionServer;
  let agent: RunningClient;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-vmagent-'));
    server = await TestServer.start();
    exposition = await ExpositionServer.start();
    exposition.begin(systemClock.nowMs());
    await mkdir(join(folder, 'queue'));
    const config = join(folder, 'scrape.yml');
    await writeFile(
      config,
      `
global: { scrape_interval: 500ms }
scrape_configs:
  - job_name: text
    static_configs: [{ targets: ['${exposition.address}'] }]
`,
    );
    agent = await startVictoria('vmagent', peers, [
      `-promscrape.config=${config}`,
      `-remoteWrite.url=${urlOf(server)}/api/v1/write`,
      `-remoteWrite.basicAuth.username=${CREDENTIALS.username}`,
      `-remoteWrite.basicAuth.password=${CREDENTIALS.password}`,
      `-remoteWrite.tmpDataPath=${join(folder, 'queue')}`,
    ]);
    await until('enough scrapes', async () => ((await upCount()) >= SCRAPES_WANTED ? true : null));
  });

  afterAll(async () => {
    await agent?.process.stop();
    await exposition?.stop();
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  async function upCount(): Promise<number> {
    const [value = '0'] = await valuesOf('count_over_time(up{job="text"}[1m])');
    return Number(value);
  }

  async function valuesOf(query: string): Promise<string[]> {
    const time = { atS: systemClock.nowMs() / 1000 };
    const { data } = await askQuestion(targetOf(server), { query, time });
    return (data?.result ?? []).map((each) => (typeof each === 'object' ? (each.value?.[1] ?? '') : ''));
  }

  it('falls back to snappy and sends everything', async () => {
    const answers = await metricsOf(targetOf(server), /^promontory_http_requests_total\{handler="write"/);
    const [refused = 0, written = 0] = ['415', '204'].map((code) =>
      answers.get(`promontory_http_requests_total{handler="write",code="${code}"}`),
    );
    expect(answers.size).toBe(2);
    expect(refused).toBeGreaterThan(0);
    // No block is refused twice, and those that come after it are not.
    expect(refused).toBeLessThan(written);
    expect(written).toBeGreaterThan(2);
  });

  it('values', async () => {
    expect(await valuesOf('up{job="text"}')).toEqual(['1']);
    expect(await valuesOf('temperature_celsius{room="hot"}')).toEqual(['+Inf']);
    expect(await valuesOf('rpc_seconds{quantile="0.99"}')).toEqual(['NaN']);
    expect(
      await valuesOf('max_over_time(latency_seconds_count[1m]) - 3 * max_over_time(anything{at=""}[1m])'),
    ).toEqual(['0']);
    expect(Number((await valuesOf('rate(requests_total[4s])'))[0])).toBeCloseTo(6, -1);
  });

  it('a series that ends is stale at once', async () => {
    const ranges = 'count_over_time(anything{at="times"}[1m]) < on () count_over_time(anything{at=""}[1m])';
    expect(await valuesOf(ranges.replaceAll('on ()', 'on (job)'))).toHaveLength(1);
  });

  it('metadata', async () => {
    const metadata = await dataOf<Record<string, FamilyMetadata[]>>(targetOf(server), '/api/v1/metadata');
    const withoutUnits = Object.entries(FAMILIES).map(([family, said]) => [family, [{ ...said, unit: '' }]]);
    expect(metadata).toEqual(Object.fromEntries(withoutUnits));
  });

  it('nothing was dropped', async () => {
    const dropped = await metricsOf(
      agent.target,
      /^vmagent_remotewrite_(packets_dropped|samples_dropped)_total/,
    );
    expect([...dropped.values()].filter((count) => count !== 0)).toEqual([]);
    expect(dropped.size).toBeGreaterThan(0);
  });
});
