import { assert } from '@promontory/base';
import {
  isComparison,
  type ArithmeticOperator,
  type BinaryOperator,
  type ComparisonOperator,
} from '../../ast/expression.ts';

export type ArithmeticFunction = (left: number, right: number) => number;
export type ComparisonFunction = (left: number, right: number) => boolean;

/** JavaScript's power, with IEEE 754's answers for a base of 1 and -1 where it gives NaN. */
function power(left: number, right: number): number {
  if (left === 1 || (left === -1 && Math.abs(right) === Infinity)) return 1;
  return left ** right;
}

const ARITHMETIC: Readonly<Record<ArithmeticOperator, ArithmeticFunction>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
};

const COMPARISON: Readonly<Record<ComparisonOperator, ComparisonFunction>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};

/** @returns null for comparisons, set operators and trims */
export function arithmeticFunction(operator: BinaryOperator): ArithmeticFunction | null {
  return operator in ARITHMETIC ? ARITHMETIC[operator as ArithmeticOperator] : null;
}

export function comparisonFunction(operator: ComparisonOperator): ComparisonFunction {
  return COMPARISON[operator];
}

/** Between scalars a comparison gives 1 or 0. */
export function scalarFunction(operator: BinaryOperator): ArithmeticFunction {
  if (isComparison(operator)) {
    const compare = comparisonFunction(operator);
    return (left, right) => (compare(left, right) ? 1 : 0);
  }
  const arithmetic = arithmeticFunction(operator);
  assert(arithmetic !== null, 'set operators and trims do not combine scalars');
  return arithmetic;
}
