import { unreachable } from '@promontory/base';
import type { DurationExpression } from '../ast/expression.ts';
import { executionError } from '../evaluate/execution-error.ts';
import { DURATION_MS_MAX } from '../parser/duration.ts';

/** What durations may refer to: the top-level query's step and range, 0 for an instant query. */
export interface QueryTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/**
 * @returns whole milliseconds, truncated as Prometheus does
 * @throws PromontoryError ERR_QUERY_EXECUTION when the value is not finite or too large
 */
export function durationValueMs(expression: DurationExpression, times: QueryTimes): number {
  // Rounding to nanoseconds first keeps 0.007 s at 7 ms.
  const durationMs = Math.trunc(Math.round(seconds(expression, times) * 1e9) / 1e6);
  if (!(Math.abs(durationMs) <= DURATION_MS_MAX)) throw executionError('duration out of range');
  return durationMs;
}

/**
 * For ranges and steps.
 *
 * @throws PromontoryError ERR_QUERY_EXECUTION also when the value is not positive
 */
export function positiveDurationMs(expression: DurationExpression, times: QueryTimes): number {
  const durationMs = durationValueMs(expression, times);
  if (durationMs <= 0) throw executionError('duration must be greater than 0');
  return durationMs;
}

function seconds(expression: DurationExpression, times: QueryTimes): number {
  switch (expression.kind) {
    case 'number':
      return expression.seconds;
    case 'step':
      return times.stepMs / 1000;
    case 'range':
      return (times.endMs - times.startMs) / 1000;
    case 'negate':
      return -seconds(expression.operand, times);
    case 'binary':
      return combine(expression, seconds(expression.left, times), seconds(expression.right, times));
    default:
      return unreachable(expression);
  }
}

function combine(
  expression: Extract<DurationExpression, { kind: 'binary' }>,
  left: number,
  right: number,
): number {
  switch (expression.operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw executionError('division by zero');
      return left / right;
    case '%':
      if (right === 0) throw executionError('modulo by zero');
      return left % right;
    case '^':
      return left ** right;
    case 'min_of':
      return Math.min(left, right);
    case 'max_of':
      return Math.max(left, right);
    default:
      return unreachable(expression.operator);
  }
}
