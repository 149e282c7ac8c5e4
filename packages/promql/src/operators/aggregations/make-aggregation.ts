import { assert, unreachable } from '@promontory/base';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { AggregationPlan } from '../../plan/plan-node.ts';
import { notSupportedError } from '../../parser/syntax-error.ts';
import type { ScalarOperator, VectorOperator } from '../operator.ts';
import type { OperatorSource } from '../operator-source.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';
import { AggregationOperator } from './aggregation-operator.ts';
import { AverageAccumulator } from './average-accumulator.ts';
import { CountAccumulator } from './count-accumulator.ts';
import { CountValuesOperator } from './count-values-operator.ts';
import { ExtremeAccumulator } from './extreme-accumulator.ts';
import type { Grouping } from './grouping.ts';
import { QuantileAccumulator } from './quantile-accumulator.ts';
import { RankingOperator } from './ranking-operator.ts';
import { SumAccumulator } from './sum-accumulator.ts';
import { VarianceAccumulator } from './variance-accumulator.ts';

export function makeAggregation(source: OperatorSource, node: AggregationPlan): VectorOperator {
  const { context } = source;
  const { name, parameter, grid } = node;
  const { stepCount } = grid;
  const operand = source.vector(node.operand);
  const clause = { without: node.without, labelNames: node.labelNames };
  if (name === 'count_values') {
    assert(parameter?.kind === 'string', 'count_values has a label');
    return new CountValuesOperator(context, operand, parameter.literal.value, clause, stepCount);
  }
  const scalar = parameter === null ? null : source.scalar(parameter);
  if (name === 'topk' || name === 'bottomk') {
    assert(scalar !== null, 'a ranking has a count');
    const smallest = name === 'bottomk';
    return new RankingOperator({ context, operand, parameter: scalar, clause, stepCount, smallest });
  }
  if (name === 'limitk' || name === 'limit_ratio') throw notSupportedError(name);
  if (name === 'quantile' && scalar !== null) reportInvalidQuantiles(context, scalar, node);
  return new AggregationOperator(context, operand, clause, stepCount, (size, grouping) =>
    makeAccumulator(name, size, grouping, scalar, context),
  );
}

function makeAccumulator(
  name: Exclude<AggregationPlan['name'], 'topk' | 'bottomk' | 'limitk' | 'limit_ratio' | 'count_values'>,
  size: AccumulatorSize,
  grouping: Grouping,
  parameter: ScalarOperator | null,
  context: QueryContext,
): Accumulator {
  switch (name) {
    case 'sum':
      return new SumAccumulator(size);
    case 'avg':
      return new AverageAccumulator(size);
    case 'min':
    case 'max':
      return new ExtremeAccumulator(size, name);
    case 'count':
    case 'group':
      return new CountAccumulator(size, name === 'group');
    case 'stddev':
    case 'stdvar':
      return new VarianceAccumulator(size, name === 'stddev');
    case 'quantile':
      assert(parameter !== null, 'a quantile has a parameter');
      return new QuantileAccumulator(size, grouping.groupOfSeries, parameter, context.budget);
    default:
      return unreachable(name);
  }
}

/** Of all values over the steps only the worst on each side are told, and NaN. */
function reportInvalidQuantiles(
  context: QueryContext,
  quantile: ScalarOperator,
  node: AggregationPlan,
): void {
  const values = quantile.values();
  const worst = [
    values.find((value) => Number.isNaN(value)),
    values.reduce((left, right) => Math.max(left, right), -Infinity),
    values.reduce((left, right) => Math.min(left, right), Infinity),
  ];
  for (const value of worst) {
    if (value === undefined || (value >= 0 && value <= 1) || values.length === 0) continue;
    for (const site of node.sites) {
      context.annotations.invalidQuantile(value, site.args[1] ?? site.own);
    }
  }
}
