/**
 * Everything else under /api/: collects the body and has it answered. Bodies count against the budget until
 * whoever answers is done with them, answers until the client has taken them or has gone.
 */
import { type ApiRequest, type ApiResponse, errorResponse, errorStatus } from '@promontory/http-api';
import type { AnswerStream } from '../pools/answer-stream.ts';
import type { LentResponse, RunningQuery } from '../pools/query-pool.ts';
import type { QueryRunner } from '../query/query-runner.ts';
import type { AdmissionGate } from './admission-gate.ts';
import type { ByteBudget, ByteShare } from './byte-budget.ts';
import type { Exchange, PieceSource } from './exchange.ts';
import { collectBody, noRoomForQuery, noRoomForRead } from './request-body.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;
const REMOTE_READ_PATHS: ReadonlySet<string> = new Set(['/api/v1/read', '/api/prom_read']);
/** A client that takes nothing of a stream for so long loses its connection. */
const STALL_MS_MAX = 30_000;

export interface QueryRouteOptions {
  readonly queries: QueryRunner;
  readonly budget: ByteBudget;
  readonly remoteReads: AdmissionGate;
  /** Told of an error behind a 500 that arose here and not in a query. */
  readonly onInternalError: (error: unknown, request: Pick<ApiRequest, 'path' | 'queryString'>) => void;
}

export class QueryRoute {
  readonly #queries: QueryRunner;
  readonly #budget: ByteBudget;
  readonly #remoteReads: AdmissionGate;
  readonly #onInternalError: QueryRouteOptions['onInternalError'];

  constructor(options: QueryRouteOptions) {
    this.#queries = options.queries;
    this.#budget = options.budget;
    this.#remoteReads = options.remoteReads;
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
        this.#admit(exchange, body, share);
      },
      onRefused: (error) => exchange.reply(this.#failure(error, exchange), { closeConnection: true }),
    });
  }

  /** Remote reads pin what they read until the last byte is sent: so many go on at once, others wait. */
  #admit(exchange: Exchange, body: Uint8Array, bodyShare: ByteShare): void {
    if (!REMOTE_READ_PATHS.has(exchange.head.path)) {
      this.#run(exchange, body, bodyShare);
      return;
    }
    const admission = this.#remoteReads.tryEnter(() => {
      if (!exchange.isOver) this.#run(exchange, body, bodyShare);
    });
    if (admission === null) {
      bodyShare.release();
      exchange.reply(this.#failure(noRoomForRead(this.#remoteReads.waiting), exchange));
      return;
    }
    exchange.onOver(() => {
      admission.leave();
      bodyShare.release();
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

  #answer(exchange: Exchange, { response, giveBack, stream }: LentResponse): void {
    if (exchange.isOver) {
      stream?.close();
      giveBack();
      return;
    }
    const share = this.#budget.open();
    // The memory behind the body, which may be more than the body.
    const bytes = response.body.buffer.byteLength;
    if (!share.tryGrow(bytes)) {
      stream?.close();
      giveBack();
      exchange.reply(this.#failure(noRoomForQuery('answer', bytes), exchange));
      return;
    }
    exchange.onOver(() => {
      stream?.close();
      share.release();
      giveBack();
    });
    if (stream === null) exchange.reply(response);
    else void exchange.replyInPieces(response, this.#counted(exchange, stream, share), STALL_MS_MAX);
  }

  /** The share is that of the piece which is sent or waits to be. */
  #counted(exchange: Exchange, stream: AnswerStream, share: ByteShare): PieceSource {
    const next = async (): Promise<Uint8Array | null> => {
      try {
        const piece = await stream.next();
        share.release();
        if (piece !== null && !exchange.isOver) share.grow(piece.length);
        return piece;
      } catch (error) {
        if (!exchange.isOver) this.#onInternalError(error, exchange.head);
        throw error;
      }
    };
    return { next };
  }

  #failure(error: unknown, { head }: Exchange): ApiResponse {
    if (errorStatus(error).status === 500) this.#onInternalError(error, head);
    return errorResponse(error, Math.random());
  }
}
