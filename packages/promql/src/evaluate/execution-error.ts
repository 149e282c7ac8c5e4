import { PromontoryError, type ErrorContext } from '@promontory/base';
import { ERR_QUERY_EXECUTION } from '../error-codes.ts';

/** The data does not fit the query; messages as Prometheus words them. */
export function executionError(message: string, context?: ErrorContext): PromontoryError {
  return new PromontoryError(message, {
    code: ERR_QUERY_EXECUTION,
    kind: 'execution',
    ...(context && { context }),
  });
}

export function duplicateLabelsError(): PromontoryError {
  return executionError('vector cannot contain metrics with the same labelset');
}
