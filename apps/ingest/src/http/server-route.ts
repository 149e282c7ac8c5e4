/** What the HTTP thread answers by itself: about the process, not about data. */
import { type Api, type ApiResponse, compressResponse, errorResponse } from '@promontory/http-api';
import type { ByteBudget } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';
import { collectBody } from './request-body.ts';

/** Parameters only. */
const BODY_BYTES_MAX = 1024 * 1024;

export interface ServerRouteOptions {
  readonly api: Api;
  /** Shared with queries. */
  readonly budget: ByteBudget;
}

export class ServerRoute {
  readonly #options: ServerRouteOptions;

  constructor(options: ServerRouteOptions) {
    this.#options = options;
  }

  knows(path: string): boolean {
    return this.#options.api.knows(path);
  }

  allowed(path: string): string {
    return this.#options.api.allowed(path);
  }

  handle(exchange: Exchange): void {
    const { api, budget } = this.#options;
    const share = budget.open();
    exchange.onOver(() => share.release());
    collectBody(exchange, {
      bytesMax: BODY_BYTES_MAX,
      share,
      onBody: (body) => {
        const { method, path, queryString, headers } = exchange.head;
        const request = { method, path, queryString, headers, body };
        void api
          .handle(request, { isCancelled: () => exchange.isOver })
          .then((response) => reply(exchange, compressResponse(response, request)));
      },
      onRefused: (error) => exchange.reply(errorResponse(error, Math.random()), { closeConnection: true }),
    });
  }
}

function reply(exchange: Exchange, response: ApiResponse): void {
  const { feed } = response;
  if (feed === undefined) {
    exchange.reply(response);
  } else if (exchange.isOver || exchange.head.method === 'HEAD') {
    feed.close();
    exchange.reply(response);
  } else {
    exchange.onOver(() => feed.close());
    void exchange.replyInPieces(response, feed);
  }
}
