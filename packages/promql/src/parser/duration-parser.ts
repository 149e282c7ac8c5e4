/** Durations as expressions: ranges and steps in brackets, and what stands behind `offset`. */
import type { DurationExpression, DurationNumber, DurationOperator } from '../ast/expression.ts';
import { DURATION_MS_MAX } from './duration.ts';
import { numberValue } from './number-value.ts';
import { rangeOf, type TokenReader } from './token-reader.ts';
import type { Token, TokenKind } from './token.ts';

interface Complaint {
  /** What is being read. */
  readonly context: string;
  /** What may stand there. */
  readonly expected: string;
}

export const RANGE_COMPLAINT: Complaint = {
  context: 'subquery or range selector',
  expected: 'number, duration, step(), or range()',
};
export const STEP_COMPLAINT: Complaint = {
  context: 'subquery selector',
  expected: 'number, duration, step(), range(), or "]"',
};
const OFFSET_COMPLAINT: Complaint = {
  context: 'offset',
  expected: 'number, duration, step(), or range()',
};

const ADDITION = 1;
const MULTIPLICATION = 2;
const POWER = 3;
const OPERATORS: ReadonlyMap<TokenKind, [operator: DurationOperator, precedence: number]> = new Map([
  ['+', ['+', ADDITION]],
  ['-', ['-', ADDITION]],
  ['*', ['*', MULTIPLICATION]],
  ['/', ['/', MULTIPLICATION]],
  ['%', ['%', MULTIPLICATION]],
  ['^', ['^', POWER]],
]);

/** A range or a step: what is a number is positive. */
export function readBracketDuration(reader: TokenReader, complaint: Complaint): DurationExpression {
  const duration = new DurationParser(reader, complaint).readBinary(0);
  if (duration.kind !== 'number') return duration;
  if (duration.seconds <= 0) reader.fail(duration.position.start, 'duration must be greater than 0');
  return standingAlone(duration);
}

/**
 * Behind `offset` stands one term, with a sign or without. Only what begins with a parenthesis or with two signs
 * goes on with operators: those would otherwise belong to the expression around it.
 *
 * @returns null for an offset of 0
 */
export function readOffset(reader: TokenReader): DurationExpression | null {
  const parser = new DurationParser(reader, OFFSET_COMPLAINT);
  const duration = readOffsetTerm(reader, parser);
  if (duration.kind !== 'number') return duration;
  return duration.seconds === 0 ? null : standingAlone(duration);
}

function readOffsetTerm(reader: TokenReader, parser: DurationParser): DurationExpression {
  const sign = reader.takeIf('-') ?? reader.takeIf('+');
  const { kind } = reader.peek();
  if (sign === null) return kind === '(' ? parser.readBinary(0) : parser.readPrimary();
  if (kind !== '-' && kind !== '+') return parser.applySign(sign, parser.readPrimary());
  const operand = parser.readBinary(POWER);
  const duration = parser.continueBinary(parser.applySign(sign, operand), 0);
  // The signs may be gone when it is printed; only parentheses then keep its operators in the offset.
  return duration.kind === 'binary' ? parser.parenthesise(duration) : duration;
}

function standingAlone(number: DurationNumber): DurationNumber {
  return { ...number, isDuration: true, parenthesised: false };
}

class DurationParser {
  readonly #reader: TokenReader;
  readonly #complaint: Complaint;

  constructor(reader: TokenReader, complaint: Complaint) {
    this.#reader = reader;
    this.#complaint = complaint;
  }

  readBinary(precedenceMin: number): DurationExpression {
    return this.#reader.nested(() => this.continueBinary(this.#readPrefixed(), precedenceMin));
  }

  continueBinary(first: DurationExpression, precedenceMin: number): DurationExpression {
    let left = first;
    for (;;) {
      const token = this.#reader.peek();
      const [operator, precedence = -1] = OPERATORS.get(token.kind) ?? [];
      if (operator === undefined || precedence < precedenceMin) return left;
      this.#reader.take();
      const right = this.readBinary(operator === '^' ? precedence : precedence + 1);
      this.#refuseZero(token, right);
      left = this.#binary(operator, left, right);
    }
  }

  applySign(sign: Token, operand: DurationExpression): DurationExpression {
    const position = rangeOf(sign, operand.position);
    if (operand.kind === 'number') {
      // Never -0.
      const seconds = sign.kind === '-' ? 0 - operand.seconds : operand.seconds;
      return { ...operand, seconds, parenthesised: false, position };
    }
    if (sign.kind === '+') return operand;
    return this.#reader.track({ kind: 'negate', operand, parenthesised: false, position }, [operand]);
  }

  parenthesise(inner: DurationExpression): DurationExpression {
    return this.#reader.track({ ...inner, parenthesised: true }, [inner]);
  }

  readPrimary(): DurationExpression {
    const reader = this.#reader;
    const number = reader.takeIf('number') ?? reader.takeIf('duration');
    if (number !== null) return this.#number(number);
    const time = reader.takeIf('step') ?? reader.takeIf('range');
    if (time !== null) return this.#stepOrRange(time);
    const edge = reader.takeIf('min_of') ?? reader.takeIf('max_of');
    if (edge !== null) return this.#minimumOrMaximum(edge);
    this.#takeOnly('(');
    const inner = this.readBinary(0);
    this.#takeOnly(')');
    return this.parenthesise(inner);
  }

  #readPrefixed(): DurationExpression {
    const sign = this.#reader.takeIf('-') ?? this.#reader.takeIf('+');
    return sign === null ? this.readPrimary() : this.applySign(sign, this.readBinary(POWER));
  }

  #number(token: Token): DurationNumber {
    const seconds = numberValue(this.#reader, token);
    if (!(seconds <= DURATION_MS_MAX / 1000)) this.#reader.fail(token.start, 'duration out of range');
    const { start, end } = token;
    const isDuration = token.kind === 'duration';
    return { kind: 'number', seconds, isDuration, parenthesised: false, position: { start, end } };
  }

  #stepOrRange(name: Token): DurationExpression {
    this.#takeOnly('(');
    const position = rangeOf(name, this.#takeOnly(')'));
    return { kind: name.kind === 'step' ? 'step' : 'range', parenthesised: false, position };
  }

  #minimumOrMaximum(name: Token): DurationExpression {
    this.#takeOnly('(');
    const left = this.readBinary(0);
    this.#takeOnly(',');
    const right = this.readBinary(0);
    const position = rangeOf(name, this.#takeOnly(')'));
    const operator = name.kind === 'min_of' ? 'min_of' : 'max_of';
    return this.#reader.track({ kind: 'binary', operator, left, right, parenthesised: false, position }, [
      left,
      right,
    ]);
  }

  #binary(
    operator: DurationOperator,
    left: DurationExpression,
    right: DurationExpression,
  ): DurationExpression {
    const position = rangeOf(left.position, right.position);
    return this.#reader.track({ kind: 'binary', operator, left, right, parenthesised: false, position }, [
      left,
      right,
    ]);
  }

  #refuseZero(operator: Token, divisor: DurationExpression): void {
    if (divisor.kind !== 'number' || divisor.seconds !== 0) return;
    if (operator.kind === '/') this.#reader.fail(operator.start, 'division by zero');
    if (operator.kind === '%') this.#reader.fail(operator.start, 'modulo by zero');
  }

  #takeOnly(kind: TokenKind): Token {
    return this.#reader.takeOnly(kind, this.#complaint.context, this.#complaint.expected);
  }
}
