/**
 * `extra_label=name=value` and `extra_filters[]={…}`, as VictoriaMetrics has them: what every selection of the
 * request must match, whatever its query says. Filters are alternatives; the labels go with each of them. An empty one
 * is refused: who lost a value on the way must not see everything.
 */
import { PromontoryError } from '@promontory/base';
import { Matcher, type RegexBudget } from '@promontory/model';
import { parseSelector } from '@promontory/promql';
import type { Scope } from '../source/scoped-source.ts';
import { invalidParameter } from './parameter-error.ts';
import type { RequestParameters } from './request-parameters.ts';

const LABEL = 'extra_label';
const FILTERS = ['extra_filters', 'extra_filters[]'];
/** Every selection is made once for each of them. */
export const EXTRA_FILTERS_MAX = 32;

/**
 * @returns null when the request names neither
 * @throws PromontoryError ERR_PARAMETER_INVALID
 */
export function readScope(parameters: RequestParameters): Scope | null {
  const labels = parameters.getAll(LABEL).map(labelMatcher);
  const [first, ...others] = FILTERS.flatMap((name) =>
    parameters.getAll(name).map((text) => [...filterMatchers(name, text, parameters.regexes), ...labels]),
  );
  if (first === undefined) return labels.length === 0 ? null : [labels];
  if (others.length < EXTRA_FILTERS_MAX) return [first, ...others];
  const reason = `too many filters; got ${others.length + 1}, the limit is ${EXTRA_FILTERS_MAX}`;
  throw invalidParameter('extra_filters[]', reason);
}

function labelMatcher(text: string): Matcher {
  const equalsAt = text.indexOf('=');
  const value = text.slice(equalsAt + 1);
  if (equalsAt > 0 && value !== '') return new Matcher('=', text.slice(0, equalsAt), value);
  throw invalidParameter(LABEL, `want name=value; got ${JSON.stringify(text)}`);
}

function filterMatchers(name: string, text: string, regexes: RegexBudget): Matcher[] {
  const matchers = parseFilter(name, text, regexes);
  if (matchers.length > 0) return matchers;
  throw invalidParameter(name, `want a filter that says something; got ${JSON.stringify(text)}`);
}

function parseFilter(name: string, text: string, regexes: RegexBudget): Matcher[] {
  try {
    return parseSelector(text, regexes);
  } catch (error) {
    throw error instanceof PromontoryError ? invalidParameter(name, error.message, error) : error;
  }
}
