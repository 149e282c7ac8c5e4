import { assert, InvariantError, unreachable } from '@promontory/base';
import {
  histogramIgnoredInAggregation,
  invalidQuantile,
  invalidRatio,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
import { goMax, goMin } from '../../evaluate/go-math.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { CountsSlab } from '../../histogram/counts-slab.ts';
import { HistogramMean } from '../../histogram/histogram-mean.ts';
import { HistogramSum } from '../../histogram/histogram-sum.ts';
import { canTell } from '../../plan/can-tell.ts';
import type { AggregationPlan, Site } from '../../plan/plan-node.ts';
import type { PositionRange } from '../../ast/position.ts';
import { annotateSites } from '../annotate-sites.ts';
import type { ScalarOperator, VectorOperator } from '../operator.ts';
import type { OperatorSource } from '../operator-source.ts';
import { extentOf, type ScalarExtent } from '../scalars/scalar-extent.ts';
import type { Accumulator, AccumulatorSize } from './accumulator.ts';
import { AggregationOperator } from './aggregation-operator.ts';
import { AverageAccumulator } from './average-accumulator.ts';
import { CountAccumulator } from './count-accumulator.ts';
import { CountValuesOperator } from './count-values-operator.ts';
import { ExtremeAccumulator } from './extreme-accumulator.ts';
import { FloatsOnlyAccumulator } from './floats-only-accumulator.ts';
import type { Grouping } from './grouping.ts';
import { HistogramAccumulator } from './histogram-accumulator.ts';
import { LimitOperator } from './limit-operator.ts';
import { LimitRatioOperator } from './limit-ratio-operator.ts';
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
    const onHistograms = (): void => annotateSites(context, node, histogramIgnoredInAggregation(name));
    const ranking = { context, operand, parameter: given(scalar), clause, stepCount, onHistograms };
    return new RankingOperator({ ...ranking, smallest: name === 'bottomk' });
  }
  if (name === 'limitk') {
    const isReadWhole = canTell(node.operand);
    return new LimitOperator({ context, operand, parameter: given(scalar), clause, stepCount, isReadWhole });
  }
  if (name === 'limit_ratio') {
    reportInvalidRatios(context, given(scalar), node);
    return new LimitRatioOperator(context, operand, given(scalar));
  }
  if (name === 'quantile') reportInvalidQuantiles(context, given(scalar), node);
  return new AggregationOperator(context, operand, clause, stepCount, (size, grouping) =>
    makeAccumulator(context, node, size, grouping, scalar),
  );
}

function given(scalar: ScalarOperator | null): ScalarOperator {
  assert(scalar !== null, 'the checker demands the parameter');
  return scalar;
}

/** The floats' accumulator, and around it what becomes of histograms. */
function makeAccumulator(
  context: QueryContext,
  node: AggregationPlan,
  size: AccumulatorSize,
  grouping: Grouping,
  parameter: ScalarOperator | null,
): Accumulator {
  const { name } = node;
  const atOperand = (annotation: Annotation): void =>
    annotateSites(context, node, annotation, positionOfOperand);
  const floatsOnly = (floats: Accumulator): Accumulator =>
    new FloatsOnlyAccumulator(floats, () => atOperand(histogramIgnoredInAggregation(name)));
  const { stepCount } = size;
  const memory = new CountsSlab();
  const combining = { stepCount, budget: context.budget, annotate: atOperand };
  switch (name) {
    case 'sum': {
      const floats = new SumAccumulator(size);
      return new HistogramAccumulator({
        ...combining,
        floats,
        combine: (first) => new HistogramSum(first, memory),
      });
    }
    case 'avg': {
      const floats = new AverageAccumulator(size);
      return new HistogramAccumulator({
        ...combining,
        floats,
        combine: (first) => new HistogramMean(first, memory),
      });
    }
    case 'min':
    case 'max':
      return floatsOnly(new ExtremeAccumulator(size, name));
    case 'count':
    case 'group':
      return new CountAccumulator(size, name === 'group');
    case 'stddev':
    case 'stdvar':
      return floatsOnly(new VarianceAccumulator(size, name === 'stddev'));
    case 'quantile':
      return floatsOnly(new QuantileAccumulator(context, size, grouping.groupOfSeries, given(parameter)));
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
    case 'count_values':
      throw new InvariantError('these do not accumulate', { name });
    default:
      return unreachable(name);
  }
}

function positionOfOperand(site: Site): PositionRange {
  return site.args[0] ?? site.own;
}

function positionOfParameter(site: Site): PositionRange {
  return site.args[1] ?? site.own;
}

/** Of all values over the steps the worst on each side are told, and NaN. */
function reportInvalidQuantiles(
  context: QueryContext,
  quantile: ScalarOperator,
  node: AggregationPlan,
): void {
  for (const value of valuesBeyond(extentOf(quantile.values(), context.blocks), 0, 1)) {
    annotateSites(context, node, invalidQuantile(value), positionOfParameter);
  }
}

function reportInvalidRatios(context: QueryContext, ratio: ScalarOperator, node: AggregationPlan): void {
  for (const value of valuesBeyond(extentOf(ratio.values(), context.blocks), -1, 1)) {
    annotateSites(context, node, invalidRatio(value, Math.sign(value)), positionOfParameter);
  }
}

/** NaN when that is among the values, the largest of those above the range and the smallest of those below. */
function valuesBeyond(extent: ScalarExtent, minimum: number, maximum: number): number[] {
  const beyond: number[] = extent.hasNaN ? [NaN] : [];
  // Beside NaN only infinities count.
  const largest = goMax(extent.largest, maximum);
  const smallest = goMin(extent.smallest, minimum);
  if (largest > maximum) beyond.push(largest);
  if (smallest < minimum) beyond.push(smallest);
  return beyond;
}
