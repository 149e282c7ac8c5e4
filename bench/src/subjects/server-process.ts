/** Starts a server on a free port with a data directory of its own, waits until it answers, stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, PromontoryError, systemClock } from '@promontory/base';
import { ERR_BENCH_SUBJECT } from '../error-codes.ts';
import { type ProcessMemory, ProcessStats } from '../process-stats.ts';
import type { QueryRow, RunningSubject } from './subject.ts';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
const STOP_TIMEOUT_MS = 15_000;
const LOG_BYTES_MAX = 1 << 16;

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  args(address: { host: string; port: number }, dataFolder: string): Promise<string[]>;
  readonly readyPath: string;
  readonly writePath: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface InstantQueryAnswer {
  readonly status: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

export class ServerProcess implements RunningSubject {
  readonly address: { readonly host: string; readonly port: number };
  readonly writePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #spec: ServerSpec;
  readonly #child: ChildProcess;
  readonly #stats: ProcessStats;
  readonly #dataFolder: string;
  #log = '';

  /** @throws PromontoryError ERR_BENCH_SUBJECT when it does not become ready */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'promontory-bench-'));
    const address = { host: HOST, port: await freePort() };
    const server = new ServerProcess(spec, address, dataFolder, await spec.args(address, dataFolder));
    try {
      await server.#waitUntilReady();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(
    spec: ServerSpec,
    address: { host: string; port: number },
    dataFolder: string,
    args: readonly string[],
  ) {
    this.address = address;
    this.writePath = spec.writePath;
    this.headers = spec.headers;
    this.#spec = spec;
    this.#dataFolder = dataFolder;
    this.#child = spawn(spec.command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.#keepLog(chunk));
    }
    this.#child.on('error', (error) => this.#keepLog(error.message));
    assert(this.#child.pid !== undefined, `${spec.name} starts: ${spec.command}`);
    this.#stats = new ProcessStats(this.#child.pid);
  }

  cpuMs(): number {
    return this.#stats.cpuMs();
  }

  memory(): ProcessMemory {
    return this.#stats.memory();
  }

  async query(expression: string, timeMs: number): Promise<QueryRow[]> {
    const response = await fetch(this.#url('/api/v1/query'), {
      method: 'POST',
      headers: { ...this.headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: expression, time: String(timeMs / 1000) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw this.#error(`query ${expression} answered ${response.status} ${text.slice(0, 500)}`);
    const { data } = JSON.parse(text) as InstantQueryAnswer;
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async stop(): Promise<void> {
    if (this.#isRunning()) {
      const closed = new Promise((resolve) => this.#child.once('close', resolve));
      this.#child.kill('SIGTERM');
      const isClosed = await Promise.race([
        closed.then(() => true),
        sleep(STOP_TIMEOUT_MS, false, { ref: false }),
      ]);
      if (!isClosed) this.#child.kill('SIGKILL');
      await closed;
    }
    await rm(this.#dataFolder, { recursive: true, force: true });
  }

  async #waitUntilReady(): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + READY_TIMEOUT_MS;
    while (systemClock.monotonicMs() < deadlineMs && this.#isRunning()) {
      try {
        if ((await fetch(this.#url(this.#spec.readyPath))).ok) return;
      } catch {
        // Not listening yet.
      }
      await sleep(READY_POLL_MS);
    }
    throw this.#error('it does not become ready');
  }

  #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #url(path: string): string {
    return `http://${this.address.host}:${this.address.port}${path}`;
  }

  #keepLog(chunk: Buffer | string): void {
    this.#log = (this.#log + chunk.toString()).slice(-LOG_BYTES_MAX);
  }

  #error(why: string): PromontoryError {
    return new PromontoryError(`cannot measure ${this.#spec.name}: ${why}\n${this.#log.slice(-2000)}`, {
      code: ERR_BENCH_SUBJECT,
      kind: 'unavailable',
    });
  }
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      assert(typeof address === 'object' && address !== null, 'a TCP server has an address');
      server.close(() => resolve(address.port));
    });
  });
}
