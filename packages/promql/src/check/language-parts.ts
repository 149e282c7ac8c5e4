/** The names that the language has, for those who ask a server what it can do. */
import { AGGREGATION_NAMES } from '../ast/expression.ts';
import { FUNCTION_SIGNATURES } from './function-signatures.ts';

const OPERATORS = '+ - * / % ^ atan2 == != > < >= <= =~ !~ and or unless </ >/ @'.split(' ');
const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

export interface LanguageParts {
  /** Name → whether Prometheus has it behind a feature flag. */
  readonly functions: ReadonlyMap<string, boolean>;
  /** The same of operators, of those on labels too, and aggregations. */
  readonly operators: ReadonlyMap<string, boolean>;
}

export const LANGUAGE_PARTS: LanguageParts = {
  functions: new Map(
    Array.from(FUNCTION_SIGNATURES, ([name, { isExperimental }]) => [name, isExperimental] as const),
  ),
  operators: new Map([
    ...OPERATORS.map((name) => [name, false] as const),
    ...AGGREGATION_NAMES.map((name) => [name, EXPERIMENTAL_AGGREGATIONS.has(name)] as const),
  ]),
};
