/**
 * Whether the selectors of an expression are asked for nothing of native histograms but count and sum: then their
 * buckets need not go through the operators between. Followed from the root down, while the planner plans.
 *
 * Which calls decide is Prometheus's choice, and can be seen: a selector that reads count and sum alone tells of
 * every histogram whether it follows a reset, since without buckets nobody could find out later.
 */
import { isTrim, type Expression } from '../ast/expression.ts';

const STATISTICS: ReadonlySet<string> = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);
const WHOLE: ReadonlySet<string> = new Set([
  'histogram_quantile',
  'histogram_quantiles',
  'histogram_fraction',
]);

export class HistogramNeeds {
  /** Calls above that take count and sum. */
  #statisticsDepth = 0;
  /** Expressions above that take buckets, and subqueries, which look for resets among what they picked. */
  #wholeDepth = 0;

  get isStatisticsOnly(): boolean {
    return this.#statisticsDepth > 0 && this.#wholeDepth === 0;
  }

  /** @param plan everything below the expression */
  within<T>(expression: Expression, plan: () => T): T {
    const statistics = expression.kind === 'call' && STATISTICS.has(expression.functionName) ? 1 : 0;
    const whole = needsWhole(expression) ? 1 : 0;
    this.#statisticsDepth += statistics;
    this.#wholeDepth += whole;
    const planned = plan();
    this.#statisticsDepth -= statistics;
    this.#wholeDepth -= whole;
    return planned;
  }
}

function needsWhole(expression: Expression): boolean {
  if (expression.kind === 'call') return WHOLE.has(expression.functionName);
  if (expression.kind === 'binary') return isTrim(expression.operator);
  return expression.kind === 'subquery';
}
