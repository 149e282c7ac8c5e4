/** Another server as a child process: started, waited for, killed or stopped. For tests and benchmarks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, PromontoryError, systemClock } from '@promontory/base';
import { ERR_CHILD_SERVER } from '../error-codes.ts';

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
const STOP_TIMEOUT_MS = 15_000;
const LOG_CHARACTERS_MAX = 1 << 16;
const LOG_CHARACTERS_SHOWN = 2000;

export const LOOPBACK_HOST = '127.0.0.1';

export interface ChildServerSpec {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Answers 2xx once the server is ready. */
  readonly readyUrl: string;
}

export class ChildServer {
  readonly pid: number;
  readonly #spec: ChildServerSpec;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #log = '';

  /** @throws PromontoryError ERR_CHILD_SERVER, with the end of its log, when it does not become ready */
  static async start(spec: ChildServerSpec): Promise<ChildServer> {
    const server = new ChildServer(spec);
    try {
      await server.#waitUntilReady();
      return server;
    } catch (error) {
      await server.stop('SIGKILL');
      throw error;
    }
  }

  private constructor(spec: ChildServerSpec) {
    this.#spec = spec;
    this.#child = spawn(spec.command, spec.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.#keepLog(chunk.toString('utf8')));
    }
    this.#child.on('error', (error) => this.#keepLog(error.message));
    assert(this.#child.pid !== undefined, `${spec.command} can be started`);
    this.pid = this.#child.pid;
  }

  /** What it wrote last to stdout and stderr. */
  get log(): string {
    return this.#log;
  }

  isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Sends the signal and waits for the end; SIGKILL follows when that takes too long.
   *
   * @returns the exit code, or null after a signal; a process that has ended already keeps what it had
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.isRunning()) {
      this.#child.kill(signal);
      const ended = this.#closed.then(() => true);
      const isEnded = await Promise.race([ended, sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
      if (!isEnded) this.#child.kill('SIGKILL');
    }
    await this.#closed;
    return this.#child.exitCode;
  }

  /** An error that shows the end of the log. */
  error(why: string): PromontoryError {
    return new PromontoryError(
      `cannot use ${this.#spec.name}: ${why}\n${this.#log.slice(-LOG_CHARACTERS_SHOWN)}`,
      { code: ERR_CHILD_SERVER, kind: 'unavailable' },
    );
  }

  async #waitUntilReady(): Promise<void> {
    const deadlineMs = systemClock.monotonicMs() + READY_TIMEOUT_MS;
    while (systemClock.monotonicMs() < deadlineMs && this.isRunning()) {
      try {
        const response = await fetch(this.#spec.readyUrl);
        await response.arrayBuffer();
        if (response.ok) return;
      } catch {
        // Not listening yet.
      }
      await sleep(READY_POLL_MS);
    }
    throw this.error(this.isRunning() ? 'it does not become ready' : 'it ended before it was ready');
  }

  #keepLog(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_CHARACTERS_MAX);
  }
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, LOOPBACK_HOST, () => {
      const address = server.address();
      assert(typeof address === 'object' && address !== null, 'a TCP server has an address');
      server.close(() => resolve(address.port));
    });
  });
}
