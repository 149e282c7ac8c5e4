import { PromontoryError } from '@promontory/base';
import type { Matcher } from '@promontory/model';
import { parseSelector } from '@promontory/promql';
import { badRequest, invalidParameter } from './parameter-error.ts';
import type { RequestParameters } from './request-parameters.ts';

const MATCH = 'match[]';
/** Each is a selection of its own. */
export const SELECTORS_MAX = 256;

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
  return readSelectorTexts(parameters).map((text) => {
    const matchers = parseSelector(text, parameters.regexes);
    if (matchers.some((matcher) => !matcher.matchesValue(''))) return matchers;
    throw badRequest('match[] must contain at least one non-empty matcher');
  });
}

/** @throws PromontoryError ERR_PARAMETER_INVALID for more than SELECTORS_MAX */
export function readSelectorTexts(parameters: RequestParameters): readonly string[] {
  const texts = parameters.getAll(MATCH);
  if (texts.length <= SELECTORS_MAX) return texts;
  throw badRequest(`too many match[] parameters; got ${texts.length}, the limit is ${SELECTORS_MAX}`);
}
