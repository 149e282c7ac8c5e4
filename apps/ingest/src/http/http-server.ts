/**
 * The listener: HTTP/1.1 only, with or without TLS. Reads each request's head, refuses framings that cannot
 * be trusted, and hands the exchange to the one handler.
 */
import { PromontoryError } from '@promontory/base';
import { apiError } from '@promontory/http-api';
import { ERR_LISTEN, ERR_TLS_FILES } from '../error-codes.ts';
import { Exchange } from './exchange.ts';
import { readRequestHead } from './request-head.ts';
import {
  App,
  closeListenSocket,
  listenExclusively,
  type ListenSocket,
  localPort,
  SSLApp,
  type TemplatedApp,
} from './uws.ts';

/** PEM files. */
export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: TlsFiles | null;
  /** Must answer every exchange, sooner or later. */
  readonly handle: (exchange: Exchange) => void;
}

export class HttpServer {
  readonly #app: TemplatedApp;
  readonly #options: HttpServerOptions;
  #listenSocket: ListenSocket | null = null;
  #exchangesOpen = 0;

  /** @throws PromontoryError ERR_TLS_FILES */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#app = options.tls === null ? App() : secureApp(options.tls);
    this.#app.any('/*', (response, request) => {
      this.#exchangesOpen++;
      const exchange = new Exchange(response, readRequestHead(request), () => this.#exchangesOpen--);
      if (exchange.head.framingProblem === '') options.handle(exchange);
      else refuseFraming(exchange);
    });
  }

  /** Requests whose answer is not given in full. */
  get exchangesOpen(): number {
    return this.#exchangesOpen;
  }

  /**
   * @returns the port
   * @throws PromontoryError ERR_LISTEN
   */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      listenExclusively(this.#app, host, port, (listenSocket) => {
        if (listenSocket === false) {
          reject(
            new PromontoryError(`cannot listen on ${host}:${port}: the address is in use or not ours`, {
              code: ERR_LISTEN,
              kind: 'unavailable',
            }),
          );
          return;
        }
        this.#listenSocket = listenSocket;
        resolve(localPort(listenSocket));
      });
    });
  }

  /** No new connections; those that are there go on. */
  stopAccepting(): void {
    if (this.#listenSocket !== null) closeListenSocket(this.#listenSocket);
    this.#listenSocket = null;
  }

  /** Closes every connection. */
  close(): void {
    this.stopAccepting();
    this.#app.close();
  }
}

function secureApp({ certPath, keyPath }: TlsFiles): TemplatedApp {
  try {
    return SSLApp({ cert_file_name: certPath, key_file_name: keyPath });
  } catch (cause) {
    throw new PromontoryError(
      `cannot serve TLS with certificate ${certPath} and key ${keyPath}: want two readable PEM files that belong together`,
      { code: ERR_TLS_FILES, kind: 'bad-data', cause },
    );
  }
}

/**
 * Answers late: while a request waits for its answer the parser takes no other from the connection, so that
 * what may be the rest of this one's body is not served as a request of its own.
 */
function refuseFraming(exchange: Exchange): void {
  const message = `cannot read request: ${exchange.head.framingProblem}`;
  setImmediate(() => exchange.reply(apiError(400, 'bad_data', message), { closeConnection: true }));
}
