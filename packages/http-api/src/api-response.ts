import type { QueryCost } from '@promontory/promql';
import type { JsonWriter } from './json/json-writer.ts';

/** The rest of a body that is made piece by piece, as the client takes it. */
export interface BodyStream {
  /** Of pieces that are there already; 0 when each is made as it is asked for. */
  readonly heldBytes: number;
  /** @returns the next piece, the receiver's to keep; null at the end. @throws what making it throws: the answer ends torn then */
  next(): Uint8Array | null;
  /** Releases what the stream holds (snapshots, pinned memory); before or after the end; twice is fine. */
  close(): void;
}

/** The rest of a body whose pieces come when something happens. */
export interface BodyFeed {
  /** One at a time. @returns resolves to the next piece, the receiver's to keep, or to null at the end */
  next(): Promise<Uint8Array | null>;
  /** Ends it: nobody takes its pieces any more. Twice is fine. */
  close(): void;
}

/** The answer to one request. The body is the receiver's: it may be kept or changed, as the service that gave its memory says. */
export interface ApiResponse {
  readonly status: number;
  /** Names in their usual case; no Content-Length, which the server knows where there is no stream. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** `body` goes first, then the pieces of it. Who takes the response closes it, whatever happens. */
  readonly stream?: BodyStream;
  /** The same, for pieces that are not there yet; there is no `stream` then. */
  readonly feed?: BodyFeed;
  /** What evaluating a query took, also one that failed; for the logs. */
  readonly cost?: QueryCost;
}

const JSON_HEADERS = [['Content-Type', 'application/json']] as const;
const encoder = new TextEncoder();

export type ExtraHeaders = ApiResponse['headers'];

/** Takes the writer's buffer. */
export function jsonResponse(
  status: number,
  writer: JsonWriter,
  extraHeaders: ExtraHeaders = [],
): ApiResponse {
  return { status, headers: [...JSON_HEADERS, ...extraHeaders], body: writer.finish() };
}

export function textResponse(status: number, text: string, extraHeaders: ExtraHeaders = []): ApiResponse {
  return {
    status,
    headers: [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['X-Content-Type-Options', 'nosniff'],
      ...extraHeaders,
    ],
    body: encoder.encode(text),
  };
}

export function emptyResponse(status: number, extraHeaders: ExtraHeaders = []): ApiResponse {
  return { status, headers: extraHeaders, body: new Uint8Array(0) };
}
