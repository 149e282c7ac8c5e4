/** Which part of the server answers which path, and who may ask. */
import { STATUS_CODES } from 'node:http';
import type { BasicAuthenticator } from '@promontory/access';
import { PromontoryError } from '@promontory/base';
import { apiError, type ApiResponse, textResponse, writeErrorReply } from '@promontory/http-api';
import { ERR_ACCESS_KEY_REQUIRED } from '../error-codes.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Exchange } from './exchange.ts';

export interface Route {
  handle(exchange: Exchange): void;
}

export interface RoutesOptions {
  readonly authenticator: BasicAuthenticator;
  readonly write: Route;
  readonly query: Route;
  /** Of what is under /api/, what it knows goes there, and the rest to `query`. */
  readonly server: Route & { knows(path: string): boolean };
  readonly metrics: ServerMetrics;
}

const WRITE_PATHS: ReadonlySet<string> = new Set(['/api/v1/write', '/api/prom_write']);
const CHALLENGE = [['WWW-Authenticate', 'Basic realm="promontory", charset="UTF-8"']] as const;

export class Routes {
  readonly #options: RoutesOptions;
  #isStopping = false;

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** From now on new requests are refused; those under way go on. */
  stop(): void {
    this.#isStopping = true;
  }

  handle(exchange: Exchange): void {
    const { path } = exchange.head;
    const handler = handlerName(path);
    this.#options.metrics.observeRequest(exchange, handler);
    if (this.#isStopping && handler !== 'healthy') {
      const response = apiError(503, 'unavailable', 'the server is shutting down', [['Retry-After', '5']]);
      exchange.reply(response, { closeConnection: true });
    } else if (handler === 'write' || handler === 'api') {
      this.#handleApi(exchange, handler);
    } else {
      this.#handleOwn(exchange, handler);
    }
  }

  #handleApi(exchange: Exchange, handler: 'write' | 'api'): void {
    const { authenticator, write, query, server } = this.#options;
    if (authenticator.authenticate(exchange.head.headers.get('authorization')) === null) {
      exchange.reply(unauthorized(exchange, handler));
    } else if (handler === 'write') {
      write.handle(exchange);
    } else if (server.knows(exchange.head.path)) {
      server.handle(exchange);
    } else {
      query.handle(exchange);
    }
  }

  #handleOwn(exchange: Exchange, handler: HandlerName): void {
    const { method } = exchange.head;
    if (handler === 'other') {
      exchange.reply(textResponse(404, '404 page not found\n'));
    } else if (method !== 'GET' && method !== 'HEAD') {
      exchange.reply(textResponse(405, `${STATUS_CODES[405]}\n`, [['Allow', 'GET, HEAD']]));
    } else if (handler === 'metrics') {
      this.#options.metrics.render().then(
        (text) => exchange.reply(metricsResponse(text)),
        () => exchange.reply(textResponse(500, 'cannot collect metrics\n')),
      );
    } else {
      const state = handler === 'ready' ? 'Ready' : 'Healthy';
      exchange.reply(textResponse(200, `Promontory is ${state}.\n`));
    }
  }
}

function unauthorized({ head }: Exchange, handler: 'write' | 'api'): ApiResponse {
  const message = 'an access key is needed: send Basic authentication with its id and secret';
  if (handler === 'api') return apiError(401, 'unauthorized', message, CHALLENGE);
  const error = new PromontoryError(message, { code: ERR_ACCESS_KEY_REQUIRED, kind: 'unauthenticated' });
  return writeErrorReply(error, head.headers, 0, CHALLENGE);
}

export type HandlerName = 'write' | 'api' | 'metrics' | 'healthy' | 'ready' | 'other';

function handlerName(path: string): HandlerName {
  if (WRITE_PATHS.has(path)) return 'write';
  if (path.startsWith('/api/') || path === '/federate') return 'api';
  if (path === '/metrics') return 'metrics';
  if (path === '/-/healthy') return 'healthy';
  return path === '/-/ready' ? 'ready' : 'other';
}

function metricsResponse(text: string): ApiResponse {
  return {
    status: 200,
    headers: [['Content-Type', 'text/plain; version=0.0.4; charset=utf-8']],
    body: new TextEncoder().encode(text),
  };
}
