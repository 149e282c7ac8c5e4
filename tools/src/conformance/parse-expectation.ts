/** The lines below an eval that are no series: `expect …`, the older `expected_fail_…`, and the value of a scalar. */
import { parseExpression } from '@promontory/promql';
import { parseScriptNumber } from './number-notation.ts';
import { scriptError } from './script-error.ts';
import type { Expectations, TextExpectation } from './script.ts';

const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(msg|regex):(.+))?$/;
const STRING = /^expect\s+string\s+(.+)$/;
const EXPECTED_FAIL = /^expected_fail_(message|regexp)\s+(.+)$/;

/** @param suffix the older way to say it: `eval_fail`, `eval_warn`, … */
export function emptyExpectations(suffix: string | undefined): Expectations {
  const any: TextExpectation = { kind: 'any' };
  return {
    fail: suffix === 'fail' ? any : null,
    warn: suffix === 'warn' ? [any] : [],
    info: suffix === 'info' ? [any] : [],
    noWarn: false,
    noInfo: false,
    ordered: suffix === 'ordered',
    string: null,
    scalar: null,
  };
}

/**
 * @returns false when the line is a series
 * @throws PromontoryError ERR_CONFORMANCE_SCRIPT
 */
export function readExpectation(text: string, expectations: Expectations): boolean {
  const scalar = parseScriptNumber(text);
  const failure = expectations.fail === null ? null : EXPECTED_FAIL.exec(text);
  const string = STRING.exec(text)?.[1];
  if (scalar !== null) expectations.scalar = scalar;
  else if (failure !== null) {
    expectations.fail = textExpectation(failure[1] === 'message' ? 'msg' : 'regex', failure[2]);
  } else if (string !== undefined) expectations.string = parseString(string);
  else if (/^expect(?:\s|$)/.test(text)) setExpectation(text, expectations);
  else return false;
  return true;
}

function parseString(literal: string): string {
  const expression = parseExpression(literal);
  if (expression.kind !== 'string') throw scriptError(`${literal} is no string in quotes`);
  return expression.value;
}

function setExpectation(text: string, expectations: Expectations): void {
  const [, what, kind, expected] = EXPECT.exec(text) ?? [];
  switch (what) {
    case 'fail':
      if (expectations.fail !== null && expectations.fail.kind !== 'any')
        throw scriptError('a second expect fail');
      expectations.fail = textExpectation(kind, expected);
      break;
    case 'warn':
      expectations.warn.push(textExpectation(kind, expected));
      break;
    case 'info':
      expectations.info.push(textExpectation(kind, expected));
      break;
    case 'no_warn':
      expectations.noWarn = true;
      break;
    case 'no_info':
      expectations.noInfo = true;
      break;
    case 'ordered':
      expectations.ordered = true;
      break;
    case undefined:
    default:
      throw scriptError(`unknown expectation ${text}`);
  }
  checkConsistent(expectations);
}

function checkConsistent({ warn, noWarn, info, noInfo }: Expectations): void {
  if (noWarn && warn.length > 0) throw scriptError('expect warn and expect no_warn exclude each other');
  if (noInfo && info.length > 0) throw scriptError('expect info and expect no_info exclude each other');
}

function textExpectation(kind: string | undefined, text = ''): TextExpectation {
  const wanted = text.trim();
  if (kind === 'msg') return { kind, text: wanted };
  return kind === 'regex' ? { kind, regex: new RegExp(wanted) } : { kind: 'any' };
}
