/** This server and a Prometheus that were sent the same bytes. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, systemClock } from '@promontory/base';
import { type ChildServer, freePort, type Peers } from '@promontory/tools';
import type { ApiTarget } from '../prometheus-api.ts';
import { ownTarget, prometheusTarget, startOwnServer, startPrometheusReceiver } from '../real-servers.ts';
import type { AnswerPair, AskedPair } from './ask-all.ts';
import { responseDifferences } from './compare-responses.ts';
import { makeDataSet, writeBodies } from './data-set.ts';
import { askQuestion, type Question } from './query-response.ts';
import { DATA_MS } from './time-slots.ts';

/** Types and units as labels are left out: they would change every series. */
export const FEATURES = [
  'native-histograms',
  'promql-experimental-functions',
  'promql-duration-expr',
  'promql-delayed-name-removal',
];
/** The data starts at a multiple of this, so that the steps of subqueries fall on samples as in every run. */
const BASE_ALIGNMENT_MS = 600_000;
/** Late samples lie behind the end of the data. */
const AFTER_DATA_MS = 60_000;
/**
 * Prometheus answers some questions now this way and now that: it goes through series in the order of a hash map
 * behind binary operators, and what it tells of a group of floats and histograms depends on that.
 */
const ASKED_AGAIN_MAX = 8;
const TIME_IN_QUERY = /@ T(-?[\d.]+)/g;

interface Running {
  readonly server: ChildServer;
  readonly target: ApiTarget;
}

export class ServerPair implements AskedPair {
  /** Times of questions count from here, in seconds. */
  readonly baseS: number;
  readonly #peers: Peers;
  readonly #folder: string;
  readonly #bodies: readonly Uint8Array[];
  #own: Running | null = null;
  #prometheus: Running | null = null;

  static async start(peers: Peers, seed: number): Promise<ServerPair> {
    const pair = new ServerPair(peers, seed, await mkdtemp(join(tmpdir(), 'promontory-differential-')));
    try {
      await pair.#startOwn();
      await pair.renewPrometheus();
      return pair;
    } catch (error) {
      await pair.stop();
      throw error;
    }
  }

  private constructor(peers: Peers, seed: number, folder: string) {
    const baseMs = latestBaseMs();
    this.baseS = baseMs / 1000;
    this.#peers = peers;
    this.#folder = folder;
    this.#bodies = writeBodies(makeDataSet(seed, baseMs), baseMs);
  }

  async stop(): Promise<void> {
    await this.#prometheus?.server.stop();
    await this.#own?.server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Starts another Prometheus in place of the last one, with the same samples. */
  async renewPrometheus(): Promise<void> {
    await this.#prometheus?.server.stop();
    this.#prometheus = null;
    const port = await freePort();
    const folder = join(this.#folder, `prometheus-${port}`);
    await mkdir(folder);
    const server = await startPrometheusReceiver(this.#peers, { folder, port, features: FEATURES });
    this.#prometheus = { server, target: prometheusTarget(port) };
    for (const body of this.#bodies) await write(this.#prometheus.target, body);
  }

  /** @param question with times that count from the base */
  async ask(question: Question): Promise<AnswerPair> {
    assert(this.#own !== null && this.#prometheus !== null, 'both servers run');
    const asked = absolute(question, this.baseS);
    const { target } = this.#prometheus;
    const [actual, first] = await Promise.all([
      askQuestion(this.#own.target, asked),
      askQuestion(target, asked),
    ]);
    let expected = first;
    let differences = responseDifferences(asked, actual, expected);
    for (let left = ASKED_AGAIN_MAX; left > 0 && differences.length > 0; left--) {
      expected = await askQuestion(target, asked);
      differences = responseDifferences(asked, actual, expected);
    }
    return { actual, expected, differences };
  }

  async #startOwn(): Promise<void> {
    const port = await freePort();
    const server = await startOwnServer({ port, dataFolder: join(this.#folder, 'own') });
    this.#own = { server, target: ownTarget(port) };
    for (const body of this.#bodies) await write(this.#own.target, body);
  }
}

/** Where data may start that is over by now. */
export function latestBaseMs(): number {
  const latestMs = systemClock.nowMs() - DATA_MS - AFTER_DATA_MS;
  return Math.floor(latestMs / BASE_ALIGNMENT_MS) * BASE_ALIGNMENT_MS;
}

async function write(target: ApiTarget, body: Uint8Array): Promise<void> {
  const response = await fetch(`${target.baseUrl}/api/v1/write`, {
    method: 'POST',
    headers: {
      ...target.headers,
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
    },
    body: Buffer.from(body),
  });
  const text = await response.text();
  assert(response.status === 204, `${target.name} takes what is written: ${response.status} ${text}`);
}

/** @returns the question with times of the clock in place of those that count from the base */
export function absolute({ query, time }: Question, baseS: number): Question {
  const at = (timeS: number): number => Math.round((baseS + timeS) * 1000) / 1000;
  return {
    query: query.replaceAll(TIME_IN_QUERY, (_text, timeS: string) => `@ ${at(Number(timeS))}`),
    time:
      'atS' in time
        ? { atS: at(time.atS) }
        : { startS: at(time.startS), endS: at(time.endS), stepS: time.stepS },
  };
}
