/**
 * Everything else under /api/: collects the body and has it answered. Bodies count against the budget until
 * whoever answers is done with them, answers until the client has taken them or has gone.
 */
import { type ApiRequest, type ApiResponse, errorResponse, errorStatus } from '@promontory/http-api';
import type { LentResponse, RunningQuery } from '../pools/query-pool.ts';
import type { QueryRunner } from '../query/query-runner.ts';
import type { ByteBudget, ByteShare } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';
import { collectBody, noRoomForQuery } from './request-body.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;

export interface QueryRouteOptions {
  readonly queries: QueryRunner;
  readonly budget: ByteBudget;
  /** Told of an error behind a 500 that arose here and not in a query. */
  readonly onInternalError: (error: unknown, request: Pick<ApiRequest, 'path' | 'queryString'>) => void;
}

export class QueryRoute {
  readonly #queries: QueryRunner;
  readonly #budget: ByteBudget;
  readonly #onInternalError: QueryRouteOptions['onInternalError'];

  constructor(options: QueryRouteOptions) {
    this.#queries = options.queries;
    this.#budget = options.budget;
    this.#onInternalError = options.onInternalError;
  }

  handle(exchange: Exchange): void {
    const share = this.#budget.open();
    let isReceiving = true;
    exchange.onOver(() => {
      if (isReceiving) share.release();
    });
    collectBody(exchange, {
      bytesMax: BODY_BYTES_MAX,
      share,
      onBody: (body) => {
        isReceiving = false;
        this.#run(exchange, body, share);
      },
      onRefused: (error) => exchange.reply(this.#failure(error, exchange), { closeConnection: true }),
    });
  }

  #run(exchange: Exchange, body: Uint8Array, bodyShare: ByteShare): void {
    const { method, path, queryString, headers } = exchange.head;
    let query: RunningQuery;
    try {
      query = this.#queries.run({ method, path, queryString, headers, body });
    } catch (error) {
      bodyShare.release();
      exchange.reply(this.#failure(error, exchange));
      return;
    }
    exchange.onAbort(() => query.cancel());
    query.response
      .finally(() => bodyShare.release())
      .then(
        (lent) => this.#answer(exchange, lent),
        (error: unknown) => exchange.reply(this.#failure(error, exchange)),
      );
  }

  #answer(exchange: Exchange, { response, giveBack }: LentResponse): void {
    if (exchange.isOver) {
      giveBack();
      return;
    }
    const share = this.#budget.open();
    // The memory behind the body, which may be more than the body.
    const bytes = response.body.buffer.byteLength;
    if (!share.tryGrow(bytes)) {
      giveBack();
      exchange.reply(this.#failure(noRoomForQuery('answer', bytes), exchange));
      return;
    }
    exchange.onOver(() => {
      share.release();
      giveBack();
    });
    exchange.reply(response);
  }

  #failure(error: unknown, { head }: Exchange): ApiResponse {
    if (errorStatus(error).status === 500) this.#onInternalError(error, head);
    return errorResponse(error, Math.random());
  }
}
