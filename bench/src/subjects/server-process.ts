/** A measured server: a child process on a free port, with a data directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer, freePort, LOOPBACK_HOST } from '@promontory/tools';
import { type ProcessMemory, ProcessStats } from '../process-stats.ts';
import type { QueryRow, RunningSubject } from './subject.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  args(address: Address, dataFolder: string): Promise<string[]>;
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
  readonly #server: ChildServer;
  readonly #stats: ProcessStats;
  readonly #dataFolder: string;

  /** @throws PromontoryError ERR_CHILD_SERVER when it does not become ready */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'promontory-bench-'));
    try {
      const address = { host: LOOPBACK_HOST, port: await freePort() };
      const server = await ChildServer.start({
        name: spec.name,
        command: spec.command,
        args: await spec.args(address, dataFolder),
        readyUrl: `http://${address.host}:${address.port}${spec.readyPath}`,
      });
      return new ServerProcess(spec, address, dataFolder, server);
    } catch (error) {
      await rm(dataFolder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(spec: ServerSpec, address: Address, dataFolder: string, server: ChildServer) {
    this.address = address;
    this.writePath = spec.writePath;
    this.headers = spec.headers;
    this.#server = server;
    this.#stats = new ProcessStats(server.pid);
    this.#dataFolder = dataFolder;
  }

  cpuMs(): number {
    return this.#stats.cpuMs();
  }

  memory(): ProcessMemory {
    return this.#stats.memory();
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
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async ownMetric(name: string): Promise<number> {
    const response = await fetch(`http://${this.address.host}:${this.address.port}/metrics`);
    const lines = (await response.text()).split('\n');
    const line = lines.find((each) => each.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#dataFolder, { recursive: true, force: true });
  }
}
