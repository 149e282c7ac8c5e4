/**
 * vmctl moves what is stored here to VictoriaMetrics by remote read: it asks for samples, unless it is told to take
 * chunks. Unlike Prometheus it gets long series in several frames.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, systemClock } from '@promontory/base';
import { findPeers } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../test/test-server.ts';
import type { Sample, SeriesToWrite } from '../test/write-body.ts';
import { CREDENTIALS, type RunningClient, startVictoria, urlOf } from './clients/client-servers.ts';
import { runCommand } from './clients/command.ts';

const SEED = 11;
const TOLERANCE = 1e-12;
const SECOND_MS = 1000;
/** As chunks more than a frame: nothing of them compresses. */
const LONG_SAMPLES = 300_000;
const LONG_INTERVAL_MS = 5;
const END_MS = Math.floor(systemClock.nowMs() / SECOND_MS) * SECOND_MS;
const START_MS = END_MS - LONG_SAMPLES * LONG_INTERVAL_MS;

interface ExportedSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Infinities are texts. */
  readonly values: readonly (number | string)[];
  readonly timestamps: readonly number[];
}

const peers = await findPeers();

function someSeries(): SeriesToWrite[] {
  const random = new SeededRandom(SEED);
  const at = (count: number, value: (index: number) => number): Sample[] =>
    Array.from({ length: count }, (_, index) => [END_MS - (count - index) * SECOND_MS, value(index)]);
  const long = Array.from({ length: LONG_SAMPLES }, (_, index): Sample => [
    START_MS + index * LONG_INTERVAL_MS,
    random.nextFloat(),
  ]);
  return [
    { labels: { __name__: 'requests_total', job: 'ä"b\\' }, samples: at(300, (index) => (index * 7) % 500) },
    { labels: { __name__: 'temperature_celsius' }, samples: at(300, (index) => index / 8 - 20) },
    { labels: { __name__: 'limits' }, samples: at(2, (index) => (index === 0 ? Infinity : -Infinity)) },
    { labels: { __name__: 'long' }, samples: long },
  ];
}

describe.skipIf(peers === null).each([
  ['samples', []],
  ['chunks', ['--remote-read-use-stream']],
])('vmctl that reads %s', (_kind, flags) => {
  const series = someSeries();
  let folder = '';
  let server: TestServer;
  let victoria: RunningClient;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-vmctl-'));
    server = await TestServer.start();
    for (const each of series) await server.mustWrite([each]);
    victoria = await startVictoria('victoriaMetrics', peers, [`-storageDataPath=${folder}`]);
  });

  afterAll(async () => {
    await victoria?.process.stop();
    await server?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  async function exported(): Promise<ExportedSeries[]> {
    await fetch(`${victoria.target.baseUrl}/internal/force_flush`);
    const selector = encodeURIComponent('{__name__!=""}');
    const response = await fetch(`${victoria.target.baseUrl}/api/v1/export?match[]=${selector}`);
    const lines = (await response.text()).trim().split('\n');
    const found = lines.map((line) => JSON.parse(line) as ExportedSeries);
    return found.toSorted((left, right) => nameOf(left).localeCompare(nameOf(right)));
  }

  it('moves every sample', async () => {
    const outcome = await runCommand(peers?.vmctl ?? '', [
      'remote-read',
      '-s',
      '--disable-progress-bar',
      `--remote-read-src-addr=${urlOf(server)}`,
      `--remote-read-user=${CREDENTIALS.username}`,
      `--remote-read-password=${CREDENTIALS.password}`,
      `--remote-read-filter-time-start=${new Date(START_MS - SECOND_MS).toISOString()}`,
      '--remote-read-step-interval=hour',
      `--vm-addr=${victoria.target.baseUrl}`,
      ...flags,
    ]);
    expect(outcome).toMatchObject({ exitCode: 0 });
    const moved = await exported();
    expect(moved.map(nameOf)).toEqual(['limits', 'long', 'requests_total', 'temperature_celsius']);
    for (const { labels, samples = [] } of series) {
      const found = moved.find(({ metric }) => metric['__name__'] === labels['__name__']);
      expect(found?.metric).toEqual(labels);
      expect(found?.timestamps.length).toBe(samples.length);
      expect(firstDifference(samples, found)).toBeNull();
    }
  });
});

function nameOf({ metric }: ExportedSeries): string {
  return metric['__name__'] ?? '';
}

/** A difference of long lists takes long to be shown. */
function firstDifference(samples: readonly Sample[], found: ExportedSeries | undefined): unknown {
  for (const [index, [timeMs, value]] of samples.entries()) {
    const [actualMs, actual] = [found?.timestamps[index], numberOf(found?.values[index] ?? '')];
    if (actualMs !== timeMs || !isClose(actual, value)) return { index, timeMs, value, actualMs, actual };
  }
  return null;
}

/** VictoriaMetrics keeps some fifteen decimal digits. */
function isClose(actual: number, value: Sample[1]): boolean {
  return actual === value || Math.abs(actual - Number(value)) < TOLERANCE;
}

function numberOf(value: number | string): number {
  return typeof value === 'number' ? value : Number(value);
}
