import { childExpressions, type Expression } from '../ast/expression.ts';

/** Functions whose value depends on the evaluation time even when their arguments do not. */
const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  'time',
  'timestamp',
  'predict_linear',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'year',
]);

/** Answers, per expression and remembered, whether every step has the same value. */
export class StepInvariance {
  readonly #known = new Map<Expression, boolean>();

  of(expression: Expression): boolean {
    const known = this.#known.get(expression);
    if (known !== undefined) return known;
    const invariant = this.#compute(expression);
    this.#known.set(expression, invariant);
    return invariant;
  }

  #compute(expression: Expression): boolean {
    if (expression.kind === 'vector-selector' || expression.kind === 'subquery')
      return expression.at !== null;
    if (expression.kind === 'call' && TIME_DEPENDENT.has(expression.functionName)) return false;
    // Its second argument is no selector of its own: it is read at the time of the first.
    if (expression.kind === 'call' && expression.functionName === 'info') {
      return expression.args.slice(0, 1).every((argument) => this.of(argument));
    }
    // As in Prometheus, the parameter does not count: over such an operand it is taken at the first step.
    if (expression.kind === 'aggregation') return this.of(expression.expression);
    return childExpressions(expression).every((child) => this.of(child));
  }
}
