/** The server as a process on a temporary data directory, and the requests that tests make of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assert, systemClock } from '@promontory/base';
import { ChildServer, LOOPBACK_HOST } from '@promontory/tools';
import { type SeriesToWrite, writeBody } from './write-body.ts';

export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const ACCESS_KEY = 'tester:a-secret-of-this-test';
export const AUTHORIZATION = `Basic ${Buffer.from(ACCESS_KEY).toString('base64')}`;

/** Takes minutes: two days of windows that hold two days each. */
export const ENDLESS_QUERY = `/api/v1/query?query=${encodeURIComponent(
  'quantile_over_time(0.5, quantile_over_time(0.5, vector(1)[2d:1s])[2d:1s])',
)}`;

const LISTENING = /^listening on (https?):\/\/127\.0\.0\.1:(\d+)$/m;
const POLL_MS = 10;
const POLL_TIMEOUT_MS = 10_000;

export interface TestServerOptions {
  readonly flags?: readonly string[];
  readonly nodeFlags?: readonly string[];
  /** Kept when the server stops; without it the server has a folder of its own that goes with it. */
  readonly dataFolder?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A series has no `values` when all of its samples are native histograms. */
interface Matrix {
  readonly status: string;
  readonly data: { readonly result: readonly (Pick<FloatSeries, 'metric'> & Partial<FloatSeries>)[] };
}

export interface FloatSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [timeSeconds: number, value: string])[];
}

export class TestServer {
  readonly port: number;
  readonly dataFolder: string;
  readonly process: ChildServer;
  readonly #ownsFolder: boolean;

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const dataFolder = options.dataFolder ?? (await makeFolder());
    const { flags = [], nodeFlags = [] } = options;
    const ownFlags = ['--http-listen', `${LOOPBACK_HOST}:0`, '--data-dir', dataFolder];
    const child = await ChildServer.start({
      name: 'promontory',
      command: process.execPath,
      args: [...nodeFlags, MAIN, ...ownFlags, '--bootstrap-access-key', ACCESS_KEY, ...flags],
      readyText: LISTENING,
    });
    return new TestServer(child, dataFolder, options.dataFolder === undefined);
  }

  private constructor(child: ChildServer, dataFolder: string, ownsFolder: boolean) {
    const port = LISTENING.exec(child.stdout)?.[2];
    assert(port !== undefined, 'a server that is ready has said where it listens');
    this.port = Number(port);
    this.process = child;
    this.dataFolder = dataFolder;
    this.#ownsFolder = ownsFolder;
  }

  /** @returns the exit code, null after a signal */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const exitCode = await this.process.stop(signal);
    if (this.#ownsFolder) await rm(this.dataFolder, { recursive: true, force: true });
    return exitCode;
  }

  async request(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (!headers.has('Authorization')) headers.set('Authorization', AUTHORIZATION);
    const url = `http://${LOOPBACK_HOST}:${this.port}${path}`;
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** @param body series, or a whole body */
  write(body: readonly SeriesToWrite[] | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('/api/v1/write', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy', ...headers },
      body: Buffer.from(body instanceof Uint8Array ? body : writeBody(body)),
    });
  }

  async mustWrite(series: readonly SeriesToWrite[]): Promise<void> {
    const { status, text } = await this.write(series);
    assert(status === 204, `everything is written: ${text}`);
  }

  /** The raw floats of `selector[range]` at a time. */
  async samples(selector: string, rangeText: string, timeMs: number): Promise<FloatSeries[]> {
    const parameters = new URLSearchParams({
      query: `${selector}[${rangeText}]`,
      time: String(timeMs / 1000),
    });
    const answer = await this.request(`/api/v1/query?${parameters.toString()}`);
    assert(answer.status === 200, `the query is answered: ${answer.text}`);
    const { data } = JSON.parse(answer.text) as Matrix;
    return data.result.map(({ metric, values = [] }) => ({ metric, values }));
  }

  /** One sample of /metrics by its name with labels, 0 when it is not there. */
  async metric(name: string): Promise<number> {
    const { text } = await this.request('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  async metricBecomes(name: string, wanted: number): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + POLL_TIMEOUT_MS;
    let value = await this.metric(name);
    while (value !== wanted) {
      if (systemClock.monotonicMs() > deadlineMs)
        throw this.process.error(`${name} is ${value}, want ${wanted}`);
      await sleep(POLL_MS);
      value = await this.metric(name);
    }
  }
}

export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'promontory-test-'));
}
