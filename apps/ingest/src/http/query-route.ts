/**
 * Everything else under /api/: collects the body and has it answered. Bodies count against the budget until
 * whoever answers is done with them, answers until the client has taken them or has gone.
 */
import { type ApiRequest, type ApiResponse, errorResponse, errorStatus } from '@promontory/http-api';
import type { AdmissionGate } from '../pools/admission-gate.ts';
import type { AnswerStream } from '../pools/answer-stream.ts';
import type { LentResponse, RunningQuery } from '../pools/query-pool.ts';
import type { QueryRunner } from '../query/query-runner.ts';
import type { LedgerEntry, RequestLedger } from '../query/request-ledger.ts';
import type { ByteBudget, ByteShare } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';
import { collectBody, noRoomForQuery, noRoomForRead } from './request-body.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** Of answers to queries that somebody cancelled. */
const CANCELLED_STATUS = 499;
const REMOTE_READ_PATHS: ReadonlySet<string> = new Set(['/api/v1/read', '/api/prom_read']);

export interface QueryRouteOptions {
  readonly queries: QueryRunner;
  readonly budget: ByteBudget;
  readonly remoteReads: AdmissionGate;
  readonly ledger: RequestLedger;
  /** Told of an error behind a 500 that arose here and not in a query. */
  readonly onInternalError: (error: unknown, request: Pick<ApiRequest, 'path' | 'queryString'>) => void;
}

export class QueryRoute {
  readonly #queries: QueryRunner;
  readonly #budget: ByteBudget;
  readonly #remoteReads: AdmissionGate;
  readonly #ledger: RequestLedger;
  readonly #onInternalError: QueryRouteOptions['onInternalError'];

  constructor(options: QueryRouteOptions) {
    this.#queries = options.queries;
    this.#budget = options.budget;
    this.#remoteReads = options.remoteReads;
    this.#ledger = options.ledger;
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
    const { user, remoteAddress, head } = exchange;
    const { method, path, queryString, headers } = head;
    const request = { method, path, queryString, headers, body };
    let query: RunningQuery | null = null;
    const entry = this.#ledger.begin(request, { user, remoteAddress }, () => query?.cancel());
    const fail = (error: unknown): void => {
      const response = this.#failure(error, exchange);
      entry.end({ status: response.status, bytes: response.body.length, cost: null });
      exchange.reply(response);
    };
    try {
      query = this.#queries.run(request);
    } catch (error) {
      bodyShare.release();
      fail(error);
      return;
    }
    const running = query;
    exchange.onAbort(() => running.cancel());
    running.response
      .finally(() => bodyShare.release())
      .then((lent) => this.#answer(exchange, lent, entry), fail)
      // A fault of ours in answering must not leave the client without an answer.
      .catch((error: unknown) => exchange.reply(this.#failure(error, exchange)));
  }

  #answer(exchange: Exchange, { response, giveBack, stream }: LentResponse, entry: LedgerEntry): void {
    const { status, body, cost = null } = response;
    if (exchange.isOver) {
      entry.end({ status, bytes: 0, cost });
      stream?.close();
      giveBack();
      return;
    }
    const share = this.#budget.open();
    // The memory behind the body, which may be more than the body.
    const bytes = stream === null ? body.buffer.byteLength : stream.heldBytes;
    if (!share.tryGrow(bytes)) {
      stream?.close();
      giveBack();
      const refusal = this.#failure(noRoomForQuery('answer', bytes), exchange);
      entry.end({ status: refusal.status, bytes: refusal.body.length, cost });
      exchange.reply(refusal);
      return;
    }
    if (stream === null) entry.end({ status, bytes: body.length, cost });
    exchange.onOver(() => {
      stream?.close();
      share.release();
      giveBack();
    });
    if (stream === null) exchange.reply(response);
    else this.#stream(exchange, response, stream, entry);
  }

  #stream(exchange: Exchange, response: ApiResponse, stream: AnswerStream, entry: LedgerEntry): void {
    let { status } = response;
    let bytes = response.body.length;
    // Of the piece that is sent or waits to be; there is no room to wait for in the middle of an answer.
    const pieceShare = this.#budget.open();
    pieceShare.grow(bytes);
    exchange.onOver(() => {
      pieceShare.release();
      entry.end({ status, bytes, cost: response.cost ?? null });
    });
    // The thread may have nothing to do with it for now, and a client that takes nothing asks for nothing.
    entry.onCancel(() => {
      status = CANCELLED_STATUS;
      exchange.close();
    });
    const next = async (): Promise<Uint8Array | null> => {
      try {
        const piece = await stream.next();
        pieceShare.release();
        if (piece === null || exchange.isOver) return null;
        pieceShare.grow(piece.length);
        bytes += piece.length;
        return piece;
      } catch (error) {
        if (!exchange.isOver) {
          status = errorStatus(error).status;
          if (status !== CANCELLED_STATUS) this.#onInternalError(error, exchange.head);
        }
        throw error;
      }
    };
    void exchange.replyInPieces(response, { next });
  }

  #failure(error: unknown, { head }: Exchange): ApiResponse {
    if (errorStatus(error).status === 500) this.#onInternalError(error, head);
    return errorResponse(error, Math.random());
  }
}
