/** Calls of histogram_quantile, histogram_quantiles and histogram_fraction → operators. */
import {
  badBucketLabel,
  forcedMonotonicity,
  invalidQuantile,
  mixedClassicAndNative,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
import type { CallPlan } from '../../plan/plan-node.ts';
import { MergedOperator } from '../merged-operator.ts';
import type { ScalarOperator, VectorOperator } from '../operator.ts';
import type { OperatorSource } from '../operator-source.ts';
import { annotateArgument, argumentOf, stringOf } from './call-arguments.ts';
import {
  HistogramFraction,
  HistogramQuantile,
  HistogramQuantiles,
  type QuantileNotes,
} from './histogram-functions.ts';
import { HistogramOperator, type HistogramFunction } from './histogram-operator.ts';

export function makeHistogramCall(source: OperatorSource, node: CallPlan): VectorOperator {
  const vectorIndex = node.args.findIndex((candidate) => candidate.type === 'vector');
  const operand = source.vector(argumentOf(node, vectorIndex));
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
  const scalar = (index: number): ScalarOperator => source.scalar(argumentOf(node, index));
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
  return new HistogramQuantiles(stringOf(node, 1), quantiles, notes);
}

function reportInvalidQuantiles(source: OperatorSource, node: CallPlan, index: number): void {
  const quantiles = source.scalar(argumentOf(node, index)).values();
  const { blocks } = source.context;
  const told = new Set<number>();
  for (let step = 0; step < quantiles.length;) {
    const end = blocks.endOf(step, quantiles.length);
    for (; step < end; step++) {
      const quantile = quantiles[step]!;
      if ((quantile >= 0 && quantile <= 1) || told.has(quantile)) continue;
      told.add(quantile);
      annotateArgument(source, node, index, invalidQuantile(quantile));
    }
  }
}
