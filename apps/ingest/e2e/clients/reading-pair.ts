/** This server with data, and a Prometheus that holds none and reads it from here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '@promontory/base';
import type { Peers } from '@promontory/tools';
import { TestServer } from '../../test/test-server.ts';
import type { SeriesToWrite } from '../../test/write-body.ts';
import type { AnswerPair, AskedPair } from '../differential/ask-all.ts';
import { responseDifferences } from '../differential/compare-responses.ts';
import { makeDataSet, writeBodies } from '../differential/data-set.ts';
import { askQuestion, type Question } from '../differential/query-response.ts';
import { absolute, FEATURES, latestBaseMs } from '../differential/server-pair.ts';
import { BASIC_AUTH_YAML, type RunningClient, startPrometheusClient, targetOf } from './client-servers.ts';
import { ReadProxy, type ReadProxyOptions } from './read-proxy.ts';

/** Prometheus answers some questions now this way and now that: by the order of a hash map. */
const ASKED_AGAIN_MAX = 8;

/** A server with an hour of series of every kind. */
export class DataServer {
  readonly server: TestServer;
  /** What it holds; its times count from the base. */
  readonly series: readonly SeriesToWrite[];
  readonly baseMs: number;

  static async start(seed: number): Promise<DataServer> {
    const server = await TestServer.start();
    const baseMs = latestBaseMs();
    const series = makeDataSet(seed, baseMs);
    for (const body of writeBodies(series, baseMs)) {
      const { status, text } = await server.write(body);
      assert(status === 204, `everything is written: ${text}`);
    }
    return new DataServer(server, series, baseMs);
  }

  private constructor(server: TestServer, series: readonly SeriesToWrite[], baseMs: number) {
    this.server = server;
    this.series = series;
    this.baseMs = baseMs;
  }
}

export class ReadingPair implements AskedPair {
  readonly proxy: ReadProxy;
  readonly #peers: Peers;
  readonly #data: DataServer;
  readonly #folder: string;
  #reader: RunningClient | null = null;
  #starts = 0;

  static async start(
    peers: Peers,
    data: DataServer,
    acceptedResponseTypes: ReadProxyOptions['acceptedResponseTypes'],
  ): Promise<ReadingPair> {
    const proxy = await ReadProxy.start({ target: targetOf(data.server), acceptedResponseTypes });
    const folder = await mkdtemp(join(tmpdir(), 'promontory-reading-'));
    const pair = new ReadingPair(peers, data, proxy, folder);
    await pair.renewPrometheus();
    return pair;
  }

  private constructor(peers: Peers, data: DataServer, proxy: ReadProxy, folder: string) {
    this.#peers = peers;
    this.#data = data;
    this.proxy = proxy;
    this.#folder = folder;
  }

  async stop(): Promise<void> {
    await this.#reader?.process.stop();
    await this.proxy.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async renewPrometheus(): Promise<void> {
    await this.#reader?.process.stop();
    this.#reader = await startPrometheusClient(this.#peers, {
      folder: join(this.#folder, String(this.#starts++)),
      features: FEATURES,
      config: () => `remote_read: [{ url: '${this.proxy.url}', read_recent: true, ${BASIC_AUTH_YAML} }]`,
    });
  }

  /** @param question with times that count from the base */
  async ask(question: Question): Promise<AnswerPair> {
    assert(this.#reader !== null, 'the reader runs');
    const asked = absolute(question, this.#data.baseMs / 1000);
    const { target } = this.#reader;
    const actual = await askQuestion(targetOf(this.#data.server), asked);
    for (let left = ASKED_AGAIN_MAX; ; left--) {
      const expected = await askQuestion(target, asked);
      const differences = responseDifferences(asked, actual, expected);
      if (left === 0 || differences.length === 0) return { actual, expected, differences };
    }
  }
}
