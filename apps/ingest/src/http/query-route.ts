/** Everything else under /api/: collects the body and has a query thread answer. */
import { PromontoryError } from '@promontory/base';
import { errorResponse } from '@promontory/http-api';
import type { QueryPool } from '../pools/query-pool.ts';
import type { Exchange } from './exchange.ts';
import { collectBody } from './request-body.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;

export class QueryRoute {
  readonly #pool: QueryPool;

  constructor(pool: QueryPool) {
    this.#pool = pool;
  }

  handle(exchange: Exchange): void {
    const fail = (error: unknown): void =>
      exchange.reply(errorResponse(error, Math.random()), {
        closeConnection: error instanceof PromontoryError && error.kind === 'too-large',
      });
    collectBody(exchange, BODY_BYTES_MAX, (body) => this.#run(exchange, body, fail), fail);
  }

  #run(exchange: Exchange, body: Uint8Array, fail: (error: unknown) => void): void {
    const { method, path, queryString, headers } = exchange.head;
    try {
      const query = this.#pool.run({ method, path, queryString, headers, body });
      exchange.onAbort(() => query.cancel());
      query.response.then((response) => exchange.reply(response), fail);
    } catch (error) {
      fail(error);
    }
  }
}
