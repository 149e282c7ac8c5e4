import { PromontoryError } from '@promontory/base';
import { ERR_QUERY_STEPS_MAX, type Expression } from '@promontory/promql';
import { invalidParameter } from '../parameters/parameter-error.ts';
import type { ParameterCall } from './data-endpoint.ts';

/** @throws PromontoryError of kind bad-data, said of the parameter */
export function parseQueryParameter({ parameters, services }: ParameterCall): Expression {
  try {
    return services.engine.parse(parameters.get('query'));
  } catch (error) {
    throw namedQueryError(error);
  }
}

/** What is wrong with the query text is wrong with the parameter `query`. */
export function namedQueryError(error: unknown): unknown {
  const isText =
    error instanceof PromontoryError && error.kind === 'bad-data' && error.code !== ERR_QUERY_STEPS_MAX;
  return isText ? invalidParameter('query', error.message, error) : error;
}
