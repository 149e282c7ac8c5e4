/** Text of a `.test` script → commands. Line numbers count from 1. */
import { parseDurationMs, parseExpression } from '@promontory/promql';
import type {
  EvalCommand,
  EvalTimes,
  Expectations,
  ExpectedSeries,
  LoadCommand,
  LoadedSeries,
  ScriptCommand,
  TextExpectation,
} from './script.ts';
import { parseScriptNumber, parseSeriesDescription, scriptError } from './series-notation.ts';

const LOAD = /^load(?:_(with_nhcb))?\s+(\S+)$/;
const EVAL_INSTANT = /^eval(?:_(fail|warn|info|ordered))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/;
const EVAL_RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;
const RANGE_VECTOR = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;
const EXPECT = /^expect\s+(\w+)(?:\s+(msg|regex):\s*(.*))?$/;

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT with the line in front of its message */
export function parseScript(text: string): ScriptCommand[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: ScriptCommand[] = [];
  for (let index = 0; index < lines.length; index++) {
    const first = lines[index] ?? '';
    if (first === '') continue;
    const body: string[] = [];
    const line = index + 1;
    while (isBody(first) && (lines[index + 1] ?? '') !== '') body.push(lines[++index] ?? '');
    commands.push(parseCommand(first, body, line));
  }
  return commands;
}

function isBody(first: string): boolean {
  return first.startsWith('load') || first.startsWith('eval');
}

function parseCommand(first: string, body: readonly string[], line: number): ScriptCommand {
  if (/^clear$/i.test(first)) return { kind: 'clear', line };
  if (first.startsWith('load')) return parseLoad(first, body, line);
  if (first.startsWith('eval')) return parseEval(first, body, line);
  throw scriptError(`line ${line}: unknown command ${first}`);
}

function parseLoad(first: string, body: readonly string[], line: number): LoadCommand {
  const parts = LOAD.exec(first);
  if (parts === null) throw scriptError(`line ${line}: malformed load`);
  const series: LoadedSeries[] = [];
  let hasStartTimestamps = false;
  let hasDefaultStartTimestamps = false;
  for (const text of body) {
    const marker = /^(\S*)@st\s/.exec(text);
    if (marker !== null) {
      hasStartTimestamps = true;
      hasDefaultStartTimestamps ||= marker[1] === '';
      continue;
    }
    series.push({ ...parseSeriesDescription(text), hasStartTimestamps });
    hasStartTimestamps = hasDefaultStartTimestamps;
  }
  return {
    kind: 'load',
    line,
    stepMs: parseDurationMs(parts[2] ?? ''),
    withCustomBuckets: parts[1] !== undefined,
    series,
  };
}

function parseEval(first: string, body: readonly string[], line: number): EvalCommand {
  const instant = EVAL_INSTANT.exec(first);
  const range = EVAL_RANGE.exec(first);
  const parts = range ?? instant;
  if (parts === null) throw scriptError(`line ${line}: malformed eval`);
  const expectations = emptyExpectations(parts[1]);
  const series: ExpectedSeries[] = [];
  let rangeVector: EvalTimes | null = null;
  for (const text of body) {
    const vector = RANGE_VECTOR.exec(text);
    if (vector !== null) rangeVector = parseTimes(vector[1], vector[2], vector[3]);
    else if (!readExpectation(text, expectations, line)) series.push(parseSeriesDescription(text));
  }
  const timeMs = parseDurationMs(instant?.[2] ?? '0');
  return {
    kind: 'eval',
    line,
    query: range?.[5] ?? instant?.[3] ?? '',
    times:
      range === null
        ? { startMs: timeMs, endMs: timeMs, stepMs: 0 }
        : parseTimes(range[2], range[3], range[4]),
    isRange: range !== null,
    rangeVector,
    expectations,
    series,
  };
}

function parseTimes(start = '0', end = '0', step = '0'): EvalTimes {
  return { startMs: parseDurationMs(start), endMs: parseDurationMs(end), stepMs: parseDurationMs(step) };
}

/** @param suffix the older way to say it: `eval_fail`, `eval_warn`, … */
function emptyExpectations(suffix: string | undefined): Expectations {
  const any: TextExpectation = { kind: 'any', text: '' };
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

/** @returns false when the line is a series */
function readExpectation(text: string, expectations: Expectations, line: number): boolean {
  const scalar = parseScriptNumber(text);
  if (scalar !== null) {
    expectations.scalar = scalar;
    return true;
  }
  const failure = /^expected_fail_(message|regexp)\s+(.*)$/.exec(text);
  if (failure !== null) {
    expectations.fail = { kind: failure[1] === 'message' ? 'msg' : 'regex', text: (failure[2] ?? '').trim() };
    return true;
  }
  if (!/^expect\s/.test(text)) return false;
  const string = /^expect\s+string\s+(.+)$/.exec(text)?.[1];
  if (string !== undefined) expectations.string = parseString(string, line);
  else setExpectation(text, expectations, line);
  return true;
}

function parseString(literal: string, line: number): string {
  const expression = parseExpression(literal);
  if (expression.kind !== 'string') throw scriptError(`line ${line}: expected a string literal`);
  return expression.value;
}

function setExpectation(text: string, expectations: Expectations, line: number): void {
  const parts = EXPECT.exec(text);
  const expected: TextExpectation = {
    kind: parts?.[2] === 'msg' || parts?.[2] === 'regex' ? parts[2] : 'any',
    text: (parts?.[3] ?? '').trim(),
  };
  switch (parts?.[1] ?? '') {
    case 'fail':
      expectations.fail = expected;
      break;
    case 'warn':
      expectations.warn.push(expected);
      break;
    case 'info':
      expectations.info.push(expected);
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
    default:
      throw scriptError(`line ${line}: unknown expectation ${text}`);
  }
}
