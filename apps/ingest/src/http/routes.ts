/** Which part of the server answers which path, and who may ask. */
import type { BasicAuthenticator } from '@promontory/access';
import { PromontoryError } from '@promontory/base';
import {
  type Api,
  apiError,
  type ApiResponse,
  corsHeaders,
  dataMethodsAllowed,
  emptyResponse,
  dataErrorReply,
  errorHeaders,
  errorResponse,
  textResponse,
  writeErrorReply,
} from '@promontory/http-api';
import type { LabelRegex } from '@promontory/model';
import { ERR_ACCESS_KEY_REQUIRED, ERR_STOPPING } from '../error-codes.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Exchange } from './exchange.ts';
import { otlpErrorReply } from './otlp-answers.ts';
import { type OwnHandler, ownHandler, OwnRoute, type OwnRouteOptions } from './own-route.ts';
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
  readonly own: Pick<OwnRouteOptions, 'version' | 'quit'>;
}

/** Answered in front of the endpoints. */
export const WRITE_PATHS: ReadonlySet<string> = new Set(['/api/v1/write', '/api/prom_write']);
export const OTLP_PATH = '/api/v1/otlp/v1/metrics';
const CHALLENGE = [['WWW-Authenticate', 'Basic realm="promontory", charset="UTF-8"']] as const;

export class Routes {
  readonly #options: RoutesOptions;
  readonly #own: OwnRoute;
  #isStopping = false;

  constructor(options: RoutesOptions) {
    this.#options = options;
    this.#own = new OwnRoute({
      ...options.own,
      renderMetrics: () => options.metrics.render(),
      refuseStranger: ({ head }) => {
        const principal = options.authenticator.authenticate(head.headers.get('authorization'));
        return principal === null ? textResponse(401, `${keyNeeded().message}\n`, CHALLENGE) : null;
      },
    });
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
      this.#own.handle(exchange, handler);
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
}

function stopping({ head }: Exchange, handler: HandlerName): ApiResponse {
  const message = 'the server is shutting down';
  const error = new PromontoryError(message, { code: ERR_STOPPING, kind: 'unavailable' });
  if (handler === 'otlp') return otlpErrorReply(error, head.headers, Math.random());
  return errorResponse(error, Math.random());
}

function refused(error: unknown, { head }: Exchange, handler: ApiHandlerName): ApiResponse {
  if (handler === 'api') return dataErrorReply(error, head, Math.random());
  const reply = handler === 'write' ? writeErrorReply : otlpErrorReply;
  return reply(error, head.headers, Math.random());
}

function methodsOf(path: string, server: RoutesOptions['server']): ApiResponse {
  const allowed = server.knows(path) ? server.allowed(path) : dataMethodsAllowed(path);
  if (allowed === '') return apiError(404, 'not_found', `no such endpoint: ${path}`);
  return emptyResponse(204, [['Allow', allowed]]);
}

function unauthorized({ head }: Exchange, handler: ApiHandlerName): ApiResponse {
  const error = keyNeeded();
  if (handler === 'api')
    return apiError(401, 'unauthorized', error.message, [...errorHeaders(error, 0), ...CHALLENGE]);
  if (handler === 'otlp') return otlpErrorReply(error, head.headers, 0, CHALLENGE);
  return writeErrorReply(error, head.headers, 0, CHALLENGE);
}

function keyNeeded(): PromontoryError {
  return new PromontoryError('an access key is needed: send Basic authentication with its id and secret', {
    code: ERR_ACCESS_KEY_REQUIRED,
    kind: 'unauthenticated',
  });
}

type ApiHandlerName = 'write' | 'otlp' | 'api';
export type HandlerName = ApiHandlerName | OwnHandler;

function isApi(handler: HandlerName): handler is ApiHandlerName {
  return handler === 'write' || handler === 'otlp' || handler === 'api';
}

function handlerName(path: string): HandlerName {
  if (WRITE_PATHS.has(path)) return 'write';
  if (path === OTLP_PATH) return 'otlp';
  return path.startsWith('/api/') || path === '/federate' ? 'api' : ownHandler(path);
}
