/** Function calls → operators. */
import { assert, InvariantError } from '@promontory/base';
import { Labels, METRIC_NAME } from '@promontory/model';
import type { Annotations } from '../../evaluate/annotations.ts';
import { goMax, goMin } from '../../evaluate/go-math.ts';
import type { PositionRange } from '../../ast/position.ts';
import type { CallPlan, PlanNode } from '../../plan/plan-node.ts';
import { MergedOperator } from '../merged-operator.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import type { OperatorSource } from '../operator-source.ts';
import {
  ComputedScalar,
  combineScalars,
  constantScalar,
  scalarOfVector,
  timeScalar,
} from '../scalars/scalar-operators.ts';
import { absentLabels } from './absent-labels.ts';
import { AbsentOperator } from './absent-operator.ts';
import { HistogramFraction, HistogramQuantile, HistogramQuantiles } from './histogram-functions.ts';
import { HistogramOperator, type HistogramFunction } from './histogram-operator.ts';
import { ClampOperator, MapOperator, RoundOperator } from './map-operator.ts';
import { DATE_FUNCTIONS, MATH_FUNCTIONS } from './math-functions.ts';
import { EdgeKernel } from './range/edge-kernels.ts';
import { RangeFunctionOperator } from './range/range-function-operator.ts';
import { makeRangeKernel } from './range/range-kernels.ts';
import { labelJoin, labelReplace } from './relabel-operator.ts';
import { orderByLabels, orderByValue, SortOperator, type SortOrder } from './sort-operator.ts';
import { SampleTimeOperator, StepTimeOperator, VectorOfScalar } from './vector-operators.ts';

const COUNTER_SUFFIXES = ['_total', '_sum', '_count', '_bucket'];

export function makeScalarCall(source: OperatorSource, node: CallPlan): ScalarOperator {
  const { context, times } = source;
  const { grid, functionName } = node;
  const constant = (value: number): ScalarOperator => constantScalar(context, grid, value);
  switch (functionName) {
    case 'time':
      return timeScalar(context, grid);
    case 'pi':
      return constant(Math.PI);
    case 'start':
      return constant(times.startMs / 1000);
    case 'end':
      return constant(times.endMs / 1000);
    case 'range':
      return constant((times.endMs - times.startMs) / 1000);
    case 'step':
      return constant(times.stepMs / 1000);
    case 'scalar':
      return scalarOfVector(context, grid, source.vector(argument(node, 0)));
    case 'min_of':
    case 'max_of': {
      const combine = functionName === 'min_of' ? goMin : goMax;
      const [left, right] = [0, 1].map((index) => source.scalar(argument(node, index)));
      assert(left !== undefined && right !== undefined, 'two arguments');
      return combineScalars(context, grid, left, right, combine);
    }
    default:
      throw new InvariantError('the checker knows every scalar function', { functionName });
  }
}

export function makeVectorCall(source: OperatorSource, node: CallPlan): VectorOperator {
  const { functionName } = node;
  const math = MATH_FUNCTIONS[functionName];
  if (math !== undefined) return new MapOperator(source.vector(argument(node, 0)), math);
  const date = DATE_FUNCTIONS[functionName];
  if (date !== undefined) return new MapOperator(dateOperand(source, node), date);
  if (functionName === 'absent_over_time') return makeAbsentOverTime(source, node);
  const range = makeRangeCall(source, node);
  return range ?? makeOtherCall(source, node);
}

function argument(node: CallPlan, index: number): PlanNode {
  const found = node.args[index];
  assert(found !== undefined, 'the checker counted the arguments', { index });
  return found;
}

function string(node: CallPlan, index: number): string {
  const found = argument(node, index);
  assert(found.kind === 'string', 'the checker wants a string here', { index });
  return found.literal.value;
}

function dateOperand(source: OperatorSource, node: CallPlan): VectorOperator {
  if (node.args.length > 0) return source.vector(argument(node, 0));
  return new VectorOfScalar(timeScalar(source.context, node.grid));
}

/** Says something about the argument at `index`, at every place where the call stands. */
function annotateArgument(
  source: OperatorSource,
  node: CallPlan,
  index: number,
  say: (annotations: Annotations, position: PositionRange) => void,
): void {
  for (const site of node.sites) say(source.context.annotations, site.args[index] ?? site.own);
}

function makeRangeCall(source: OperatorSource, node: CallPlan): VectorOperator | null {
  const { functionName, args, grid } = node;
  const rangeArgument = args.find((candidate) => candidate.type === 'matrix');
  if (rangeArgument === undefined) return null;
  const kernel = makeRangeKernel(functionName, {
    scalars: args.filter((candidate) => candidate.type === 'scalar').map((scalar) => source.scalar(scalar)),
    onInvalidQuantile: (quantile) => {
      annotateArgument(source, node, 0, (annotations, position) =>
        annotations.invalidQuantile(quantile, position),
      );
    },
  });
  assert(kernel !== null, 'every range function has a kernel', { functionName });
  const isCounterFunction = functionName === 'rate' || functionName === 'increase';
  return new RangeFunctionOperator({
    context: source.context,
    grid,
    source: source.range(rangeArgument),
    kernel,
    keepsName: functionName === 'last_over_time' || functionName === 'first_over_time',
    onSeriesWithValues: isCounterFunction
      ? (series) => checkCounterName(source, node, rangeArgument, series)
      : null,
  });
}

/** Where Prometheus places notes about the samples of a subquery. */
const SUBQUERY_POSITION: PositionRange = { start: 0, end: 0 };

/** Computed values have no name to judge by. */
function checkCounterName(
  source: OperatorSource,
  node: CallPlan,
  rangeArgument: PlanNode,
  { labels, dropName }: SeriesMetadata,
): void {
  const name = labels.get(METRIC_NAME);
  if (dropName || name === '' || COUNTER_SUFFIXES.some((suffix) => name.endsWith(suffix))) return;
  if (rangeArgument.kind === 'subquery') {
    source.context.annotations.possibleNonCounter(name, SUBQUERY_POSITION);
    return;
  }
  annotateArgument(source, node, 0, (annotations, position) =>
    annotations.possibleNonCounter(name, position),
  );
}

function makeAbsentOverTime(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  const range = argument(node, 0);
  const presence = new RangeFunctionOperator({
    context,
    grid: node.grid,
    source: source.range(range),
    kernel: new EdgeKernel('present_over_time'),
    keepsName: false,
    onSeriesWithValues: null,
  });
  return new AbsentOperator(context, presence, labelsWhenAbsent(range));
}

function labelsWhenAbsent(node: PlanNode): Labels {
  const selector = node.kind === 'repeat' ? node.inner : node;
  const isSelector = selector.kind === 'instant-selector' || selector.kind === 'range-selector';
  return isSelector ? absentLabels(selector.matchers) : Labels.empty;
}

function makeOtherCall(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  const { functionName } = node;
  if (functionName.startsWith('histogram_')) return makeHistogramCall(source, node);
  if (functionName.startsWith('sort')) return makeSort(source, node);
  if (functionName.startsWith('clamp')) return makeClamp(source, node);
  if (functionName === 'vector') return new VectorOfScalar(source.scalar(argument(node, 0)));
  const operandNode = argument(node, 0);
  if (functionName === 'timestamp' && operandNode.kind === 'instant-selector') {
    return new SampleTimeOperator(source.instantSelector(operandNode));
  }
  const operand = source.vector(operandNode);
  switch (functionName) {
    case 'timestamp':
      return new StepTimeOperator(operand, node.grid);
    case 'absent':
      return new AbsentOperator(context, operand, labelsWhenAbsent(operandNode));
    case 'round': {
      const nearest = node.args[1];
      const scalar = nearest === undefined ? constantScalar(context, node.grid, 1) : source.scalar(nearest);
      return new RoundOperator(operand, scalar);
    }
    case 'label_replace': {
      const [target, template, origin, pattern] = [1, 2, 3, 4].map((index) => string(node, index));
      const args = {
        target: target ?? '',
        template: template ?? '',
        source: origin ?? '',
        pattern: pattern ?? '',
      };
      return new MergedOperator(context, labelReplace(context, operand, args));
    }
    case 'label_join': {
      const sources = node.args.slice(3).map((_, index) => string(node, index + 3));
      return new MergedOperator(
        context,
        labelJoin(context, operand, string(node, 1), string(node, 2), sources),
      );
    }
    default:
      throw new InvariantError('the checker knows every function', { functionName });
  }
}

function makeClamp(source: OperatorSource, node: CallPlan): VectorOperator {
  const operand = source.vector(argument(node, 0));
  const unbounded = (value: number): ScalarOperator =>
    new ComputedScalar(source.context, node.grid.stepCount, (values) => void values.fill(value));
  const bound = source.scalar(argument(node, 1));
  if (node.functionName === 'clamp_min') return new ClampOperator(operand, bound, unbounded(Infinity));
  if (node.functionName === 'clamp_max') return new ClampOperator(operand, unbounded(-Infinity), bound);
  return new ClampOperator(operand, bound, source.scalar(argument(node, 2)));
}

function makeSort(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  if (context.isRangeQuery) {
    for (const site of node.sites) context.annotations.ineffectiveSort(site.own);
  }
  const operand = source.vector(argument(node, 0));
  return new SortOperator(context, operand, sortOrder(node), node.grid.stepCount === 1);
}

function sortOrder(node: CallPlan): SortOrder {
  const descending = node.functionName.endsWith('_desc');
  if (!node.functionName.startsWith('sort_by_label')) return orderByValue(descending);
  return orderByLabels(
    node.args.slice(1).map((_, index) => string(node, index + 1)),
    descending,
  );
}

function makeHistogramCall(source: OperatorSource, node: CallPlan): VectorOperator {
  const vectorIndex = node.args.findIndex((candidate) => candidate.type === 'vector');
  const operand = source.vector(argument(node, vectorIndex));
  return new HistogramOperator(
    source.context,
    operand,
    node.grid.stepCount,
    makeHistogramFunction(source, node, vectorIndex),
    (metricName, bucketLabel) => {
      annotateArgument(source, node, vectorIndex, (annotations, position) =>
        annotations.badBucketLabel(metricName, bucketLabel, position),
      );
    },
  );
}

function makeHistogramFunction(
  source: OperatorSource,
  node: CallPlan,
  vectorIndex: number,
): HistogramFunction {
  const scalar = (index: number): ScalarOperator => source.scalar(argument(node, index));
  const onForced = (metricName: string): void => {
    annotateArgument(source, node, vectorIndex, (annotations, position) =>
      annotations.forcedMonotonicity(metricName, position),
    );
  };
  if (node.functionName === 'histogram_fraction') return new HistogramFraction(scalar(0), scalar(1));
  if (node.functionName === 'histogram_quantile') {
    reportInvalidQuantiles(source, node, 0);
    return new HistogramQuantile(scalar(0), onForced);
  }
  const quantiles = node.args.slice(2).map((_, index) => {
    reportInvalidQuantiles(source, node, index + 2);
    return scalar(index + 2);
  });
  return new HistogramQuantiles(string(node, 1), quantiles, onForced);
}

function reportInvalidQuantiles(source: OperatorSource, node: CallPlan, index: number): void {
  const invalid = source
    .scalar(argument(node, index))
    .values()
    .filter((quantile) => !(quantile >= 0 && quantile <= 1));
  for (const quantile of new Set(invalid)) {
    annotateArgument(source, node, index, (annotations, position) =>
      annotations.invalidQuantile(quantile, position),
    );
  }
}
