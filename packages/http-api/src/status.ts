/**
 * The one place where the kind of an error becomes an HTTP status, the `errorType` of the query API, and
 * advice on when to come back.
 */
import { PromontoryError, unreachable, type ErrorKind } from '@promontory/base';
import type { ExtraHeaders } from './api-response.ts';

/** The words of the `errorType` member; those up to `not_found` are Prometheus's. */
export type ApiErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'internal'
  | 'unavailable'
  | 'not_found'
  | 'unauthorized'
  | 'forbidden';

export interface ErrorStatus {
  readonly status: number;
  readonly errorType: ApiErrorType;
}

/** The JSON of Prometheus has no member for it. */
export const ERROR_CODE_HEADER = 'X-Promontory-Error';
const RETRY_AFTER_SECONDS_MIN = 2;
const RETRY_AFTER_SECONDS_SPREAD = 9;

export function errorStatus(error: unknown): ErrorStatus {
  if (!(error instanceof PromontoryError)) return { status: 500, errorType: 'internal' };
  if (error.kind === 'overload') return { status: overloadStatus(error), errorType: 'unavailable' };
  return kindStatus(error.kind);
}

/** An `overload` whose context says `scope: 'instance'` is that instance's own limit, any other the server's. */
function overloadStatus(error: PromontoryError): number {
  return error.context['scope'] === 'instance' ? 429 : 503;
}

function kindStatus(kind: Exclude<ErrorKind, 'overload'>): ErrorStatus {
  switch (kind) {
    case 'bad-data':
      return { status: 400, errorType: 'bad_data' };
    case 'too-large':
      return { status: 413, errorType: 'bad_data' };
    case 'unauthenticated':
      return { status: 401, errorType: 'unauthorized' };
    case 'forbidden':
      return { status: 403, errorType: 'forbidden' };
    case 'not-found':
      return { status: 404, errorType: 'not_found' };
    case 'execution':
      return { status: 422, errorType: 'execution' };
    case 'timeout':
      return { status: 503, errorType: 'timeout' };
    case 'cancelled':
      return { status: 499, errorType: 'canceled' };
    case 'unavailable':
      return { status: 503, errorType: 'unavailable' };
    case 'corrupt':
    case 'internal':
      return { status: 500, errorType: 'internal' };
    default:
      return unreachable(kind);
  }
}

/**
 * Headers that say which error it is, by its code, and tell a sender when to retry, unless it would only happen again. An
 * error whose context says `retryAfterMs` is not retried sooner.
 *
 * @param jitter in [0, 1): spreads the senders, so that they do not all come back at once
 */
export function errorHeaders(error: unknown, jitter: number): ExtraHeaders {
  if (!(error instanceof PromontoryError)) return [];
  const code = [ERROR_CODE_HEADER, error.code] as const;
  if (error.kind !== 'overload' && error.kind !== 'unavailable') return [code];
  const { retryAfterMs } = error.context;
  const soonestSeconds = typeof retryAfterMs === 'number' ? Math.ceil(retryAfterMs / 1000) : 0;
  const spreadSeconds = Math.floor(jitter * RETRY_AFTER_SECONDS_SPREAD);
  const seconds = Math.max(RETRY_AFTER_SECONDS_MIN, soonestSeconds) + spreadSeconds;
  return [code, ['Retry-After', String(seconds)]];
}
