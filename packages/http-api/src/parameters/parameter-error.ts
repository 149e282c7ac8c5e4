import { PromontoryError } from '@promontory/base';
import { ERR_PARAMETER_INVALID } from '../error-codes.ts';

/** A request whose parameters make no sense together. */
export function badRequest(message: string, cause?: unknown): PromontoryError {
  return new PromontoryError(message, { code: ERR_PARAMETER_INVALID, kind: 'bad-data', cause });
}

/** One parameter that makes no sense, worded as Prometheus does. */
export function invalidParameter(name: string, reason: string, cause?: unknown): PromontoryError {
  return badRequest(`invalid parameter "${name}": ${reason}`, cause);
}
