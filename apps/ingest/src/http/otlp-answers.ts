/** Answers to OTLP exporters: which requests are read at all, and what became of them as their protocol says it. */
import { errorMessage, type ErrorKind, PromontoryError } from '@promontory/base';
import {
  type ApiResponse,
  emptyResponse,
  errorStatus,
  type HeaderLookup,
  errorHeaders,
} from '@promontory/http-api';
import {
  encodeErrorStatus,
  encodeExportResponse,
  OTLP_CONTENT_TYPES,
  type OtlpEncoding,
  otlpEncodingOf,
  partialSuccessOf,
} from '@promontory/otlp';
import type { JobOutcome, WriteFormat } from '../pipeline/job-table.ts';

type ExtraHeaders = ApiResponse['headers'];
type Compression = 'none' | 'gzip';

const ALLOW = [['Allow', 'OPTIONS, POST']] as const;
const FORMATS: Readonly<Record<OtlpEncoding, Readonly<Record<Compression, WriteFormat>>>> = {
  protobuf: { none: 'otlp-protobuf', gzip: 'otlp-protobuf-gzip' },
  json: { none: 'otlp-json', gzip: 'otlp-json-gzip' },
};

/** @returns what the body is said to be, or what to answer before it is read */
export function otlpFormatOf(method: string, headers: HeaderLookup): WriteFormat | ApiResponse {
  if (method === 'OPTIONS') return emptyResponse(204, ALLOW);
  if (method !== 'POST') {
    const message = `method ${method} is not allowed for OTLP; want POST`;
    return statusReply(headers, 405, 'bad-data', message, ALLOW);
  }
  const contentType = headers.get('content-type');
  const encoding = otlpEncodingOf(contentType);
  if (encoding === null) {
    const message = `cannot read OTLP of Content-Type ${contentType ?? '(none)'}: want ${OTLP_CONTENT_TYPES.protobuf} or ${OTLP_CONTENT_TYPES.json}`;
    return statusReply(headers, 415, 'bad-data', message);
  }
  const compression = compressionOf(headers.get('content-encoding'));
  if (compression !== null) return FORMATS[encoding][compression];
  const message = `cannot read OTLP of Content-Encoding ${headers.get('content-encoding')}: want gzip or none`;
  return statusReply(headers, 415, 'bad-data', message);
}

/** The answer once the fate of every data point is known, and those that were stored are on disk. */
export function otlpReply({ rejections, dataPoints }: JobOutcome, headers: HeaderLookup): ApiResponse {
  const encoding = answerEncoding(headers);
  // Storage counts samples, of which a data point may be many.
  const partialSuccess = partialSuccessOf(rejections, dataPoints);
  return answer(200, encoding, encodeExportResponse(encoding, partialSuccess));
}

/**
 * The answer when nothing of the request was stored.
 *
 * @param error whatever was thrown; the text of one that is not ours stays inside
 * @param jitter in [0, 1), see errorHeaders
 */
export function otlpErrorReply(
  error: unknown,
  headers: HeaderLookup,
  jitter: number,
  moreHeaders: ExtraHeaders = [],
): ApiResponse {
  const isOurs = error instanceof PromontoryError;
  const message = isOurs ? errorMessage(error) : 'internal error';
  const extraHeaders = [...errorHeaders(error, jitter), ...moreHeaders];
  return statusReply(
    headers,
    errorStatus(error).status,
    isOurs ? error.kind : 'internal',
    message,
    extraHeaders,
  );
}

function statusReply(
  headers: HeaderLookup,
  status: number,
  kind: ErrorKind,
  message: string,
  extraHeaders: ExtraHeaders = [],
): ApiResponse {
  const encoding = answerEncoding(headers);
  return answer(status, encoding, encodeErrorStatus(encoding, kind, message), extraHeaders);
}

function answer(
  status: number,
  encoding: OtlpEncoding,
  body: Uint8Array,
  extraHeaders: ExtraHeaders = [],
): ApiResponse {
  return { status, headers: [['Content-Type', OTLP_CONTENT_TYPES[encoding]], ...extraHeaders], body };
}

/** That of the request; where it has none that is known, the one that people can read. */
function answerEncoding(headers: HeaderLookup): OtlpEncoding {
  return otlpEncodingOf(headers.get('content-type')) ?? 'json';
}

/** @returns null for one that is not read */
function compressionOf(contentEncoding: string | undefined): Compression | null {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return 'none';
  return encoding === 'gzip' ? 'gzip' : null;
}
