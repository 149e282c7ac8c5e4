/**
 * Everything else under /api/: collects the body and has it answered. Bodies count against the budget until
 * whoever answers is done with them, answers until the client has taken them or has gone.
 */
import { PromontoryError, systemClock } from '@promontory/base';
import {
  type ApiRequest,
  type ApiResponse,
  dataErrorReply,
  errorStatus,
  REMOTE_READ_PATHS,
} from '@promontory/http-api';
import { ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT } from '@promontory/promql';
import type { AdmissionGate } from '../pools/admission-gate.ts';
import type { AnswerStream } from '../pools/answer-stream.ts';
import type { LentResponse, QueryRequest, RunningQuery } from '../pools/query-pool.ts';
import { Turn } from '../pools/turn.ts';
import type { QueryRunner } from '../query/query-runner.ts';
import type { LedgerEntry, RequestLedger } from '../query/request-ledger.ts';
import { PARAMETERS_BYTES_MAX } from '../request-limits.ts';
import type { ByteBudget, ByteShare } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';
import { collectBody, noRoomForQuery, noRoomForRead } from './request-body.ts';

const READ_BODY_BYTES_MAX = 32 * 1024 * 1024;
/** Of answers that somebody cancelled, or whose client went away in the middle. */
const CANCELLED_STATUS = 499;
const CANCELLED = { code: ERR_QUERY_CANCELLED, kind: 'cancelled' } as const;
const TIMED_OUT = { code: ERR_QUERY_TIMEOUT, kind: 'timeout' } as const;

export interface QueryRouteOptions {
  readonly queries: QueryRunner;
  readonly budget: ByteBudget;
  readonly remoteReads: AdmissionGate;
  /** How long a remote read waits for others at most. */
  readonly queryDurationMsMax: number;
  readonly ledger: RequestLedger;
  /** Told of an error behind a 500 that arose here and not in a query. */
  readonly onInternalError: (error: unknown, request: Pick<ApiRequest, 'path' | 'queryString'>) => void;
}

interface Asked {
  readonly exchange: Exchange;
  readonly request: QueryRequest;
  readonly bodyShare: ByteShare;
  readonly entry: LedgerEntry;
}

export class QueryRoute {
  readonly #queries: QueryRunner;
  readonly #budget: ByteBudget;
  readonly #remoteReads: AdmissionGate;
  readonly #queryDurationMsMax: number;
  readonly #ledger: RequestLedger;
  readonly #onInternalError: QueryRouteOptions['onInternalError'];

  constructor(options: QueryRouteOptions) {
    this.#queries = options.queries;
    this.#budget = options.budget;
    this.#remoteReads = options.remoteReads;
    this.#queryDurationMsMax = options.queryDurationMsMax;
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
      bytesMax: REMOTE_READ_PATHS.has(exchange.head.path) ? READ_BODY_BYTES_MAX : PARAMETERS_BYTES_MAX,
      share,
      onBody: (body) => {
        isReceiving = false;
        this.#admit(exchange, body, share);
      },
      onRefused: (error) => exchange.reply(this.#failure(error, exchange), { closeConnection: true }),
    });
  }

  #admit(exchange: Exchange, body: Uint8Array, bodyShare: ByteShare): void {
    const { user, remoteAddress, head } = exchange;
    const { method, path, queryString, headers } = head;
    const request = { method, path, queryString, headers, body, receivedMs: systemClock.nowMs() };
    const entry = this.#ledger.begin(request, { user, remoteAddress });
    const asked = { exchange, request, bodyShare, entry };
    if (REMOTE_READ_PATHS.has(path)) this.#enter(asked);
    else this.#run(asked);
  }

  /** Remote reads pin what they read until the last byte is sent: so many go on at once, others wait. */
  #enter(asked: Asked): void {
    const { exchange, bodyShare, entry } = asked;
    const turn = new Turn();
    const place = this.#remoteReads.tryEnter(() => turn.come());
    if (place === null) {
      bodyShare.release();
      this.#fail(asked, noRoomForRead(this.#remoteReads.waiting));
      return;
    }
    if (turn.isWaiting) turn.endAfter(this.#queryDurationMsMax, readNotBegun('timed out', TIMED_OUT));
    const cancelled = readNotBegun('was canceled', CANCELLED);
    entry.onCancel(() => turn.end(cancelled));
    exchange.onOver(() => {
      turn.end(cancelled);
      place.leave();
      bodyShare.release();
    });
    turn.coming.then(
      () => this.#run(asked),
      (error: unknown) => {
        place.leave();
        this.#fail(asked, error);
      },
    );
  }

  #run(asked: Asked): void {
    const { exchange, request, bodyShare, entry } = asked;
    let query: RunningQuery;
    try {
      query = this.#queries.run(request);
    } catch (error) {
      bodyShare.release();
      this.#fail(asked, error);
      return;
    }
    entry.onCancel(() => query.cancel());
    // Once it is answered this does nothing.
    exchange.onOver(() => query.cancel());
    query.response
      .finally(() => bodyShare.release())
      .then(
        (lent) => this.#answer(exchange, lent, entry),
        (error: unknown) => this.#fail(asked, error),
      )
      // A fault of ours in answering must not leave the client without an answer.
      .catch((error: unknown) => exchange.reply(this.#failure(error, exchange)));
  }

  #fail({ exchange, entry }: Asked, error: unknown): void {
    const response = this.#failure(error, exchange);
    entry.end({ status: response.status, bytes: exchange.isOver ? 0 : response.body.length, cost: null });
    exchange.reply(response);
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
    const bytes = stream === null ? body.length : stream.heldBytes;
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
    // Until the last piece is made, whoever ends the answer has given it up.
    let status = CANCELLED_STATUS;
    let bytes = 0;
    let upcomingBytes = response.body.length;
    // Of the piece that is sent and of the next one; there is no room to wait for in the middle of an answer.
    let sent = this.#budget.open();
    let upcoming = this.#budget.open();
    upcoming.grow(upcomingBytes);
    exchange.onOver(() => {
      sent.release();
      upcoming.release();
      entry.end({ status, bytes, cost: response.cost ?? null });
    });
    // The thread may have nothing to do with it for now, and a client that takes nothing asks for nothing.
    entry.onCancel(() => exchange.close());
    const next = async (): Promise<Uint8Array | null> => {
      try {
        // Asked for when the one before was written, and the one before that was taken.
        sent.release();
        [sent, upcoming] = [upcoming, sent];
        bytes += upcomingBytes;
        const piece = await stream.next();
        if (piece === null) status = response.status;
        if (piece === null || exchange.isOver) return null;
        upcomingBytes = piece.length;
        upcoming.grow(upcomingBytes);
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
    return dataErrorReply(error, head, Math.random());
  }
}

function readNotBegun(why: string, kind: typeof CANCELLED | typeof TIMED_OUT): PromontoryError {
  return new PromontoryError(`remote read ${why} while it waited for others to end`, kind);
}
