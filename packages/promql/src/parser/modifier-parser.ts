/** What stands behind an operand: ranges, subqueries, `offset`, `@`, `anchored` and `smoothed`. */
import type {
  AtModifier,
  DurationExpression,
  Expression,
  MatrixSelector,
  Subquery,
  TimeShift,
  VectorSelector,
} from '../ast/expression.ts';
import { RANGE_COMPLAINT, readBracketDuration, readOffset, STEP_COMPLAINT } from './duration-parser.ts';
import { numberValue } from './number-value.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './token.ts';

const AFTER_AT = { context: '@', expected: 'timestamp' };
/** Of seconds and of milliseconds alike: Prometheus keeps both in 64 bits. */
const TIMESTAMP_MAX = 2 ** 63;

/** @returns the operand itself when no modifier follows */
export function readModifiers(reader: TokenReader, operand: Expression): Expression {
  let modified = operand;
  for (;;) {
    const next = readModifier(reader, modified);
    if (next === null) return modified;
    modified = reader.track(next, [modified]);
  }
}

function readModifier(reader: TokenReader, operand: Expression): Expression | null {
  const bracket = reader.takeIf('[');
  if (bracket !== null) return readBrackets(reader, operand, bracket);
  if (reader.takeIf('offset') !== null) return applyOffset(reader, operand, readOffset(reader));
  if (reader.takeIf('@') !== null) return applyAt(reader, operand, readTimestamp(reader, operand));
  if (reader.takeIf('anchored') !== null) return extend(reader, operand, 'anchored');
  return reader.takeIf('smoothed') === null ? null : extend(reader, operand, 'smoothed');
}

function readBrackets(reader: TokenReader, operand: Expression, open: Token): Expression {
  const { start } = operand.position;
  const range = readBracketDuration(reader, RANGE_COMPLAINT);
  if (reader.takeIf(':') === null) {
    const { end } = reader.takeOnly(']', 'subquery or range', '":" or "]"');
    return matrixSelector(reader, operand, range, open.start, { start, end });
  }
  const step = reader.peek().kind === ']' ? null : readBracketDuration(reader, STEP_COMPLAINT);
  const { end } = reader.takeOnly(']', 'subquery selector', '"]"');
  const position = { start, end };
  return { kind: 'subquery', expression: operand, range, step, offset: null, at: null, position };
}

function matrixSelector(
  reader: TokenReader,
  operand: Expression,
  range: DurationExpression,
  bracketPosition: number,
  position: MatrixSelector['position'],
): MatrixSelector {
  if (operand.kind !== 'vector-selector') {
    reader.fail(bracketPosition, 'ranges only allowed for vector selectors');
  }
  if (operand.offset !== null) {
    reader.fail(bracketPosition, 'no offset modifiers allowed before range');
  }
  if (operand.at !== null) reader.fail(bracketPosition, 'no @ modifiers allowed before range');
  return { kind: 'matrix-selector', selector: operand, range, position };
}

function applyOffset(
  reader: TokenReader,
  operand: Expression,
  offset: DurationExpression | null,
): Expression {
  return shift(reader, operand, 'offset', (shifted) => {
    if (shifted.offset !== null) {
      reader.fail(operand.position.start, 'offset may not be set multiple times');
    }
    return { offset };
  });
}

function applyAt(reader: TokenReader, operand: Expression, at: AtModifier): Expression {
  return shift(reader, operand, '@', (shifted) => {
    if (shifted.at !== null) {
      reader.fail(operand.position.start, '@ <timestamp> may not be set multiple times');
    }
    return { at };
  });
}

function readTimestamp(reader: TokenReader, operand: Expression): AtModifier {
  const { context, expected } = AFTER_AT;
  const edge = reader.takeIf('start') ?? reader.takeIf('end');
  if (edge !== null) {
    reader.takeOnly('(', context, expected);
    reader.takeOnly(')', context, expected);
    return { kind: edge.kind === 'start' ? 'start' : 'end' };
  }
  const sign = reader.takeIf('-') ?? reader.takeIf('+');
  const number = reader.takeIf('duration') ?? reader.takeOnly('number', context, expected);
  const value = numberValue(reader, number);
  const seconds = sign?.kind === '-' ? -value : value;
  if (!(Math.abs(seconds * 1000) < TIMESTAMP_MAX)) {
    const printed = formatFixed(seconds);
    reader.fail(operand.position.start, `timestamp out of bounds for @ modifier: ${printed}`);
  }
  // Halves are rounded away from zero; adding 0 makes 0 of -0.
  return { kind: 'time', timestampMs: Math.sign(seconds) * Math.round(Math.abs(seconds) * 1000) + 0 };
}

/** Go's `%f`. */
function formatFixed(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

function shift(
  reader: TokenReader,
  operand: Expression,
  modifier: string,
  change: (shifted: VectorSelector | Subquery) => Partial<TimeShift>,
): Expression {
  const position = { start: operand.position.start, end: reader.lastEnd };
  if (operand.kind === 'vector-selector' || operand.kind === 'subquery') {
    return { ...operand, ...change(operand), position };
  }
  if (operand.kind === 'matrix-selector') {
    return { ...operand, selector: { ...operand.selector, ...change(operand.selector) }, position };
  }
  return reader.fail(
    position.start,
    `${modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
  );
}

/** The position stays that of the operand without its modifier, as in Prometheus. */
function extend(reader: TokenReader, operand: Expression, modifier: 'anchored' | 'smoothed'): Expression {
  const fail = (reason: string): never => reader.fail(operand.position.start, reason);
  if (!reader.allowsExperimental) fail(`${modifier} modifier is experimental and not enabled`);
  const extendSelector = (selector: VectorSelector): VectorSelector => {
    if (selector.extension !== null && selector.extension !== modifier) {
      fail('anchored and smoothed modifiers cannot be used together');
    }
    return { ...selector, extension: modifier };
  };
  if (operand.kind === 'vector-selector') return extendSelector(operand);
  if (operand.kind === 'matrix-selector') return { ...operand, selector: extendSelector(operand.selector) };
  const isSubquery = operand.kind === 'subquery';
  return fail(`${modifier} modifier ${isSubquery ? 'is not supported for subqueries' : 'not implemented'}`);
}
