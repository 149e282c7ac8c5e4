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

export interface ChildServerProgram {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** How long it may take to become ready; default 30 s. */
  readonly readyTimeoutMs?: number;
  /** How often it is asked whether it is ready; default every 50 ms. */
  readonly readyPollMs?: number;
}

export type ChildServerSpec = ChildServerProgram &
  (
    | {
        /** Answers 2xx once the server is ready. */
        readonly readyUrl: string;
      }
    | {
        /** Matches what the server writes to stdout once it is ready. */
        readonly readyText: RegExp;
      }
  );

export class ChildServer {
  readonly pid: number;
  readonly #spec: ChildServerSpec;
  readonly #startMs = systemClock.monotonicMs();
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #log = '';
  #stdout = '';
  #stderr = '';
  #readyAfterMs = Number.NaN;

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
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = keepEnd(this.#stdout + text);
      this.#keepLog(text);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = keepEnd(this.#stderr + text);
      this.#keepLog(text);
    });
    this.#child.on('error', (error) => this.#keepLog(error.message));
    assert(this.#child.pid !== undefined, `${spec.command} can be started`);
    this.pid = this.#child.pid;
  }

  /** Milliseconds from its start until it was seen ready. */
  get readyAfterMs(): number {
    return this.#readyAfterMs;
  }

  /** What it wrote last to stdout and stderr. */
  get log(): string {
    return this.#log;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
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
    const { readyTimeoutMs = READY_TIMEOUT_MS, readyPollMs = READY_POLL_MS } = this.#spec;
    while (this.#ageMs() < readyTimeoutMs && this.isRunning()) {
      if (await this.#isReady()) {
        this.#readyAfterMs = this.#ageMs();
        return;
      }
      await sleep(readyPollMs);
    }
    throw this.error(this.isRunning() ? 'it does not become ready' : 'it ended before it was ready');
  }

  #ageMs(): number {
    return systemClock.monotonicMs() - this.#startMs;
  }

  async #isReady(): Promise<boolean> {
    if ('readyText' in this.#spec) return this.#spec.readyText.test(this.#stdout);
    try {
      const response = await fetch(this.#spec.readyUrl);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  #keepLog(text: string): void {
    this.#log = keepEnd(this.#log + text);
  }
}

function keepEnd(text: string): string {
  return text.slice(-LOG_CHARACTERS_MAX);
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
