/**
 * Answers to exporters, in the encoding of their request, as the OTLP specification wants them: success is an
 * `ExportMetricsServiceResponse`, with `partial_success` when data points were refused; everything else is a
 * `google.rpc.Status`.
 */
import type { ErrorKind } from '@promontory/base';
import type { Rejection } from '@promontory/model';
import { encodeAnswer } from '../proto/schema.ts';

export type OtlpEncoding = 'protobuf' | 'json';

export const OTLP_CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

export interface OtlpPartialSuccess {
  readonly rejectedDataPoints: number;
  /** What was refused and why, for a person; bounded. */
  readonly errorMessage: string;
}

/** Numbers of google.rpc.Code. */
const STATUS_CODES: Readonly<Record<ErrorKind, number>> = {
  'bad-data': 3,
  'too-large': 3,
  unauthenticated: 16,
  forbidden: 7,
  'not-found': 5,
  execution: 9,
  timeout: 4,
  cancelled: 1,
  overload: 8,
  unavailable: 14,
  corrupt: 13,
  internal: 13,
};

const MESSAGE_CHARACTERS_MAX = 2000;

/**
 * @param contentType of a request, with or without parameters; undefined when it has none
 * @returns null when it is neither of the two
 */
export function otlpEncodingOf(contentType: string | undefined): OtlpEncoding | null {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === OTLP_CONTENT_TYPES.protobuf) return 'protobuf';
  return mediaType === OTLP_CONTENT_TYPES.json ? 'json' : null;
}

/** @param partialSuccess null when everything was taken; the body of a full success in protobuf is empty */
export function encodeExportResponse(
  encoding: OtlpEncoding,
  partialSuccess: OtlpPartialSuccess | null,
): Uint8Array {
  if (encoding === 'protobuf') {
    return encodeAnswer('ExportResponse', partialSuccess === null ? {} : { partialSuccess });
  }
  if (partialSuccess === null) return Buffer.from('{}');
  const { rejectedDataPoints, errorMessage } = partialSuccess;
  // JSON of protobuf writes 64-bit integers as texts.
  const body = { partialSuccess: { rejectedDataPoints: String(rejectedDataPoints), errorMessage } };
  return Buffer.from(JSON.stringify(body));
}

/** The body of an answer with a status of 400 or above. Whether a retry helps is for the HTTP status to say. */
export function encodeErrorStatus(encoding: OtlpEncoding, kind: ErrorKind, message: string): Uint8Array {
  const status = { code: STATUS_CODES[kind], message: cut(message) };
  return encoding === 'protobuf' ? encodeAnswer('Status', status) : Buffer.from(JSON.stringify(status));
}

/**
 * Warnings of a translation are no part of it: exporters log a partial success as an error, each time.
 *
 * @param rejections of data points; counts are added up
 * @returns null when nothing was refused
 */
export function partialSuccessOf(rejections: readonly Rejection[]): OtlpPartialSuccess | null {
  if (rejections.length === 0) return null;
  const parts = rejections.map(({ code, count, example }) => `${count} refused, ${code} (${example})`);
  const rejectedDataPoints = rejections.reduce((sum, { count }) => sum + count, 0);
  return { rejectedDataPoints, errorMessage: cut(parts.join('; ')) };
}

function cut(text: string): string {
  if (text.length <= MESSAGE_CHARACTERS_MAX) return text;
  return `${text.slice(0, MESSAGE_CHARACTERS_MAX).toWellFormed()}…`;
}
