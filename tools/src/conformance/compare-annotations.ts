/** Errors, warnings and infos of an eval against what the script expects. */
import { errorCode, errorMessage } from '@promontory/base';
import { ERR_QUERY_EXECUTION, ERR_QUERY_SYNTAX, ERR_QUERY_TYPE, type QueryResult } from '@promontory/promql';
import type { Expectations, TextExpectation } from './script.ts';

/** How the language refuses a query. All else (a missing part, a limit, a defect) is no error that scripts mean. */
const REFUSALS: ReadonlySet<string | undefined> = new Set([
  ERR_QUERY_SYNTAX,
  ERR_QUERY_TYPE,
  ERR_QUERY_EXECUTION,
]);

/** @returns the complaint about a query that threw, or null when the script expects it */
export function compareError({ fail }: Expectations, error: unknown): string | null {
  const message = errorMessage(error);
  if (fail === null || !REFUSALS.has(errorCode(error))) return `unexpected error: ${message}`;
  return matchesText(fail, message) ? null : `expected the error ${wantedText(fail)}, got ${message}`;
}

/** @returns the complaint about the annotations of a result, or null; what the script does not mention may be there */
export function compareAnnotations(
  { warn, info, noWarn, noInfo }: Expectations,
  { warnings, infos }: Pick<QueryResult, 'warnings' | 'infos'>,
): string | null {
  if (noWarn && warnings.length > 0) return `unexpected warnings: ${warnings.join('; ')}`;
  if (noInfo && infos.length > 0) return `unexpected infos: ${infos.join('; ')}`;
  return compareTexts('warning', warn, warnings) ?? compareTexts('info', info, infos);
}

/** Where some are expected, each must come, and nothing else may. */
function compareTexts(
  kind: string,
  expected: readonly TextExpectation[],
  actual: readonly string[],
): string | null {
  if (expected.length === 0) return null;
  const missing = expected.find((expectation) => !actual.some((text) => matchesText(expectation, text)));
  if (missing !== undefined) {
    return `expected ${kind} ${wantedText(missing)} is missing; got ${actual.join('; ') || 'none'}`;
  }
  const unexpected = actual.find((text) => !expected.some((expectation) => matchesText(expectation, text)));
  return unexpected === undefined ? null : `unexpected ${kind}: ${unexpected}`;
}

function matchesText(expected: TextExpectation, text: string): boolean {
  if (expected.kind === 'any') return true;
  return expected.kind === 'msg' ? expected.text === text : expected.regex.test(text);
}

function wantedText(expected: TextExpectation): string {
  if (expected.kind === 'any') return '(any)';
  return expected.kind === 'msg' ? expected.text : String(expected.regex);
}
