/** A Unix socket that says who listens on it: it is there exactly as long as its process. */
import { createConnection, createServer, type Server } from 'node:net';
import { errorCode } from '@promontory/base';

const ANSWER_TIMEOUT_MS = 2000;

export class LockSocket {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Listens and answers every connection with this process's id. It does not keep the process alive.
   *
   * @param path a file, or an abstract name that starts with a zero
   * @returns null when the path is taken, be it by a listener or by the file of one that is gone
   */
  static tryListen(path: string): Promise<LockSocket | null> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.end(String(process.pid));
      });
      server.once('error', (error) => {
        if (errorCode(error) === 'EADDRINUSE') resolve(null);
        else reject(error);
      });
      // Exclusive: the workers of a cluster would otherwise share one socket and all be owners.
      server.listen({ path, exclusive: true }, () => {
        server.unref();
        resolve(new LockSocket(server));
      });
    });
  }

  /** @returns the listener's process id, 'unknown' when it does not say, or null when there is no listener */
  static askHolder(path: string): Promise<string | null> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = createConnection(path);
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
        socket.destroy();
        resolve('unknown');
      });
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('end', () => resolve(answer));
      socket.on('error', (error) => {
        const isAbsent = ['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '');
        resolve(isAbsent ? null : 'unknown');
      });
    });
  }

  /** Removes the socket's file, if it has one. Calling it twice is fine. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
