import type { JsonWriter } from './json/json-writer.ts';

/** The answer to one request. The body is the receiver's: it may be kept or changed, as the service that gave its memory says. */
export interface ApiResponse {
  readonly status: number;
  /** Names in their usual case; no Content-Length, which the server knows. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
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
