/**
 * The typed syntax tree of a query. Immutable; every node knows where it stands in the text, so that errors
 * and annotations can point at it. Parentheses are kept: they matter for printing and for positions.
 */
import { unreachable } from '@promontory/base';
import type { Matcher } from '@promontory/model';
import type { PositionRange } from './position.ts';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOperator = 'and' | 'or' | 'unless';
/** Cut observations above (`</`) or below (`>/`) a value out of histograms. */
export type TrimOperator = '</' | '>/';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator | TrimOperator;

export const AGGREGATION_NAMES = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
] as const;
export type AggregationName = (typeof AGGREGATION_NAMES)[number];

interface Node {
  readonly position: PositionRange;
}

export type DurationOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of';

interface DurationNode extends Node {
  /** Printing needs to know. False for what stands alone and is a number: those parentheses say nothing. */
  readonly parenthesised: boolean;
}

/** A signed number of seconds; a sign before a number is part of it. */
export interface DurationNumber extends DurationNode {
  readonly kind: 'number';
  readonly seconds: number;
  /** Written with units (`5m`), not as a plain number. True for what stands alone. */
  readonly isDuration: boolean;
}

/** A duration as written: resolved in seconds when the query's start, end and step are known. */
export type DurationExpression =
  | DurationNumber
  | (DurationNode & { readonly kind: 'step' | 'range' })
  | (DurationNode & { readonly kind: 'negate'; readonly operand: DurationExpression })
  | (DurationNode & {
      readonly kind: 'binary';
      readonly operator: DurationOperator;
      readonly left: DurationExpression;
      readonly right: DurationExpression;
    });

export type AtModifier =
  { readonly kind: 'time'; readonly timestampMs: number } | { readonly kind: 'start' | 'end' };

/** What `@` and `offset` say about a selector or a subquery. */
export interface TimeShift {
  /** null also for an offset of 0. */
  readonly offset: DurationExpression | null;
  readonly at: AtModifier | null;
}

export interface NumberLiteral extends Node {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration, `5m` for 300. */
  readonly isDuration: boolean;
}

export interface StringLiteral extends Node {
  readonly kind: 'string';
  /** Bytes that are not UTF-8 stand as lone surrogates U+DC80 to U+DCFF. */
  readonly value: string;
}

export interface VectorSelector extends Node, TimeShift {
  readonly kind: 'vector-selector';
  /** The metric name that stands before the braces, null without one. */
  readonly name: string | null;
  /** The name is the first of them, as an `=` matcher on `__name__`. Empty only as the second argument of info(). */
  readonly matchers: readonly Matcher[];
  /** What a range takes in beyond its ends: the sample before it (anchored), or neighbours on both sides (smoothed). */
  readonly extension: 'anchored' | 'smoothed' | null;
}

export interface MatrixSelector extends Node {
  readonly kind: 'matrix-selector';
  readonly selector: VectorSelector;
  readonly range: DurationExpression;
}

export interface Subquery extends Node, TimeShift {
  readonly kind: 'subquery';
  readonly expression: Expression;
  readonly range: DurationExpression;
  /** null: the engine's default. */
  readonly step: DurationExpression | null;
}

export interface Parenthesis extends Node {
  readonly kind: 'parenthesis';
  readonly expression: Expression;
}

export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: '+' | '-';
  readonly operand: Expression;
}

export interface VectorMatching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** True for `on`, false for `ignoring` and for no clause. */
  readonly on: boolean;
  readonly labelNames: readonly string[];
  /** Labels that `group_left` and `group_right` copy from the one side. */
  readonly includedNames: readonly string[];
  /** `fill_left` and `fill_right`: what stands for a sample that one side does not have; null: nothing does. */
  readonly fill: { readonly left: number | null; readonly right: number | null };
}

export interface Binary extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly returnBool: boolean;
  /** null unless both operands are vectors. */
  readonly matching: VectorMatching | null;
}

export interface Call extends Node {
  readonly kind: 'call';
  readonly functionName: string;
  readonly args: readonly Expression[];
}

export interface Aggregation extends Node {
  readonly kind: 'aggregation';
  readonly name: AggregationName;
  readonly expression: Expression;
  /** `k` of topk, `φ` of quantile, the label of count_values; null for the others. */
  readonly parameter: Expression | null;
  readonly without: boolean;
  readonly labelNames: readonly string[];
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Parenthesis
  | Unary
  | Binary
  | Call
  | Aggregation;

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const SET_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return COMPARISONS.has(operator);
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return SET_OPERATORS.has(operator);
}

export function isTrim(operator: BinaryOperator): operator is TrimOperator {
  return operator === '</' || operator === '>/';
}

/** The expression without the parentheses around it. */
export function unwrapParentheses(expression: Expression): Expression {
  let inner = expression;
  while (inner.kind === 'parenthesis') inner = inner.expression;
  return inner;
}

/** Direct children, in the order of the text. */
export function childExpressions(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'vector-selector':
      return [];
    case 'matrix-selector':
      return [expression.selector];
    case 'subquery':
    case 'parenthesis':
      return [expression.expression];
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'call':
      return expression.args;
    case 'aggregation':
      return expression.parameter === null
        ? [expression.expression]
        : [expression.parameter, expression.expression];
    default:
      return unreachable(expression);
  }
}
