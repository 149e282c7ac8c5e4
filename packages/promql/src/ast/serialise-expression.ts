/** The tree of an expression as plain data: what Prometheus's `parse_query` gives, with its names and values. */
import { unreachable } from '@promontory/base';
import { FUNCTION_SIGNATURES } from '../check/function-signatures.ts';
import { formatGoF } from '../evaluate/format-float.ts';
import type {
  AtModifier,
  Binary,
  Call,
  DurationExpression,
  Expression,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './expression.ts';

/** A fill value may be NaN or infinite: JSON has null for those. */
export type SerialisedValue =
  null | boolean | number | string | readonly SerialisedValue[] | SerialisedExpression;

export interface SerialisedExpression {
  readonly [field: string]: SerialisedValue;
}

/** Recursive, as deep as the expression. */
export function serialiseExpression(expression: Expression): SerialisedExpression {
  switch (expression.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatGoF(expression.value) };
    case 'string':
      return { type: 'stringLiteral', val: expression.value };
    case 'vector-selector':
      return { type: 'vectorSelector', ...serialiseSelector(expression) };
    case 'matrix-selector':
      return {
        type: 'matrixSelector',
        ...serialiseSelector(expression.selector),
        ...serialiseDuration('range', expression.range),
      };
    case 'subquery':
      return serialiseSubquery(expression);
    case 'parenthesis':
      return { type: 'parenExpr', expr: serialiseExpression(expression.expression) };
    case 'unary':
      return { type: 'unaryExpr', op: expression.operator, expr: serialiseExpression(expression.operand) };
    case 'binary':
      return serialiseBinary(expression);
    case 'call':
      return serialiseCall(expression);
    case 'aggregation':
      return {
        type: 'aggregation',
        op: expression.name,
        expr: serialiseExpression(expression.expression),
        param: expression.parameter === null ? null : serialiseExpression(expression.parameter),
        grouping: expression.labelNames,
        without: expression.without,
      };
    default:
      return unreachable(expression);
  }
}

function serialiseSelector(selector: VectorSelector): SerialisedExpression {
  const { name, matchers, extension } = selector;
  // The matcher of a name before the braces stands last there.
  const ordered = name === null ? matchers : [...matchers.slice(1), ...matchers.slice(0, 1)];
  return {
    name: name ?? '',
    ...serialiseDuration('offset', selector.offset),
    matchers: ordered.map((matcher) => ({
      name: matcher.name,
      value: matcher.value,
      type: matcher.operator,
    })),
    ...serialiseAt(selector.at),
    anchored: extension === 'anchored',
    smoothed: extension === 'smoothed',
  };
}

function serialiseSubquery(subquery: Subquery): SerialisedExpression {
  return {
    type: 'subquery',
    expr: serialiseExpression(subquery.expression),
    ...serialiseDuration('range', subquery.range),
    ...serialiseDuration('offset', subquery.offset),
    ...serialiseDuration('step', subquery.step),
    ...serialiseAt(subquery.at),
  };
}

function serialiseBinary(binary: Binary): SerialisedExpression {
  return {
    type: 'binaryExpr',
    op: binary.operator,
    lhs: serialiseExpression(binary.left),
    rhs: serialiseExpression(binary.right),
    matching: binary.matching === null ? null : serialiseMatching(binary.matching),
    bool: binary.returnBool,
  };
}

function serialiseMatching({
  cardinality,
  on,
  labelNames,
  includedNames,
  fill,
}: VectorMatching): SerialisedExpression {
  return {
    card: cardinality,
    labels: labelNames,
    on,
    include: includedNames,
    fillValues: { lhs: fill.left, rhs: fill.right },
  };
}

function serialiseCall({ functionName, args }: Call): SerialisedExpression {
  const signature = FUNCTION_SIGNATURES.get(functionName);
  return {
    type: 'call',
    func: {
      name: functionName,
      argTypes: signature?.args ?? [],
      variadic: signature?.variadic ?? 0,
      returnType: signature?.result ?? 'vector',
    },
    args: args.map(serialiseExpression),
  };
}

function serialiseAt(at: AtModifier | null): SerialisedExpression {
  const timestamp = at?.kind === 'time' ? at.timestampMs : null;
  return { timestamp, startOrEnd: at === null || at.kind === 'time' ? null : at.kind };
}

/** A number as milliseconds; of anything else the tree, and 0. */
function serialiseDuration(
  field: 'range' | 'offset' | 'step',
  duration: DurationExpression | null,
): SerialisedExpression {
  if (duration === null) return { [field]: 0, [`${field}Expr`]: null };
  if (duration.kind === 'number') {
    const nanoseconds = Math.sign(duration.seconds) * Math.round(Math.abs(duration.seconds) * 1e9);
    return { [field]: Math.trunc(nanoseconds / 1e6), [`${field}Expr`]: null };
  }
  return { [field]: 0, [`${field}Expr`]: serialiseDurationTree(duration) };
}

function serialiseDurationTree(duration: DurationExpression): SerialisedExpression {
  const node = (op: string, lhs: SerialisedValue, rhs: SerialisedValue): SerialisedExpression => ({
    type: 'durationExpr',
    op,
    lhs,
    rhs,
    wrapped: duration.parenthesised,
  });
  switch (duration.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatGoF(duration.seconds), duration: duration.isDuration };
    case 'step':
    case 'range':
      return node(duration.kind, null, null);
    case 'negate':
      return node('-', null, serialiseDurationTree(duration.operand));
    case 'binary':
      return node(
        duration.operator,
        serialiseDurationTree(duration.left),
        serialiseDurationTree(duration.right),
      );
    default:
      return unreachable(duration);
  }
}
