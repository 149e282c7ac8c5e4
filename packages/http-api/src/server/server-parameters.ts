import { RegexBudget } from '@promontory/model';
import type { ApiRequest } from '../api-request.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';

/** What these endpoints compile, writes and all other requests wait for: some 20 ms at worst. */
const REGEX_WEIGHT_MAX = 2000;

/** @throws PromontoryError ERR_REQUEST_BODY_INVALID, ERR_REQUEST_PARAMETERS_MAX */
export function readServerParameters(request: ApiRequest): RequestParameters {
  return RequestParameters.read(request, new RegexBudget(REGEX_WEIGHT_MAX));
}
