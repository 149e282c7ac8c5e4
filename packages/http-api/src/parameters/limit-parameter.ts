import { parseInteger } from './integer-parameter.ts';
import { invalidParameter } from './parameter-error.ts';
import type { RequestParameters } from './request-parameters.ts';

/**
 * @returns how many results are wanted at most, 0 for all
 * @throws PromontoryError ERR_PARAMETER_INVALID
 */
export function readLimit(parameters: RequestParameters): number {
  const text = parameters.get('limit');
  if (text === '') return 0;
  const parsed = parseInteger(text);
  // Prometheus shows the words of Go's own parser here.
  if ('problem' in parsed) throw invalidParameter('limit', `strconv.Atoi: ${parsed.problem}`);
  if (parsed.value < 0) throw invalidParameter('limit', 'limit must be non-negative');
  return parsed.value;
}
