import { invalidParameter } from './parameter-error.ts';
import type { RequestParameters } from './request-parameters.ts';

const INTEGER = /^[+-]?\d+$/;

/**
 * @returns how many results are wanted at most, 0 for all
 * @throws PromontoryError ERR_PARAMETER_INVALID
 */
export function readLimit(parameters: RequestParameters): number {
  const text = parameters.get('limit');
  if (text === '') return 0;
  const limit = Number(text);
  if (!INTEGER.test(text)) throw invalidLimit(text, 'invalid syntax');
  if (!Number.isSafeInteger(limit)) throw invalidLimit(text, 'value out of range');
  if (limit < 0) throw invalidParameter('limit', 'limit must be non-negative');
  return limit;
}

/** Prometheus shows the words of Go's own parser here. */
function invalidLimit(text: string, reason: string): Error {
  return invalidParameter('limit', `strconv.Atoi: parsing ${JSON.stringify(text)}: ${reason}`);
}
