/** Collects the bodies of queries: small, and bounded. Write bodies go into the pipeline's slab instead. */
import { PromontoryError } from '@promontory/base';
import {
  ERR_QUERY_BYTES_IN_FLIGHT_MAX,
  ERR_READ_QUEUE_FULL,
  ERR_REQUEST_BODY_BYTES_MAX,
} from '../error-codes.ts';
import type { ByteShare } from './byte-budget.ts';
import type { Exchange } from './exchange.ts';

export interface CollectBodyOptions {
  readonly bytesMax: number;
  /** Grows with what is received; its owner releases it. */
  readonly share: ByteShare;
  /** Called once with the whole body, owned by the callee. */
  readonly onBody: (body: Uint8Array) => void;
  /** Called instead, once, with ERR_REQUEST_BODY_BYTES_MAX or ERR_QUERY_BYTES_IN_FLIGHT_MAX; the rest is not read. */
  readonly onRefused: (error: PromontoryError) => void;
}

export function bodyTooLarge(what: string, bytes: number, bytesMax: number, flag: string): PromontoryError {
  return new PromontoryError(
    `cannot take ${what}: a body of ${bytes} bytes, want at most ${bytesMax}${flag}`,
    {
      code: ERR_REQUEST_BODY_BYTES_MAX,
      kind: 'too-large',
      context: { bytes, bytesMax },
    },
  );
}

/** @param verb what cannot be done: take, answer */
export function noRoomForQuery(verb: string, bytes: number): PromontoryError {
  return new PromontoryError(
    `cannot ${verb} query: no room for ${bytes} bytes more of queries and answers under way; read answers faster, ask for less or raise --query-bytes-in-flight-max`,
    { code: ERR_QUERY_BYTES_IN_FLIGHT_MAX, kind: 'overload', context: { bytes } },
  );
}

export function noRoomForRead(waiting: number): PromontoryError {
  return new PromontoryError(
    `cannot take remote read: ${waiting} wait already, the limit; retry later or raise --remote-read-max or --remote-read-queue-max`,
    { code: ERR_READ_QUEUE_FULL, kind: 'overload', context: { waiting } },
  );
}

export function collectBody(exchange: Exchange, options: CollectBodyOptions): void {
  const { bytesMax, share, onBody, onRefused } = options;
  const { contentLength } = exchange.head;
  if (contentLength !== null && contentLength > bytesMax) {
    onRefused(bodyTooLarge('request', contentLength, bytesMax, ''));
    return;
  }
  let chunks: Uint8Array[] = [];
  let byteLength = 0;
  let isOver = false;
  const refuse = (error: PromontoryError): void => {
    isOver = true;
    chunks = [];
    onRefused(error);
  };
  exchange.onBody((chunk, isLast) => {
    if (isOver) return;
    byteLength += chunk.length;
    if (byteLength > bytesMax) {
      refuse(bodyTooLarge('request', byteLength, bytesMax, ''));
    } else if (!share.tryGrow(chunk.length)) {
      refuse(noRoomForQuery('take', chunk.length));
    } else {
      chunks.push(chunk.slice());
      isOver = isLast;
      if (isLast) onBody(chunks.length === 1 ? (chunks[0] ?? new Uint8Array(0)) : Buffer.concat(chunks));
    }
  });
}
