/** Durations as Prometheus prints them. */
import { unreachable } from '@promontory/base';
import { formatGoF } from '../evaluate/format-float.ts';
import { formatDuration } from '../parser/duration.ts';
import type { DurationExpression } from './expression.ts';

export function printDuration(duration: DurationExpression): string {
  const printed = printTerm(duration);
  return duration.parenthesised ? `(${printed})` : printed;
}

function printTerm(duration: DurationExpression): string {
  switch (duration.kind) {
    case 'number':
      return duration.isDuration ? printSeconds(duration.seconds) : formatGoF(duration.seconds);
    case 'step':
    case 'range':
      return `${duration.kind}()`;
    case 'negate':
      return `-${printDuration(duration.operand)}`;
    case 'binary': {
      const { operator } = duration;
      const left = printDuration(duration.left);
      const right = printDuration(duration.right);
      const isCall = operator === 'min_of' || operator === 'max_of';
      return isCall ? `${operator}(${left}, ${right})` : `${left} ${operator} ${right}`;
    }
    default:
      return unreachable(duration);
  }
}

/** A number of seconds with units, in whole milliseconds. */
export function printSeconds(seconds: number): string {
  // Rounded to nanoseconds, so that 1.001 s are not cut to 1 s.
  const durationMs = Math.trunc(Math.round(Math.abs(seconds) * 1e9) / 1e6);
  const sign = seconds < 0 || Object.is(seconds, -0) ? '-' : '';
  return sign + formatDuration(durationMs);
}
