/** What is outside of /api/: health, metrics, the version, stopping, and a page for those who come with a browser. */
import { STATUS_CODES } from 'node:http';
import { type ApiResponse, textResponse } from '@promontory/http-api';
import type { Exchange } from './exchange.ts';

export type OwnHandler = 'metrics' | 'healthy' | 'ready' | 'version' | 'lifecycle' | 'page' | 'other';

export interface OwnRouteOptions {
  /** The text exposition format. */
  readonly renderMetrics: () => Promise<string>;
  readonly version: () => ApiResponse;
  /** @returns null for who may, else the answer to who may not */
  readonly refuseStranger: (exchange: Exchange) => ApiResponse | null;
  /** Begins the stop of the server; null while that is switched off. */
  readonly quit: (() => void) | null;
}

export const OWN_HANDLERS: ReadonlyMap<string, OwnHandler> = new Map([
  ['/metrics', 'metrics'],
  ['/-/healthy', 'healthy'],
  ['/-/ready', 'ready'],
  ['/version', 'version'],
  ['/-/quit', 'lifecycle'],
  ['/-/reload', 'lifecycle'],
  ['/', 'page'],
  ['/graph', 'page'],
]);

const PAGE = `Promontory: a metrics service with the HTTP API of Prometheus.

There is no page for queries here; Grafana asks this address as a data source of the type Prometheus.

/api/v1/openapi.yaml   what can be asked (needs an access key, as all of /api does)
/metrics               metrics of the server itself
/version               what runs here
/-/healthy, /-/ready   for load balancers and service managers
`;

/** The name of the path for metrics, and for OwnRoute. */
export function ownHandler(path: string): OwnHandler {
  return OWN_HANDLERS.get(path) ?? 'other';
}

export class OwnRoute {
  readonly #options: OwnRouteOptions;

  constructor(options: OwnRouteOptions) {
    this.#options = options;
  }

  handle(exchange: Exchange, handler: OwnHandler): void {
    if (handler === 'other') {
      exchange.reply(textResponse(404, '404 page not found\n'));
    } else if (handler === 'lifecycle') {
      this.#handleLifecycle(exchange);
    } else if (exchange.head.method !== 'GET' && exchange.head.method !== 'HEAD') {
      exchange.reply(textResponse(405, `${STATUS_CODES[405]}\n`, [['Allow', 'GET, HEAD']]));
    } else if (handler === 'metrics') {
      this.#options.renderMetrics().then(
        (text) => exchange.reply(metricsResponse(text)),
        () => exchange.reply(textResponse(500, 'cannot collect metrics\n')),
      );
    } else {
      exchange.reply(this.#answer(exchange.head.path, handler));
    }
  }

  #answer(path: string, handler: Exclude<OwnHandler, 'metrics' | 'lifecycle' | 'other'>): ApiResponse {
    switch (handler) {
      case 'version':
        return this.#options.version();
      case 'page':
        return path === '/' ? textResponse(200, PAGE) : textResponse(302, 'Found: /\n', [['Location', '/']]);
      case 'healthy':
        return textResponse(200, 'Promontory is Healthy.\n');
      case 'ready':
        return textResponse(200, 'Promontory is Ready.\n');
      default:
        return handler satisfies never;
    }
  }

  /** What changes the server is for those with an access key alone. */
  #handleLifecycle(exchange: Exchange): void {
    const { method, path } = exchange.head;
    const { refuseStranger, quit } = this.#options;
    if (method !== 'POST' && method !== 'PUT') {
      exchange.reply(textResponse(405, 'Only POST or PUT requests allowed\n', [['Allow', 'POST, PUT']]));
      return;
    }
    const refused = refuseStranger(exchange);
    if (refused !== null) {
      exchange.reply(refused);
    } else if (quit === null) {
      exchange.reply(
        textResponse(403, 'Lifecycle API is not enabled: start the server with --lifecycle-api on\n'),
      );
    } else if (path === '/-/reload') {
      const message =
        'cannot reload: every setting is read once, at the start; restart the server to change it\n';
      exchange.reply(textResponse(501, message));
    } else {
      // When the client has the answer, or has gone.
      exchange.onOver(quit);
      exchange.reply(textResponse(200, 'Requesting termination... Goodbye!\n'));
    }
  }
}

/** Names are plain ones, so that whatever `escaping` a client accepts, they need none. */
function metricsResponse(text: string): ApiResponse {
  return {
    status: 200,
    headers: [['Content-Type', 'text/plain; version=0.0.4; charset=utf-8']],
    body: new TextEncoder().encode(text),
  };
}
