/**
 * HTTP/1.1 spoken by hand over a socket, for requests that well-behaved clients do not send and for
 * answers that they hide: what is sent is exactly the text given, what comes back is read as it stands.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK_HOST } from '@promontory/tools';
import { AUTHORIZATION } from './test-server.ts';

const ANSWER_TIMEOUT_MS = 8000;
const HEAD_END = '\r\n\r\n';

export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => undefined;

  static to(port: number): Promise<RawConnection> {
    return RawConnection.over(connect(port, LOOPBACK_HOST), 'connect');
  }

  /** @param readyEvent emitted once the socket can be written to */
  static over(socket: Socket, readyEvent: 'connect' | 'secureConnect'): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once(readyEvent, () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    // A reset is one way of being closed.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    socket.on('end', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** Everything received that no answer has taken yet. */
  get received(): Buffer {
    return this.#received;
  }

  send(...parts: readonly (string | Uint8Array)[]): void {
    for (const part of parts) this.socket.write(part);
  }

  /** @param bodyExpected false for the answer to a HEAD request */
  async answer(bodyExpected = true): Promise<RawAnswer> {
    const headEnd = await this.#until(() => indexOrNull(this.#received.indexOf(HEAD_END)));
    const [statusLine = '', ...lines] = this.#received.subarray(0, headEnd).toString('latin1').split('\r\n');
    const headers = new Map(lines.map(splitHeader));
    const bodyStart = headEnd + HEAD_END.length;
    const length = bodyExpected ? Number(headers.get('content-length') ?? 0) : 0;
    await this.#until(() => indexOrNull(this.#received.length >= bodyStart + length ? 0 : -1));
    const body = this.#received.subarray(bodyStart, bodyStart + length);
    this.#received = this.#received.subarray(bodyStart + length);
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]), headers, body };
  }

  /** The status of an answer after which the other side closes; its body may end with the connection. */
  async lastStatus(): Promise<number> {
    await this.closed();
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.#received.toString('latin1'))?.[1]);
  }

  /** Waits until the other side has closed. */
  async closed(): Promise<void> {
    await this.#until(() => (this.#isClosed ? 0 : null), true);
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(find: () => number | null, isCloseFine = false): Promise<number> {
    const timeout = sleep(ANSWER_TIMEOUT_MS, 'timeout', { ref: false });
    for (;;) {
      const found = find();
      if (found !== null) return found;
      if (this.#isClosed && !isCloseFine) throw this.#error('the connection was closed');
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      if ((await Promise.race([woken, timeout])) === 'timeout') throw this.#error('nothing comes');
    }
  }

  #error(why: string): Error {
    return new Error(`${why}; received ${JSON.stringify(this.#received.toString('latin1').slice(0, 500))}`);
  }
}

function indexOrNull(index: number): number | null {
  return index < 0 ? null : index;
}

function splitHeader(line: string): [string, string] {
  const colonAt = line.indexOf(':');
  return [line.slice(0, colonAt).toLowerCase(), line.slice(colonAt + 1).trim()];
}

/** A request head with Host and credentials, ended by an empty line. */
export function head(requestLine: string, ...headers: readonly string[]): string {
  const lines = [`${requestLine} HTTP/1.1`, 'Host: localhost', `Authorization: ${AUTHORIZATION}`, ...headers];
  return `${lines.join('\r\n')}${HEAD_END}`;
}

export const WRITE_HEADERS = ['Content-Type: application/x-protobuf', 'Content-Encoding: snappy'] as const;

/** One chunk of a chunked body. */
export function chunk(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';
