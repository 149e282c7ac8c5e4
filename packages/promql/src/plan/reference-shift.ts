import { childExpressions, type Expression, type TimeShift } from '../ast/expression.ts';

/**
 * What `@` and `offset` make of the evaluation time for the samples of an expression: the shifts on the way to its
 * first selector, from the outermost in. Those outside of an `@` do not count.
 */
export function shiftsOf(expression: Expression): readonly TimeShift[] {
  const shifts = shiftsToSelector(expression) ?? [];
  const pinned = shifts.findLastIndex(({ at }) => at !== null);
  return shifts.slice(Math.max(0, pinned));
}

/** @returns null when there is no selector */
function shiftsToSelector(expression: Expression): TimeShift[] | null {
  if (expression.kind === 'vector-selector') return [expression];
  for (const child of childExpressions(expression)) {
    const below = shiftsToSelector(child);
    if (below !== null) return expression.kind === 'subquery' ? [expression, ...below] : below;
  }
  return null;
}
