/**
 * The plan: what to compute, on which grid, from which selections. Equal sub-expressions on equal grids are
 * one node; `sites` remembers every place in the text where such a node stands, for the annotations.
 */
import type {
  AggregationName,
  BinaryOperator,
  StringLiteral,
  ValueType,
  VectorMatching,
} from '../ast/expression.ts';
import type { PositionRange } from '../ast/position.ts';
import type { TimeGrid } from '../evaluate/time-grid.ts';
import type { WindowShape } from '../operators/operator.ts';
import type { SelectRequest } from '../series-source.ts';
import type { Matcher } from '@promontory/model';

/** One question to the series source; the answer is found by its index. */
export interface SelectPlan {
  readonly index: number;
  readonly request: SelectRequest;
}

/** A place in the text where a node stands. */
export interface Site {
  /** Grows in the order in which the places are evaluated: operands before their operator, left before right. */
  readonly order: number;
  readonly own: PositionRange;
  /** Positions of the arguments, in order. */
  readonly args: readonly PositionRange[];
}

interface PlanBase {
  readonly id: number;
  readonly type: ValueType;
  readonly grid: TimeGrid;
  readonly sites: Site[];
}

export interface NumberPlan extends PlanBase {
  readonly kind: 'number';
  readonly value: number;
}

export interface StringPlan extends PlanBase {
  readonly kind: 'string';
  readonly literal: StringLiteral;
}

export interface SelectorPlan extends PlanBase {
  readonly kind: 'instant-selector' | 'range-selector';
  readonly select: SelectPlan;
  readonly windows: WindowShape;
  readonly matchers: readonly Matcher[];
  readonly extension: 'anchored' | 'smoothed' | null;
  /** Nothing of native histograms is asked for but count and sum. */
  readonly isStatisticsOnly: boolean;
}

/** info(): the operand's series, with labels of the selected ones. */
export interface InfoPlan extends PlanBase {
  readonly kind: 'info';
  readonly operand: PlanNode;
  readonly info: SelectorPlan;
  readonly nameMatchers: readonly Matcher[];
  readonly dataMatchers: readonly Matcher[];
}

export interface SubqueryPlan extends PlanBase {
  readonly kind: 'subquery';
  readonly inner: PlanNode;
  readonly windows: WindowShape;
}

/** The child is evaluated once, on a grid of one step, and its values stand for every step. */
export interface RepeatPlan extends PlanBase {
  readonly kind: 'repeat';
  readonly inner: PlanNode;
}

export interface NegatePlan extends PlanBase {
  readonly kind: 'negate';
  readonly operand: PlanNode;
}

export interface BinaryPlan extends PlanBase {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: PlanNode;
  readonly right: PlanNode;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
}

export interface CallPlan extends PlanBase {
  readonly kind: 'call';
  readonly functionName: string;
  readonly args: readonly PlanNode[];
}

export interface AggregationPlan extends PlanBase {
  readonly kind: 'aggregation';
  readonly name: AggregationName;
  readonly operand: PlanNode;
  readonly parameter: PlanNode | null;
  readonly without: boolean;
  readonly labelNames: readonly string[];
}

export type PlanNode =
  | NumberPlan
  | StringPlan
  | SelectorPlan
  | SubqueryPlan
  | RepeatPlan
  | NegatePlan
  | BinaryPlan
  | CallPlan
  | InfoPlan
  | AggregationPlan;

export interface QueryPlan {
  readonly root: PlanNode;
  readonly selects: readonly SelectPlan[];
}
