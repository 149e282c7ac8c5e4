/** A measured server: a child process on a free port, with a data directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '@promontory/base';
import { ChildServer, freePort, LOOPBACK_HOST } from '@promontory/tools';
import { type ProcessMemory, ProcessStats } from '../process-stats.ts';
import { readValue } from '../record/exposition-text.ts';
import type { QueryRow, RunningSubject } from './subject.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Peers read back a log of millions of samples at their start. */
const READY_TIMEOUT_MS = 120_000;
/** Fine enough to time a start. */
const READY_POLL_MS = 5;

export interface ServerFolders {
  readonly workFolder: string;
  readonly storageFolder: string;
}

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  /** `storageFolder` is inside `workFolder`, where other files of the server may lie. */
  args(address: Address, folders: ServerFolders): Promise<string[]>;
  readonly readyPath: string;
  readonly writePath: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface InstantQueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

export class ServerProcess implements RunningSubject {
  readonly address: Address;
  readonly writePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly storageFolder: string;
  readonly #spec: ServerSpec;
  readonly #workFolder: string;
  #server: ChildServer;
  #stats: ProcessStats;

  /** @throws PromontoryError ERR_CHILD_SERVER when it does not become ready */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    const workFolder = await mkdtemp(join(tmpdir(), 'promontory-bench-'));
    try {
      const address = { host: LOOPBACK_HOST, port: await freePort() };
      const server = await startChild(spec, address, foldersIn(workFolder));
      return new ServerProcess(spec, address, workFolder, server);
    } catch (error) {
      await rm(workFolder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(spec: ServerSpec, address: Address, workFolder: string, server: ChildServer) {
    this.address = address;
    this.writePath = spec.writePath;
    this.headers = spec.headers;
    this.storageFolder = foldersIn(workFolder).storageFolder;
    this.#spec = spec;
    this.#workFolder = workFolder;
    this.#server = server;
    this.#stats = new ProcessStats(server.pid);
  }

  cpuMs(): number {
    return this.#stats.cpuMs();
  }

  memory(): ProcessMemory {
    return this.#stats.memory();
  }

  forgetResidentPeak(): void {
    this.#stats.forgetResidentPeak();
  }

  async query(expression: string, timeMs: number): Promise<QueryRow[]> {
    const response = await fetch(`http://${this.address.host}:${this.address.port}/api/v1/query`, {
      method: 'POST',
      headers: { ...this.headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: expression, time: String(timeMs / 1000) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw this.#server.error(`query ${expression} answered ${response.status} ${text.slice(0, 500)}`);
    }
    const { data } = JSON.parse(text) as InstantQueryAnswer;
    return data.result.map(({ metric, value }) => ({ labels: metric, value: readValue(value[1]) }));
  }

  async get(path: string): Promise<string> {
    const response = await fetch(`http://${this.address.host}:${this.address.port}${path}`);
    const text = await response.text();
    if (!response.ok) throw this.#server.error(`${path} answered ${response.status} ${text.slice(0, 500)}`);
    return text;
  }

  async ownMetric(name: string): Promise<number> {
    const lines = (await this.get('/metrics')).split('\n');
    const line = lines.find((each) => each.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  async shutDown(): Promise<void> {
    if ((await this.#server.stop()) === null) throw this.#server.error('it does not end by itself');
  }

  async kill(): Promise<void> {
    await this.#server.stop('SIGKILL');
  }

  async startAgain(): Promise<number> {
    assert(!this.#server.isRunning(), 'one process at a time uses the data');
    this.#server = await startChild(this.#spec, this.address, foldersIn(this.#workFolder));
    this.#stats = new ProcessStats(this.#server.pid);
    return this.#server.readyAfterMs;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#workFolder, { recursive: true, force: true });
  }
}

function foldersIn(workFolder: string): ServerFolders {
  return { workFolder, storageFolder: join(workFolder, 'data') };
}

async function startChild(spec: ServerSpec, address: Address, folders: ServerFolders): Promise<ChildServer> {
  return ChildServer.start({
    name: spec.name,
    command: spec.command,
    args: await spec.args(address, folders),
    readyUrl: `http://${address.host}:${address.port}${spec.readyPath}`,
    readyTimeoutMs: READY_TIMEOUT_MS,
    readyPollMs: READY_POLL_MS,
  });
}
