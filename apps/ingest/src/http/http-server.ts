/**
 * The listener: HTTP/1.1 only, with or without TLS. Reads each request's head, refuses framings that cannot
 * be trusted, and hands the exchange to the one handler.
 */
import { PromontoryError } from '@promontory/base';
import { apiError } from '@promontory/http-api';
import { Exchange } from './exchange.ts';
import { readRequestHead } from './request-head.ts';
import { App, closeListenSocket, localPort, SSLApp, type TemplatedApp } from './uws.ts';

/** The address cannot be listened on. */
export const ERR_LISTEN = 'ERR_LISTEN';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
  /** Must answer every exchange, sooner or later. */
  readonly handle: (exchange: Exchange) => void;
}

type ListenSocket = Parameters<typeof closeListenSocket>[0];

export class HttpServer {
  readonly #app: TemplatedApp;
  readonly #options: HttpServerOptions;
  #listenSocket: ListenSocket | null = null;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#app =
      options.tls === null
        ? App()
        : SSLApp({ cert_file_name: options.tls.certPath, key_file_name: options.tls.keyPath });
    this.#app.any('/*', (response, request) => {
      const exchange = new Exchange(response, readRequestHead(request));
      if (exchange.head.framingProblem === '') options.handle(exchange);
      else refuseFraming(exchange);
    });
  }

  /**
   * @returns the port
   * @throws PromontoryError ERR_LISTEN
   */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#app.listen(host, port, (listenSocket) => {
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

function refuseFraming(exchange: Exchange): void {
  const message = `cannot read request: ${exchange.head.framingProblem}`;
  exchange.reply(apiError(400, 'bad_data', message), { closeConnection: true });
}
