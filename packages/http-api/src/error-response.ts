import { errorMessage, PromontoryError } from '@promontory/base';
import { acceptsJson } from './accepts-json.ts';
import type { HeaderLookup } from './api-request.ts';
import { jsonResponse, textResponse, type ApiResponse, type ExtraHeaders } from './api-response.ts';
import { JsonWriter } from './json/json-writer.ts';
import { errorStatus, errorHeaders, type ApiErrorType } from './status.ts';

/** `{"status":"error","errorType":…,"error":…}` with any status and headers. */
export function apiError(
  status: number,
  errorType: ApiErrorType,
  message: string,
  extraHeaders: ExtraHeaders = [],
): ApiResponse {
  const writer = new JsonWriter(256);
  writer.raw(`{"status":"error","errorType":"${errorType}","error":`);
  writer.text(message);
  writer.raw('}');
  return jsonResponse(status, writer, extraHeaders);
}

/**
 * The answer to anything that was thrown. The text of an error that is not ours stays inside.
 *
 * @param jitter in [0, 1), see errorHeaders
 */
export function errorResponse(error: unknown, jitter: number): ApiResponse {
  const { status, errorType } = errorStatus(error);
  return apiError(status, errorType, publicMessage(error), errorHeaders(error, jitter));
}

/** How errors are written, when the request does not say. */
export type ErrorFormat = 'json' | 'text';

/** The same, as the endpoint's clients show it best. */
export function formattedErrorResponse(
  error: unknown,
  jitter: number,
  format: ErrorFormat,
  headers: HeaderLookup,
): ApiResponse {
  const isText = format === 'text' && !acceptsJson(headers.get('accept'));
  return isText ? textErrorResponse(error, jitter) : errorResponse(error, jitter);
}

/** As one line of text, for clients that show the body as it is. */
function textErrorResponse(error: unknown, jitter: number): ApiResponse {
  return textResponse(errorStatus(error).status, `${publicMessage(error)}\n`, errorHeaders(error, jitter));
}

function publicMessage(error: unknown): string {
  return error instanceof PromontoryError ? errorMessage(error) : 'internal error';
}
