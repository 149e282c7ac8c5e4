/**
 * vmalert evaluates rules over this server, writes their results back to it, and after a restart reads from it since when
 * its alerts are active.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@promontory/base';
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import { dataOf, metricsOf } from './clients/api-data.ts';
import { CREDENTIALS, type RunningClient, startVictoria, targetOf, urlOf } from './clients/client-servers.ts';
import { runCommand } from './clients/command.ts';
import { until } from './clients/until.ts';
import { askQuestion, type ResponseSeries } from './differential/query-response.ts';

const WRITE_EVERY_MS = 500;
const RULES = `
groups:
  - name: ours
    interval: 1s
    rules:
      - record: job:requests:rate
        expr: sum by (job) (rate(requests_total[10s]))
        labels: { by: vmalert }
      - record: job:latency:quantile
        expr: histogram_quantile(0.5, latency)
      - alert: TooHot
        expr: temperature_celsius > 30
        for: 1h
        labels: { severity: page }
        annotations: { summary: '{{ $labels.room }} has {{ $value }}' }
      - alert: Fires
        expr: temperature_celsius > 20
      - alert: Never
        expr: absent(temperature_celsius)
`;

const REPLAYED_MS = 4000;
const LATER_RULES = `
groups:
  - name: later
    interval: 1s
    rules: [{ record: 'room:temperature:max', expr: max by (room) (temperature_celsius) }]
`;

interface AlertsData {
  readonly alerts: readonly {
    readonly name: string;
    readonly state: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly activeAt: string;
    readonly restored: boolean;
  }[];
}

const peers = await findPeers();

describe.skipIf(peers === null)('vmalert', () => {
  let folder = '';
  let server: TestServer;
  let alert: RunningClient;
  const end = new AbortController();
  let writing: Promise<void>;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-vmalert-'));
    await writeFile(join(folder, 'rules.yml'), RULES);
    server = await TestServer.start();
    writing = writeOnAndOn();
    alert = await startAlert();
  });

  afterAll(async () => {
    end.abort();
    await writing;
    await alert?.process.stop();
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  async function writeOnAndOn(): Promise<void> {
    while (!end.signal.aborted) {
      const nowMs = systemClock.nowMs();
      const value = Math.floor(nowMs / 100);
      await server.mustWrite([
        { labels: { __name__: 'requests_total', job: 'api' }, samples: [[nowMs, value]] },
        { labels: { __name__: 'temperature_celsius', room: 'attic' }, samples: [[nowMs, 35.5]] },
        { labels: { __name__: 'latency_bucket', le: '1' }, samples: [[nowMs, 1]] },
      ]);
      await sleep(WRITE_EVERY_MS);
    }
  }

  function accesses(): string[] {
    return ['datasource', 'remoteWrite', 'remoteRead'].flatMap((kind) => [
      `-${kind}.url=${urlOf(server)}`,
      `-${kind}.basicAuth.username=${CREDENTIALS.username}`,
      `-${kind}.basicAuth.password=${CREDENTIALS.password}`,
    ]);
  }

  function startAlert(): Promise<RunningClient> {
    if (peers === null) throw new Error('the peers are there');
    const flags = [
      `-rule=${join(folder, 'rules.yml')}`,
      '-notifier.blackhole',
      '-remoteWrite.flushInterval=200ms',
      '-rule.evalDelay=0s',
    ];
    return startVictoria('vmalert', peers, [...flags, ...accesses()]);
  }

  async function seriesOf(query: string): Promise<readonly ResponseSeries[]> {
    const { data } = await askQuestion(targetOf(server), {
      query,
      time: { atS: systemClock.nowMs() / 1000 },
    });
    return (data?.result ?? []) as readonly ResponseSeries[];
  }

  function untilSeries(query: string): Promise<readonly ResponseSeries[]> {
    return until(query, async () => {
      const found = await seriesOf(query);
      return found.length > 0 ? found : null;
    });
  }

  it('writes what recording rules say', async () => {
    const [series] = await untilSeries('job:requests:rate > 8 < 12');
    expect(series?.metric).toEqual({ __name__: 'job:requests:rate', by: 'vmalert', job: 'api' });
  });

  it('writes the state of alerts', async () => {
    const labels = { alertgroup: 'ours', room: 'attic' };
    const [pending] = await untilSeries('ALERTS{alertname="TooHot"}');
    expect(pending?.metric).toEqual({
      __name__: 'ALERTS',
      alertname: 'TooHot',
      alertstate: 'pending',
      severity: 'page',
      ...labels,
    });
    const [firing] = await untilSeries('ALERTS{alertname="Fires",alertstate="firing"}');
    expect(firing?.value?.[1]).toBe('1');
    expect(await untilSeries('ALERTS_FOR_STATE{alertname="TooHot"}')).toHaveLength(1);
    expect(await seriesOf('ALERTS{alertname="Never"}')).toEqual([]);
  });

  it('knows after a restart since when an alert is active', async () => {
    const [state] = await untilSeries('ALERTS_FOR_STATE{alertname="TooHot"}');
    const activeAtS = Number(state?.value?.[1]);
    await alert.process.stop();
    const restartedS = systemClock.nowMs() / 1000;
    alert = await startAlert();
    const restored = await until('the alert is there again', async () => {
      const { alerts } = await dataOf<AlertsData>(alert.target, '/api/v1/alerts');
      return alerts.find(({ name, restored: isRestored }) => name === 'TooHot' && isRestored) ?? null;
    });
    expect(restored.state).toBe('pending');
    expect(restored.annotations).toEqual({ summary: 'attic has 35.5' });
    expect(Date.parse(restored.activeAt) / 1000).toBeCloseTo(activeAtS, -1);
    expect(Date.parse(restored.activeAt) / 1000).toBeLessThan(restartedS);
  });

  it('makes up for rules that were not there', async () => {
    const rules = join(folder, 'later.yml');
    await writeFile(rules, LATER_RULES);
    const nowMs = systemClock.nowMs();
    const { exitCode, stderr } = await runCommand(peers?.vmalert ?? '', [
      `-rule=${rules}`,
      ...accesses(),
      '-httpListenAddr=',
      '-loggerLevel=WARN',
      '-replay.disableProgressBar',
      `-replay.timeFrom=${new Date(nowMs - REPLAYED_MS).toISOString()}`,
      `-replay.timeTo=${new Date(nowMs).toISOString()}`,
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    const [count] = await seriesOf('count_over_time(room:temperature:max{room="attic"}[1m])');
    expect(Number(count?.value?.[1])).toBeGreaterThan(2);
  });

  it('nothing failed', async () => {
    const errors = await metricsOf(
      alert.target,
      /^vmalert_(remotewrite_(errors|dropped_rows)_total|execution_errors_total|(alerting|recording)_rules_errors_total)/,
    );
    expect(errors.size).toBeGreaterThanOrEqual(5);
    expect(alert.process.log).toBe('');
    expect([...errors.values()].filter((count) => count !== 0)).toEqual([]);
  });
});
