import { PromontoryError } from '@promontory/base';
import type { Matcher } from '@promontory/model';
import { parseSelector } from '@promontory/promql';
import { badRequest, invalidParameter } from './parameter-error.ts';
import type { RequestParameters } from './request-parameters.ts';

const MATCH = 'match[]';

/**
 * As readMatcherSets, but what is wrong is said of the parameter by name.
 *
 * @throws PromontoryError of kind bad-data
 */
export function readNamedMatcherSets(parameters: RequestParameters): readonly (readonly Matcher[])[] {
  try {
    return readMatcherSets(parameters);
  } catch (error) {
    throw error instanceof PromontoryError ? invalidParameter(MATCH, error.message, error) : error;
  }
}

/**
 * The `match[]` parameters, one set of matchers each. A set that would match a series without any label
 * (`{}`, `{job=~".*"}`) is refused: it selects everything.
 *
 * @throws PromontoryError of kind bad-data
 */
export function readMatcherSets(parameters: RequestParameters): readonly (readonly Matcher[])[] {
  return parameters.getAll(MATCH).map((text) => {
    const matchers = parseSelector(text);
    if (matchers.some((matcher) => !matcher.matchesValue(''))) return matchers;
    throw badRequest('match[] must contain at least one non-empty matcher');
  });
}
