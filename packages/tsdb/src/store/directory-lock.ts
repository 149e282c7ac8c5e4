/**
 * One owner per data directory. The owner listens on a Unix socket in it, so the lock goes with the process
 * however it ends, and whoever is refused can be told which process holds it.
 */
import { createConnection, createServer, type Server } from 'node:net';
import { mkdir, unlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errorCode, PromontoryError } from '@promontory/base';
import { ERR_STORE_LOCKED } from '../error-codes.ts';

const SOCKET_NAME = 'lock.sock';
const ATTEMPTS_MAX = 5;

export class DirectoryLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Makes the directory when it is not there and takes its lock.
   *
   * @throws PromontoryError ERR_STORE_LOCKED when somebody else holds it
   */
  static async acquire(directory: string): Promise<DirectoryLock> {
    await mkdir(directory, { recursive: true });
    const path = socketPath(directory);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const server = await tryListen(path);
      if (server !== null) return new DirectoryLock(server);
      const holder = await askHolder(path);
      if (holder !== null) throw lockedError(directory, holder);
      await unlink(path).catch(() => undefined);
    }
    throw lockedError(directory, 'unknown');
  }

  /** Calling it twice is fine. */
  async release(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** Socket paths are limited to about 100 bytes: take the shorter of the absolute and the relative one. */
function socketPath(directory: string): string {
  const absolute = join(directory, SOCKET_NAME);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length ? fromHere : absolute;
}

function tryListen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(String(process.pid));
    });
    server.once('error', (error) => {
      if (errorCode(error) === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** @returns the holder's process id, or null when nobody answers */
function askHolder(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(path);
    socket.setTimeout(2000, () => {
      socket.destroy();
      resolve('unknown');
    });
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', () => resolve(null));
  });
}

function lockedError(directory: string, holder: string): PromontoryError {
  return new PromontoryError(
    `cannot open ${directory}: it is in use by process ${holder}; stop that process or choose another directory`,
    { code: ERR_STORE_LOCKED, kind: 'unavailable', context: { directory, holder } },
  );
}
