/**
 * A real Prometheus scrapes itself and a node_exporter every second and remote-writes here. The same queries
 * at the same times must have the same answers from both, also after this server was killed and started again; and
 * the native histograms that are stored in the end must be those that Prometheus has.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@promontory/base';
import { type ChildServer, findPeers, freePort } from '@promontory/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStoredHistograms } from '../test/stored-histograms.ts';
import { differences } from './compare-answers.ts';
import { compareHistograms } from './compare-histograms.ts';
import { type ApiTarget, ask, type QueryTime } from './prometheus-api.ts';
import { BOTH_WAYS, EMPTY_QUERY, RAW_SAMPLES } from './real-queries.ts';
import {
  NATIVE_JOB,
  type OwnServerPlace,
  ownTarget,
  prometheusTarget,
  startNodeExporter,
  startOwnServer,
  startPrometheus,
} from './real-servers.ts';

const SCRAPING_MS = 30_000;
const CATCH_UP_TIMEOUT_MS = 30_000;
const CATCH_UP_POLL_MS = 500;
const RANGE_S = 8;
const STEP_S = 1.5;
const HISTOGRAM_RANGE_S = 20;

const peers = await findPeers();
const queries: readonly (readonly [query: string, kind: 'instant' | 'range'])[] = [
  ...BOTH_WAYS.flatMap((query) => [[query, 'instant'] as const, [query, 'range'] as const]),
  ...RAW_SAMPLES.map((query) => [query, 'instant'] as const),
];

describe.skipIf(peers === null)('a real Prometheus that remote-writes here', () => {
  const running: ChildServer[] = [];
  let folder = '';
  let own: OwnServerPlace;
  let ownServer: ChildServer;
  let ownApi: ApiTarget;
  let prometheusApi: ApiTarget;
  /** Every query is asked as of this time. */
  let askedS = 0;
  /** The same after the kill. */
  let laterS = 0;

  beforeAll(async () => {
    if (peers === null) return;
    folder = await mkdtemp(join(tmpdir(), 'promontory-e2e-'));
    own = { port: await freePort(), dataFolder: join(folder, 'own') };
    ownServer = await startOwnServer(own);
    const nodeExporterPort = await freePort();
    running.push(await startNodeExporter(peers, nodeExporterPort));
    const port = await freePort();
    const prometheusFolder = join(folder, 'prometheus');
    await mkdir(prometheusFolder);
    running.push(
      await startPrometheus(peers, {
        folder: prometheusFolder,
        port,
        nodeExporterPort,
        writePort: own.port,
      }),
    );
    ownApi = ownTarget(own.port);
    prometheusApi = prometheusTarget(port);
    await sleep(SCRAPING_MS);
    askedS = Math.floor(systemClock.nowMs() / 1000);
    await untilCaughtUp(askedS);
  });

  afterAll(async () => {
    for (const server of running.toReversed()) await server.stop();
    await ownServer?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  /** Waits until both hold the same samples, so that what is compared was sent; the comparison decides. */
  async function untilCaughtUp(atS: number): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + CATCH_UP_TIMEOUT_MS;
    while (systemClock.monotonicMs() < deadlineMs) {
      await sleep(CATCH_UP_POLL_MS);
      const found = await Promise.all(RAW_SAMPLES.map((query) => differencesOf(query, { atS })));
      if (found.flat().length === 0) return;
    }
  }

  async function differencesOf(query: string, time: QueryTime): Promise<string[]> {
    const [actual, expected] = await Promise.all([ask(ownApi, query, time), ask(prometheusApi, query, time)]);
    return differences(actual, expected);
  }

  function timeOf(kind: 'instant' | 'range', atS: number): QueryTime {
    return kind === 'instant' ? { atS } : { startS: atS - RANGE_S, endS: atS, stepS: STEP_S };
  }

  async function allDifferences(atS: number): Promise<string[]> {
    const found: string[] = [];
    for (const [query, kind] of queries) {
      for (const difference of await differencesOf(query, timeOf(kind, atS))) {
        found.push(`${kind} ${query}: ${difference}`);
      }
    }
    return found;
  }

  it('has samples worth comparing', async () => {
    const answers = await Promise.all(RAW_SAMPLES.map((query) => ask(prometheusApi, query, { atS: askedS })));
    const samples = answers.flatMap(({ series }) => series.flatMap(({ values }) => values ?? []));
    expect(samples.length).toBeGreaterThan(10_000);
    expect(ownServer.log).toContain(`listening on ${ownApi.baseUrl}`);
  });

  it('asks nothing in vain', async () => {
    const empty: string[] = [];
    for (const query of BOTH_WAYS) {
      const { series } = await ask(prometheusApi, query, { atS: askedS });
      if (series.length === 0) empty.push(query);
    }
    expect(empty).toEqual([EMPTY_QUERY]);
  });

  it.each(queries)('%s (%s)', async (query, kind) => {
    expect(await differencesOf(query, timeOf(kind, askedS))).toEqual([]);
  });

  it('nothing that was acknowledged is missing after SIGKILL and a new start', async () => {
    await ownServer.stop('SIGKILL');
    await sleep(2000);
    ownServer = await startOwnServer(own);
    expect(await allDifferences(askedS)).toEqual([]);
  });

  it('what Prometheus held back meanwhile arrives, and all is the same again', async () => {
    laterS = Math.floor(systemClock.nowMs() / 1000);
    await untilCaughtUp(laterS);
    expect(await allDifferences(laterS)).toEqual([]);
  });

  it('ends in good order on SIGTERM', async () => {
    expect(await ownServer.stop('SIGTERM')).toBe(0);
  });

  it('has stored the native histograms that Prometheus has, from before the kill and after it', async () => {
    const stored = await readStoredHistograms(own.dataFolder, 'job', NATIVE_JOB);
    for (const atS of [askedS, laterS]) {
      const query = `{job="${NATIVE_JOB}"}[${HISTOGRAM_RANGE_S}s]`;
      const answer = await ask(prometheusApi, query, { atS });
      const found = compareHistograms(stored, answer, { atS, rangeS: HISTOGRAM_RANGE_S });
      expect(found.differences).toEqual([]);
      expect(found.count).toBeGreaterThan(2 * HISTOGRAM_RANGE_S);
      expect(found.bucketCount).toBeGreaterThan(found.count);
    }
  });
});
