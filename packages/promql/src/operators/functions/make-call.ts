/** Function calls → operators. */
import { assert, InvariantError } from '@promontory/base';
import { Labels, METRIC_NAME } from '@promontory/model';
import {
  badBucketLabel,
  forcedMonotonicity,
  ineffectiveSort,
  invalidQuantile,
  mixedClassicAndNative,
  possibleNonCounter,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
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
import {
  HistogramFraction,
  HistogramQuantile,
  HistogramQuantiles,
  type QuantileNotes,
} from './histogram-functions.ts';
import { HistogramOperator, type HistogramFunction } from './histogram-operator.ts';
import { HISTOGRAM_VALUES, HistogramValueOperator } from './histogram-value-operator.ts';
import { ClampOperator, MapOperator, RoundOperator } from './map-operator.ts';
import { DATE_FUNCTIONS, MATH_FUNCTIONS } from './math-functions.ts';
import { EdgeKernel } from './range/edge-kernels.ts';
import { RangeFunctionOperator } from './range/range-function-operator.ts';
import { MixedEdgeKernel } from './range/mixed-edge-kernel.ts';
import { makeRangeKernels, requireExtendable, type WindowExtension } from './range/range-kernels.ts';
import { RangeNotes } from './range/range-notes.ts';
import { labelJoin, labelReplace } from './relabel-operator.ts';
import { orderByLabels, orderByValue, SortOperator, type SortOrder } from './sort-operator.ts';
import {
  NO_SERIES,
  SampleTimeOperator,
  StartTimestampOperator,
  StepTimeOperator,
  VectorOfScalar,
} from './vector-operators.ts';

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
  annotation: Annotation,
): void {
  for (const site of node.sites) {
    source.context.annotations.add(annotation, site.args[index] ?? site.own, site.order);
  }
}

function makeRangeCall(source: OperatorSource, node: CallPlan): VectorOperator | null {
  const { functionName, args, grid } = node;
  const rangeArgument = args.find((candidate) => candidate.type === 'matrix');
  if (rangeArgument === undefined) return null;
  const extension = extensionOf(rangeArgument);
  requireExtendable(functionName, extension);
  const notes = new RangeNotes((annotation) => annotateRange(source, node, annotation));
  const kernels = makeRangeKernels(functionName, {
    scalars: args.filter((candidate) => candidate.type === 'scalar').map((scalar) => source.scalar(scalar)),
    extension,
    notes,
    onInvalidQuantile: (quantile) => annotateArgument(source, node, 0, invalidQuantile(quantile)),
  });
  assert(kernels !== null, 'every range function has kernels', { functionName });
  const isCounterFunction = functionName === 'rate' || functionName === 'increase';
  return new RangeFunctionOperator({
    context: source.context,
    grid,
    source: source.range(rangeArgument),
    kernels,
    notes,
    keepsName: functionName === 'last_over_time' || functionName === 'first_over_time',
    onSeriesWithFloats: isCounterFunction ? counterNameCheck(source, node) : null,
  });
}

function extensionOf(range: PlanNode): WindowExtension {
  return range.kind === 'range-selector' ? range.extension : null;
}

/** Where Prometheus places notes about the samples of a subquery. */
const SUBQUERY_POSITION: PositionRange = { start: 0, end: 0 };

/** Says something about the samples of the range; Prometheus points at the first argument, whichever it is. */
function annotateRange(source: OperatorSource, node: CallPlan, annotation: Annotation): void {
  if (node.args[0]?.kind !== 'subquery') return annotateArgument(source, node, 0, annotation);
  for (const { order } of node.sites) source.context.annotations.add(annotation, SUBQUERY_POSITION, order);
}

/**
 * Tells of every name once that no counter should have. Values that were computed in a subquery are judged by the name
 * that they still carry.
 */
function counterNameCheck(source: OperatorSource, node: CallPlan): (series: SeriesMetadata) => void {
  const seen = new Set(['']);
  return ({ labels }) => {
    const name = labels.get(METRIC_NAME);
    if (seen.has(name)) return;
    seen.add(name);
    if (COUNTER_SUFFIXES.some((suffix) => name.endsWith(suffix))) return;
    annotateRange(source, node, possibleNonCounter(name));
  };
}

function makeAbsentOverTime(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  const range = argument(node, 0);
  requireExtendable(node.functionName, extensionOf(range));
  const presence = new RangeFunctionOperator({
    context,
    grid: node.grid,
    source: source.range(range),
    kernels: {
      floats: new EdgeKernel('present_over_time'),
      histograms: new MixedEdgeKernel('present_over_time'),
    },
    notes: new RangeNotes(() => undefined),
    keepsName: false,
    onSeriesWithFloats: null,
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
  const histogramValue = HISTOGRAM_VALUES[functionName];
  if (histogramValue !== undefined) {
    return new HistogramValueOperator(source.vector(argument(node, 0)), histogramValue);
  }
  if (functionName.startsWith('histogram_')) return makeHistogramCall(source, node);
  if (functionName.startsWith('sort')) return makeSort(source, node);
  if (functionName.startsWith('clamp')) return makeClamp(source, node);
  if (functionName === 'vector') return new VectorOfScalar(source.scalar(argument(node, 0)));
  const operandNode = argument(node, 0);
  if (operandNode.kind === 'instant-selector' && operandNode.extension === null) {
    const selector = source.instantSelector(operandNode);
    if (functionName === 'timestamp') return new SampleTimeOperator(selector);
    if (functionName === 'start_timestamp') return new StartTimestampOperator(selector);
  }
  const operand = source.vector(operandNode);
  switch (functionName) {
    case 'timestamp':
      return new StepTimeOperator(operand, node.grid);
    case 'start_timestamp':
      return NO_SERIES;
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
  if (node.grid.stepCount > 1) {
    for (const { own, order } of node.sites) context.annotations.add(ineffectiveSort(), own, order);
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
  const annotate = (annotation: Annotation): void => annotateArgument(source, node, vectorIndex, annotation);
  const histogramFunction = makeHistogramFunction(source, node, annotate);
  const { context } = source;
  const operator = new HistogramOperator(context, operand, node.grid.stepCount, histogramFunction, {
    badBucket: (metricName, bucketLabel) => annotate(badBucketLabel(metricName, bucketLabel)),
    mixed: (metricName) => annotate(mixedClassicAndNative(metricName)),
  });
  // The label of the quantile may replace one that told series apart.
  return node.functionName === 'histogram_quantiles' ? new MergedOperator(context, operator) : operator;
}

/** @param annotate says something about the vector */
function makeHistogramFunction(
  source: OperatorSource,
  node: CallPlan,
  annotate: (annotation: Annotation) => void,
): HistogramFunction {
  const scalar = (index: number): ScalarOperator => source.scalar(argument(node, index));
  if (node.functionName === 'histogram_fraction') {
    return new HistogramFraction(scalar(0), scalar(1), annotate);
  }
  const notes: QuantileNotes = {
    nan: annotate,
    forced: (metricName, step, { lowestBound, highestBound, largestDecrease }) => {
      const decrease = { timeMs: node.grid.timeMs(step), lowestBound, highestBound, largestDecrease };
      annotate(forcedMonotonicity(metricName, decrease));
    },
  };
  if (node.functionName === 'histogram_quantile') {
    reportInvalidQuantiles(source, node, 0);
    return new HistogramQuantile(scalar(0), notes);
  }
  const quantiles = node.args.slice(2).map((_, index) => {
    reportInvalidQuantiles(source, node, index + 2);
    return scalar(index + 2);
  });
  return new HistogramQuantiles(string(node, 1), quantiles, notes);
}

function reportInvalidQuantiles(source: OperatorSource, node: CallPlan, index: number): void {
  const invalid = source
    .scalar(argument(node, index))
    .values()
    .filter((quantile) => !(quantile >= 0 && quantile <= 1));
  for (const quantile of new Set(invalid)) annotateArgument(source, node, index, invalidQuantile(quantile));
}
