/** Calls of functions over ranges → operators. */
import { assert } from '@promontory/base';
import { METRIC_NAME } from '@promontory/model';
import type { PositionRange } from '../../ast/position.ts';
import { invalidQuantile, possibleNonCounter, type Annotation } from '../../evaluate/annotation-texts.ts';
import type { CallPlan, PlanNode } from '../../plan/plan-node.ts';
import { annotateSites } from '../annotate-sites.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import type { OperatorSource } from '../operator-source.ts';
import { labelsWhenAbsent } from './absent-labels.ts';
import { AbsentOperator } from './absent-operator.ts';
import { annotateArgument, argumentOf } from './call-arguments.ts';
import { EdgeKernel } from './range/edge-kernels.ts';
import { MixedEdgeKernel } from './range/mixed-edge-kernel.ts';
import { RangeFunctionOperator } from './range/range-function-operator.ts';
import { makeRangeKernels, requireExtendable, type WindowExtension } from './range/range-kernels.ts';
import { RangeNotes } from './range/range-notes.ts';

const COUNTER_SUFFIXES = ['_total', '_sum', '_count', '_bucket'];

/** @returns null when the function is not one over ranges */
export function makeRangeCall(source: OperatorSource, node: CallPlan): VectorOperator | null {
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
    tally: source.tallyOf(node),
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
  annotateSites(source.context, node, annotation, () => SUBQUERY_POSITION);
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

export function makeAbsentOverTime(source: OperatorSource, node: CallPlan): VectorOperator {
  const { context } = source;
  const range = argumentOf(node, 0);
  requireExtendable(node.functionName, extensionOf(range));
  const presence = new RangeFunctionOperator({
    context,
    tally: source.tallyOf(node),
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
