/** Function calls → operators. */
import { assert, InvariantError } from '@promontory/base';
import { ineffectiveSort } from '../../evaluate/annotation-texts.ts';
import { goMax, goMin } from '../../evaluate/go-math.ts';
import type { CallPlan } from '../../plan/plan-node.ts';
import { annotateSites } from '../annotate-sites.ts';
import { MergedOperator } from '../merged-operator.ts';
import type { ScalarOperator, VectorOperator } from '../operator.ts';
import type { OperatorSource } from '../operator-source.ts';
import { combineScalars, constantScalar, scalarOfVector, timeScalar } from '../scalars/scalar-operators.ts';
import { labelsWhenAbsent } from './absent-labels.ts';
import { AbsentOperator } from './absent-operator.ts';
import { argumentOf, stringOf } from './call-arguments.ts';
import { HISTOGRAM_VALUES, HistogramValueOperator } from './histogram-value-operator.ts';
import { makeHistogramCall } from './make-histogram-call.ts';
import { makeAbsentOverTime, makeRangeCall } from './make-range-call.ts';
import { ClampOperator, MapOperator, RoundOperator } from './map-operator.ts';
import { DATE_FUNCTIONS, MATH_FUNCTIONS } from './math-functions.ts';
import { labelJoin, labelReplace } from './relabel-operator.ts';
import { orderByLabels, orderByValue, SortOperator, type SortOrder } from './sort-operator.ts';
import {
  NO_SERIES,
  SampleTimeOperator,
  StartTimestampOperator,
  StepTimeOperator,
  VectorOfScalar,
} from './vector-operators.ts';

export function makeScalarCall(source: OperatorSource, node: CallPlan): ScalarOperator {
  const { context, times } = source;
  const { grid, functionName } = node;
  const constant = (value: number): ScalarOperator => constantScalar(context, grid.stepCount, value);
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
      return scalarOfVector(context, grid, source.vector(argumentOf(node, 0)));
    case 'min_of':
    case 'max_of': {
      const combine = functionName === 'min_of' ? goMin : goMax;
      const [left, right] = [0, 1].map((index) => source.scalar(argumentOf(node, index)));
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
  if (math !== undefined) return new MapOperator(source.vector(argumentOf(node, 0)), math);
  const date = DATE_FUNCTIONS[functionName];
  if (date !== undefined) return new MapOperator(dateOperand(source, node), date);
  if (functionName === 'absent_over_time') return makeAbsentOverTime(source, node);
  const range = makeRangeCall(source, node);
  return range ?? makeOtherCall(source, node);
}

function dateOperand(source: OperatorSource, node: CallPlan): VectorOperator {
  if (node.args.length > 0) return source.vector(argumentOf(node, 0));
  return new VectorOfScalar(timeScalar(source.context, node.grid));
}

function makeOtherCall(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  const { functionName } = node;
  const histogramValue = HISTOGRAM_VALUES[functionName];
  if (histogramValue !== undefined) {
    return new HistogramValueOperator(source.vector(argumentOf(node, 0)), histogramValue);
  }
  if (functionName.startsWith('histogram_')) return makeHistogramCall(source, node);
  if (functionName.startsWith('sort')) return makeSort(source, node);
  if (functionName.startsWith('clamp')) return makeClamp(source, node);
  if (functionName === 'vector') return new VectorOfScalar(source.scalar(argumentOf(node, 0)));
  const operandNode = argumentOf(node, 0);
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
      const scalar =
        nearest === undefined ? constantScalar(context, node.grid.stepCount, 1) : source.scalar(nearest);
      return new RoundOperator(operand, scalar);
    }
    case 'label_replace': {
      const args = {
        target: stringOf(node, 1),
        template: stringOf(node, 2),
        source: stringOf(node, 3),
        pattern: stringOf(node, 4),
      };
      return new MergedOperator(context, labelReplace(context, operand, args));
    }
    case 'label_join': {
      const sources = node.args.slice(3).map((_, index) => stringOf(node, index + 3));
      return new MergedOperator(
        context,
        labelJoin(context, operand, stringOf(node, 1), stringOf(node, 2), sources),
      );
    }
    default:
      throw new InvariantError('the checker knows every function', { functionName });
  }
}

function makeClamp(source: OperatorSource, node: CallPlan): VectorOperator {
  const operand = source.vector(argumentOf(node, 0));
  const unbounded = (value: number): ScalarOperator =>
    constantScalar(source.context, node.grid.stepCount, value);
  const bound = source.scalar(argumentOf(node, 1));
  if (node.functionName === 'clamp_min') return new ClampOperator(operand, bound, unbounded(Infinity));
  if (node.functionName === 'clamp_max') return new ClampOperator(operand, unbounded(-Infinity), bound);
  return new ClampOperator(operand, bound, source.scalar(argumentOf(node, 2)));
}

function makeSort(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  if (node.grid.stepCount > 1) annotateSites(context, node, ineffectiveSort());
  const operand = source.vector(argumentOf(node, 0));
  return new SortOperator(context, operand, sortOrder(node), node.grid.stepCount === 1);
}

function sortOrder(node: CallPlan): SortOrder {
  const descending = node.functionName.endsWith('_desc');
  if (!node.functionName.startsWith('sort_by_label')) return orderByValue(descending);
  return orderByLabels(
    node.args.slice(1).map((_, index) => stringOf(node, index + 1)),
    descending,
  );
}
