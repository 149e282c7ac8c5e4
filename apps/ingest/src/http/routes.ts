/** Which part of the server answers which path, and who may ask. */
import { STATUS_CODES } from 'node:http';
import type { BasicAuthenticator } from '@promontory/access';
import { PromontoryError } from '@promontory/base';
import {
  type Api,
  apiError,
  type ApiResponse,
  corsHeaders,
  dataMethodsAllowed,
  emptyResponse,
  errorResponse,
  textResponse,
  writeErrorReply,
} from '@promontory/http-api';
import type { LabelRegex } from '@promontory/model';
import { ERR_ACCESS_KEY_REQUIRED, ERR_STOPPING } from '../error-codes.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Exchange } from './exchange.ts';
import { otlpErrorReply } from './otlp-answers.ts';
import type { RequestRate } from './request-rate.ts';

export interface Route {
  handle(exchange: Exchange): void;
}

export interface RoutesOptions {
  readonly authenticator: BasicAuthenticator;
  readonly write: Route;
  readonly otlp: Route;
  readonly query: Route;
  /** Of what is under /api/, what it knows goes there, and the rest to `query`. */
  readonly server: Route & Pick<Api, 'knows' | 'allowed'>;
  readonly metrics: ServerMetrics;
  readonly rate: RequestRate;
  /** Whose pages may read answers. */
  readonly origins: LabelRegex;
}

const WRITE_PATHS: ReadonlySet<string> = new Set(['/api/v1/write', '/api/prom_write']);
const OTLP_PATH = '/api/v1/otlp/v1/metrics';
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
      exchange.reply(stopping(exchange, handler), { closeConnection: true });
    } else if (isApi(handler)) {
      this.#handleApi(exchange, handler);
    } else {
      this.#handleOwn(exchange, handler);
    }
  }

  #handleApi(exchange: Exchange, handler: ApiHandlerName): void {
    const { query, server, origins } = this.#options;
    const { method, path, headers } = exchange.head;
    exchange.setHeaders(corsHeaders(headers.get('origin'), origins));
    // Browsers ask before they send credentials.
    const write = this.#writeOf(handler);
    if (method === 'OPTIONS' && write !== null) {
      write.handle(exchange);
    } else if (method === 'OPTIONS') {
      exchange.reply(methodsOf(path, server));
    } else if (!this.#tryAdmit(exchange, handler)) {
      return;
    } else if (write !== null) {
      write.handle(exchange);
    } else if (server.knows(path)) {
      server.handle(exchange);
    } else {
      query.handle(exchange);
    }
  }

  /** @returns null for what is no write */
  #writeOf(handler: ApiHandlerName): Route | null {
    if (handler === 'api') return null;
    return handler === 'write' ? this.#options.write : this.#options.otlp;
  }

  /** Whether the request may go on; else it is answered. */
  #tryAdmit(exchange: Exchange, handler: ApiHandlerName): boolean {
    const { authenticator, rate } = this.#options;
    const principal = authenticator.authenticate(exchange.head.headers.get('authorization'));
    if (principal === null) {
      exchange.reply(unauthorized(exchange, handler));
      return false;
    }
    exchange.user = principal.accessKeyId;
    try {
      rate.mustTake();
      return true;
    } catch (error) {
      exchange.reply(refused(error, exchange, handler));
      return false;
    }
  }

  #handleOwn(exchange: Exchange, handler: Exclude<HandlerName, ApiHandlerName>): void {
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

function stopping({ head }: Exchange, handler: HandlerName): ApiResponse {
  const message = 'the server is shutting down';
  if (handler !== 'otlp') return apiError(503, 'unavailable', message, [['Retry-After', '5']]);
  const error = new PromontoryError(message, { code: ERR_STOPPING, kind: 'unavailable' });
  return otlpErrorReply(error, head.headers, Math.random());
}

function refused(error: unknown, { head }: Exchange, handler: ApiHandlerName): ApiResponse {
  if (handler === 'api') return errorResponse(error, Math.random());
  const reply = handler === 'write' ? writeErrorReply : otlpErrorReply;
  return reply(error, head.headers, Math.random());
}

function methodsOf(path: string, server: RoutesOptions['server']): ApiResponse {
  const allowed = server.knows(path) ? server.allowed(path) : dataMethodsAllowed(path);
  if (allowed === '') return apiError(404, 'not_found', `no such endpoint: ${path}`);
  return emptyResponse(204, [['Allow', allowed]]);
}

function unauthorized({ head }: Exchange, handler: ApiHandlerName): ApiResponse {
  const message = 'an access key is needed: send Basic authentication with its id and secret';
  if (handler === 'api') return apiError(401, 'unauthorized', message, CHALLENGE);
  const error = new PromontoryError(message, { code: ERR_ACCESS_KEY_REQUIRED, kind: 'unauthenticated' });
  if (handler === 'otlp') return otlpErrorReply(error, head.headers, 0, CHALLENGE);
  return writeErrorReply(error, head.headers, 0, CHALLENGE);
}

type ApiHandlerName = 'write' | 'otlp' | 'api';
export type HandlerName = ApiHandlerName | 'metrics' | 'healthy' | 'ready' | 'other';

function isApi(handler: HandlerName): handler is ApiHandlerName {
  return handler === 'write' || handler === 'otlp' || handler === 'api';
}

function handlerName(path: string): HandlerName {
  if (WRITE_PATHS.has(path)) return 'write';
  if (path === OTLP_PATH) return 'otlp';
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
