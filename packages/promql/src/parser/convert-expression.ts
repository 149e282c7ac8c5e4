/**
 * Concrete tree → typed tree. One level of operators is read by precedence climbing over the flattened
 * sequence; everything between parentheses recurses, bounded by the conversion's depth limit.
 */
import type { SyntaxNode } from '@lezer/common';
import { assert } from '@promontory/base';
import type {
  Aggregation,
  AggregationName,
  Binary,
  BinaryOperator,
  Expression,
  VectorMatching,
} from '../ast/expression.ts';
import { isSetOperator } from '../ast/expression.ts';
import { childNamed, children, positionOf, type Conversion } from './conversion.ts';
import { applyPostfix } from './convert-modifiers.ts';
import { convertQuotedName, convertVectorSelector } from './convert-selector.ts';
import { parseNumberToken } from './number-literal.ts';
import { flattenOperators, type SequenceItem } from './operator-sequence.ts';
import { UNSUPPORTED_FUNCTIONS } from '../check/function-signatures.ts';
import { notSupportedError } from './syntax-error.ts';

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
const POWER_PRECEDENCE = 6;

const NO_FILL = { left: null, right: null };

const UNSUPPORTED_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

export function convertExpression(conversion: Conversion, node: SyntaxNode): Expression {
  return conversion.nested(() => {
    const reader = new SequenceReader(conversion, flattenOperators(conversion, node));
    const expression = reader.readBinary(0);
    assert(reader.atEnd, 'every operator is consumed');
    return expression;
  });
}

class SequenceReader {
  readonly #conversion: Conversion;
  readonly #items: readonly SequenceItem[];
  #index = 0;

  constructor(conversion: Conversion, items: readonly SequenceItem[]) {
    this.#conversion = conversion;
    this.#items = items;
  }

  get atEnd(): boolean {
    return this.#index === this.#items.length;
  }

  readBinary(precedenceMin: number): Expression {
    return this.#conversion.nested(() => {
      let left = this.#readPrefixed();
      for (;;) {
        const item = this.#items[this.#index];
        if (item?.kind !== 'infix') return left;
        const operator = readOperator(this.#conversion, item.parts);
        const precedence = PRECEDENCE[operator];
        if (precedence < precedenceMin) return left;
        this.#index++;
        const right = this.readBinary(operator === '^' ? precedence : precedence + 1);
        left = makeBinary(this.#conversion, operator, left, right, item.parts);
      }
    });
  }

  #readPrefixed(): Expression {
    const item = this.#items[this.#index];
    if (item?.kind !== 'prefix') return this.#readOperand();
    this.#index++;
    const operand = this.readBinary(POWER_PRECEDENCE);
    const position = { start: item.position, end: operand.position.end };
    if (operand.kind === 'number') {
      const value = item.operator === '-' ? -operand.value : operand.value;
      return this.#conversion.track({ kind: 'number', value, position }, []);
    }
    return this.#conversion.track({ kind: 'unary', operator: item.operator, operand, position }, [operand]);
  }

  #readOperand(): Expression {
    const item = this.#items[this.#index++];
    assert(item?.kind === 'operand', 'an operand follows every operator');
    let operand = convertOperand(this.#conversion, item.node);
    for (;;) {
      const postfix = this.#items[this.#index];
      if (postfix?.kind !== 'postfix') return operand;
      this.#index++;
      const inner = operand;
      operand = applyPostfix(this.#conversion, inner, postfix.node, postfix.parts);
      this.#conversion.track(operand, [inner]);
    }
  }
}

function convertOperand(conversion: Conversion, node: SyntaxNode): Expression {
  const position = positionOf(node);
  switch (node.name) {
    case 'NumberDurationLiteral': {
      const value = parseNumberToken(conversion.slice(node).replace(/^[-+]\s*/, ''));
      return conversion.track({ kind: 'number', value, position }, []);
    }
    case 'StringLiteral':
      return conversion.track({ kind: 'string', value: conversion.string(node), position }, []);
    case 'VectorSelector':
      return conversion.track(convertVectorSelector(conversion, node), []);
    case 'ParenExpr': {
      const inner = children(node)[0];
      if (inner === undefined) conversion.fail(node.from, 'unexpected ")"');
      const expression = convertExpression(conversion, inner);
      return conversion.track({ kind: 'parenthesis', expression, position }, [expression]);
    }
    case 'FunctionCall':
      return convertCall(conversion, node);
    case 'AggregateExpr':
      return convertAggregation(conversion, node);
    default:
      return conversion.fail(node.from, `unexpected ${node.name}`);
  }
}

function convertCall(conversion: Conversion, node: SyntaxNode): Expression {
  const identifier = childNamed(node, 'FunctionIdentifier');
  assert(identifier !== null, 'a call names its function');
  const alias = conversion.source.functionAliases.get(identifier.from);
  const functionName = alias ?? conversion.slice(identifier).toLowerCase();
  if (UNSUPPORTED_FUNCTIONS.has(functionName)) throw notSupportedError(`${functionName}()`);
  const args = convertArguments(conversion, node);
  return conversion.track({ kind: 'call', functionName, args, position: positionOf(node) }, args);
}

function convertArguments(conversion: Conversion, node: SyntaxNode): Expression[] {
  const body = childNamed(node, 'FunctionCallBody');
  return body === null ? [] : children(body).map((argument) => convertExpression(conversion, argument));
}

function convertAggregation(conversion: Conversion, node: SyntaxNode): Aggregation {
  const operation = childNamed(node, 'AggregateOp');
  assert(operation !== null, 'an aggregation names its operator');
  const name = conversion.slice(operation).toLowerCase();
  if (UNSUPPORTED_AGGREGATIONS.has(name)) throw notSupportedError(name);
  const args = convertArguments(conversion, node);
  const wanted =
    name === 'topk' || name === 'bottomk' || name === 'quantile' || name === 'count_values' ? 2 : 1;
  if (args.length === 0) conversion.fail(node.from, 'no arguments for aggregate expression provided');
  const expression = args[wanted - 1];
  if (expression === undefined || args.length !== wanted) {
    conversion.fail(
      node.from,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    );
  }
  const modifier = childNamed(node, 'AggregateModifier');
  const labels = modifier === null ? null : childNamed(modifier, 'GroupingLabels');
  const aggregation: Aggregation = {
    kind: 'aggregation',
    name: name as AggregationName,
    expression,
    parameter: wanted === 2 ? (args[0] ?? null) : null,
    without: modifier !== null && childNamed(modifier, 'Without') !== null,
    labelNames: labels === null ? [] : convertLabelNames(conversion, labels),
    position: positionOf(node),
  };
  return conversion.track(aggregation, args);
}

function convertLabelNames(conversion: Conversion, node: SyntaxNode): string[] {
  return children(node).map((name) =>
    name.name === 'QuotedLabelName' ? convertQuotedName(conversion, name) : conversion.slice(name),
  );
}

function readOperator(conversion: Conversion, parts: readonly SyntaxNode[]): BinaryOperator {
  const operator = parts[0];
  assert(operator !== undefined, 'a binary expression has an operator');
  if (operator.name === 'TrimUpper' || operator.name === 'TrimLower') {
    throw notSupportedError(`operator ${conversion.slice(operator)}`);
  }
  return conversion.slice(operator).toLowerCase() as BinaryOperator;
}

function makeBinary(
  conversion: Conversion,
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
  parts: readonly SyntaxNode[],
): Binary {
  if (parts.some((part) => part.name === 'FillModifier')) throw notSupportedError('fill');
  const clause = parts.find((part) => part.name === 'MatchingModifierClause');
  const binary: Binary = {
    kind: 'binary',
    operator,
    left,
    right,
    returnBool: parts.some((part) => part.name === 'BoolModifier'),
    matching: convertMatching(conversion, operator, clause),
    position: { start: left.position.start, end: right.position.end },
  };
  return conversion.track(binary, [left, right]);
}

function convertMatching(
  conversion: Conversion,
  operator: BinaryOperator,
  clause: SyntaxNode | undefined,
): VectorMatching {
  const base = isSetOperator(operator) ? 'many-to-many' : 'one-to-one';
  if (clause === undefined) {
    return { cardinality: base, on: false, labelNames: [], includedNames: [], fill: NO_FILL };
  }
  const [names, included] = children(clause).filter((part) => part.name === 'GroupingLabels');
  const left = childNamed(clause, 'GroupLeft') !== null;
  const right = childNamed(clause, 'GroupRight') !== null;
  if ((left || right) && isSetOperator(operator)) {
    conversion.fail(clause.from, `no grouping allowed for "${operator}" operation`);
  }
  return {
    cardinality: left ? 'many-to-one' : right ? 'one-to-many' : base,
    on: childNamed(clause, 'On') !== null,
    labelNames: names === undefined ? [] : convertLabelNames(conversion, names),
    includedNames: included === undefined ? [] : convertLabelNames(conversion, included),
    fill: NO_FILL,
  };
}
