/** What a plan will ask for and give, before any of it is done. */
import type { Matcher } from '@promontory/model';
import { unreachable } from '@promontory/base';
import { planChildren } from './plan-children.ts';
import type { AggregationPlan, BinaryPlan, PlanNode, QueryPlan, SelectorPlan } from './plan-node.ts';

export interface OutlinedSelector {
  readonly matchers: readonly Matcher[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
  /** What one step looks at: the range of a range selector, else null. */
  readonly rangeMs: number | null;
  /** Steps that it is evaluated at, and what lies between them. */
  readonly stepCount: number;
  readonly stepMs: number;
}

export interface QueryOutline {
  /** Of the result. */
  readonly stepCount: number;
  /** Each once, however often it is used. */
  readonly selectors: readonly OutlinedSelector[];
  /**
   * At most so many series the result will have.
   *
   * @param seriesCounts by selector: how many series it selects
   */
  resultSeriesMax(seriesCounts: readonly number[]): number;
}

export function outlineOf({ root }: QueryPlan): QueryOutline {
  const nodes = selectorsBelow(root);
  return {
    stepCount: root.grid.stepCount,
    selectors: nodes.map(outlinedSelector),
    resultSeriesMax: (seriesCounts) => {
      const counts = new Map<PlanNode, number>(nodes.map((node, index) => [node, seriesCounts[index] ?? 0]));
      return seriesMax(root, counts);
    },
  };
}

function selectorsBelow(root: PlanNode): SelectorPlan[] {
  const seen = new Set<PlanNode>([root]);
  for (const node of seen) for (const child of planChildren(node)) seen.add(child);
  return [...seen].filter(
    (node): node is SelectorPlan => node.kind === 'instant-selector' || node.kind === 'range-selector',
  );
}

function outlinedSelector({ kind, matchers, select, windows, grid }: SelectorPlan): OutlinedSelector {
  const { rangeStartMsInclusive, rangeEndMsInclusive } = select.request;
  return {
    matchers,
    rangeStartMsInclusive,
    rangeEndMsInclusive,
    rangeMs: kind === 'range-selector' ? windows.rangeMs : null,
    stepCount: grid.stepCount,
    stepMs: grid.stepMs,
  };
}

/** @param counts what is known; gets what is found out. Recursive, as deep as the query nests. */
function seriesMax(node: PlanNode, counts: Map<PlanNode, number>): number {
  const known = counts.get(node);
  if (known !== undefined) return known;
  const max = node.type === 'vector' || node.type === 'matrix' ? vectorSeriesMax(node, counts) : 1;
  counts.set(node, max);
  return max;
}

function vectorSeriesMax(node: PlanNode, counts: Map<PlanNode, number>): number {
  switch (node.kind) {
    case 'instant-selector':
    case 'range-selector':
    case 'number':
    case 'string':
      return 1;
    case 'subquery':
    case 'repeat':
      return seriesMax(node.inner, counts);
    case 'negate':
      return seriesMax(node.operand, counts);
    case 'info':
      return seriesMax(node.operand, counts);
    case 'call':
      return Math.max(1, ...node.args.filter(isVector).map((argument) => seriesMax(argument, counts)));
    case 'binary':
      return binarySeriesMax(node, counts);
    case 'aggregation':
      return aggregationSeriesMax(node, counts);
    default:
      return unreachable(node);
  }
}

function binarySeriesMax(
  { operator, left, right, matching }: BinaryPlan,
  counts: Map<PlanNode, number>,
): number {
  if (!isVector(left)) return seriesMax(right, counts);
  if (!isVector(right)) return seriesMax(left, counts);
  const sides = [seriesMax(left, counts), seriesMax(right, counts)] as const;
  if (operator === 'or' || matching.fill.left !== null || matching.fill.right !== null) {
    return sides[0] + sides[1];
  }
  if (operator === 'and' || operator === 'unless') return sides[0];
  if (matching.cardinality === 'many-to-one') return sides[0];
  return matching.cardinality === 'one-to-many' ? sides[1] : Math.min(...sides);
}

/** Groups are not known before labels are; without names there is one. */
function aggregationSeriesMax(node: AggregationPlan, counts: Map<PlanNode, number>): number {
  const { name, operand, labelNames, without } = node;
  if (name === 'count_values') return seriesMax(operand, counts) * node.grid.stepCount;
  const keepsSeries = ['topk', 'bottomk', 'limitk', 'limit_ratio'].includes(name);
  return labelNames.length === 0 && !without && !keepsSeries ? 1 : seriesMax(operand, counts);
}

function isVector({ type }: PlanNode): boolean {
  return type === 'vector' || type === 'matrix';
}
