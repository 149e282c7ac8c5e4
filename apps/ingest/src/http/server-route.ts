/** What the HTTP thread answers by itself: about the process, not about data. */
import {
  type Api,
  type ApiRequest,
  type ApiResponse,
  compressResponse,
  errorResponse,
  errorStatus,
} from '@promontory/http-api';
import type { ByteBudget, ByteShare } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';
import { collectBody, noRoomForQuery } from './request-body.ts';

/** Parameters only. */
const BODY_BYTES_MAX = 1024 * 1024;

export interface ServerRouteOptions {
  readonly api: Api;
  /** Shared with queries. */
  readonly budget: ByteBudget;
  /** Told of an error behind a 500 that arose here and not in the API. */
  readonly onInternalError: (error: unknown, request: Pick<ApiRequest, 'path' | 'queryString'>) => void;
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
        api
          .handle(request, { isCancelled: () => exchange.isOver })
          .then((response) => reply(exchange, compressResponse(response, request), share))
          // A fault of ours in answering must not leave the client without an answer, or end the process.
          .catch((error: unknown) => exchange.reply(this.#failure(error, exchange)));
      },
      onRefused: (error) => exchange.reply(errorResponse(error, Math.random()), { closeConnection: true }),
    });
  }

  #failure(error: unknown, { head }: Exchange): ApiResponse {
    if (errorStatus(error).status === 500) this.#options.onInternalError(error, head);
    return errorResponse(error, Math.random());
  }
}

function reply(exchange: Exchange, response: ApiResponse, share: ByteShare): void {
  const { body, feed } = response;
  if (!exchange.isOver && !share.tryGrow(body.length)) {
    feed?.close();
    exchange.reply(errorResponse(noRoomForQuery('answer', body.length), Math.random()));
  } else if (feed === undefined) {
    exchange.reply(response);
  } else if (exchange.isOver || exchange.head.method === 'HEAD') {
    feed.close();
    exchange.reply(response);
  } else {
    exchange.onOver(() => feed.close());
    void exchange.replyInPieces(response, feed);
  }
}
