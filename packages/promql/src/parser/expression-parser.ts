/**
 * Tokens → typed tree, by recursive descent with precedence climbing for operators. The grammar is that of
 * Prometheus's generated parser (promql/parser/generated_parser.y); recursion is bounded by the reader.
 */
import type {
  Aggregation,
  AggregationName,
  Binary,
  BinaryOperator,
  Expression,
  VectorMatching,
} from '../ast/expression.ts';
import { isSetOperator } from '../ast/expression.ts';
import { typeOf } from '../check/check-types.ts';
import { FUNCTION_SIGNATURES } from '../check/function-signatures.ts';
import { quoteString } from './go-text.ts';
import {
  readBinaryModifiers,
  readLabelList,
  type BinaryModifiers,
  type LabelList,
} from './matching-parser.ts';
import { readModifiers } from './modifier-parser.ts';
import { numberValue } from './number-value.ts';
import { readSelector, stringValue } from './selector-parser.ts';
import { rangeOf, type TokenReader } from './token-reader.ts';
import { beginsExpression, isAggregation, namesMetric, type Token, type TokenKind } from './token.ts';

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

const CALLABLE: ReadonlySet<TokenKind> = new Set([
  'identifier',
  'start',
  'end',
  'step',
  'range',
  'max_of',
  'min_of',
] as const);
const WITH_PARAMETER: ReadonlySet<AggregationName> = new Set([
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
] as const);

export function readExpression(reader: TokenReader): Expression {
  return readBinary(reader, 0);
}

function readBinary(reader: TokenReader, precedenceMin: number): Expression {
  return reader.nested(() => {
    let left = readPrefixed(reader);
    for (;;) {
      const { kind } = reader.peek();
      if (!isBinaryOperator(kind) || PRECEDENCE[kind] < precedenceMin) return left;
      reader.take();
      const modifiers = readBinaryModifiers(reader);
      const right = readBinary(reader, kind === '^' ? PRECEDENCE[kind] : PRECEDENCE[kind] + 1);
      left = makeBinary(reader, kind, left, right, modifiers);
    }
  });
}

function isBinaryOperator(kind: TokenKind): kind is BinaryOperator & TokenKind {
  return Object.hasOwn(PRECEDENCE, kind);
}

function makeBinary(
  reader: TokenReader,
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
  { returnBool, matching }: BinaryModifiers,
): Binary {
  const position = rangeOf(left.position, right.position);
  const { fill, labelNames, cardinality } = matching;
  const fills = fill.left !== null || fill.right !== null;
  if (fills && !reader.allowsExperimental) {
    reader.fail(position.start, 'binop fill modifiers are experimental and not enabled');
  }
  const isMatched = typeOf(left) === 'vector' && typeOf(right) === 'vector';
  // A clause that two vectors would need stays, for the check to refuse it.
  const kept: VectorMatching | null = isMatched || fills || labelNames.length > 0 ? matching : null;
  const isSet = kept !== null && isSetOperator(operator) && cardinality === 'one-to-one';
  const binary: Binary = {
    kind: 'binary',
    operator,
    left,
    right,
    returnBool,
    matching: isSet ? { ...kept, cardinality: 'many-to-many' } : kept,
    position,
  };
  return reader.track(binary, [left, right]);
}

function readPrefixed(reader: TokenReader): Expression {
  const sign = reader.takeIf('-') ?? reader.takeIf('+');
  if (sign === null) return readModifiers(reader, readOperand(reader));
  const operand = readBinary(reader, POWER_PRECEDENCE);
  const position = rangeOf(sign, operand.position);
  const operator = sign.kind === '-' ? '-' : '+';
  if (operand.kind === 'number') {
    const value = operator === '-' ? -operand.value : operand.value;
    return reader.track({ ...operand, value, position }, []);
  }
  return reader.track({ kind: 'unary', operator, operand, position }, [operand]);
}

function readOperand(reader: TokenReader): Expression {
  const { kind } = reader.peek();
  if (namesMetric(kind)) return readNamed(reader, reader.take());
  if (kind === '{') return reader.track(readSelector(reader, null), []);
  if (kind === '(') return readParenthesis(reader, reader.take());
  if (kind !== 'number' && kind !== 'duration' && kind !== 'string') reader.unexpected();
  const token = reader.take();
  const position = rangeOf(token, token);
  if (kind === 'string') {
    return reader.track({ kind: 'string', value: stringValue(reader, token), position }, []);
  }
  const isDuration = kind === 'duration';
  return reader.track({ kind: 'number', value: numberValue(reader, token), isDuration, position }, []);
}

function readParenthesis(reader: TokenReader, open: Token): Expression {
  const expression = readExpression(reader);
  const position = rangeOf(open, reader.takeOnly(')'));
  return reader.track({ kind: 'parenthesis', expression, position }, [expression]);
}

/** What begins with a name is a call, an aggregation or a selector. */
function readNamed(reader: TokenReader, name: Token): Expression {
  const { kind } = reader.peek();
  if (kind === '(' && CALLABLE.has(name.kind)) return readCall(reader, name);
  if (isAggregation(name.kind) && (kind === '(' || kind === 'by' || kind === 'without')) {
    return readAggregation(reader, name, name.kind);
  }
  return reader.track(readSelector(reader, name), []);
}

function readCall(reader: TokenReader, name: Token): Expression {
  const functionName = name.text;
  const { args, end } = readArguments(reader);
  const signature = FUNCTION_SIGNATURES.get(functionName);
  if (signature === undefined) {
    reader.fail(name.start, `unknown function with name ${quoteString(functionName)}`);
  }
  if (signature.isExperimental && !reader.allowsExperimental) {
    reader.fail(name.start, `function ${quoteString(functionName)} is not enabled`);
  }
  return reader.track({ kind: 'call', functionName, args, position: { start: name.start, end } }, args);
}

function readArguments(reader: TokenReader): { args: Expression[]; end: number } {
  reader.takeOnly('(');
  const args: Expression[] = [];
  const empty = reader.takeIf(')');
  if (empty !== null) return { args, end: empty.end };
  for (;;) {
    args.push(readExpression(reader));
    const comma = reader.takeIf(',');
    if (comma === null) return { args, end: reader.takeOnly(')').end };
    if (!beginsExpression(reader.peek().kind)) {
      reader.fail(comma.start, 'trailing commas not allowed in function call args');
    }
  }
}

/** @param name the aggregation's name, `kind` its token's kind */
function readAggregation(reader: TokenReader, name: Token, kind: AggregationName): Aggregation {
  const before = reader.insideAggregation(() => readGrouping(reader));
  const { args, end } = reader.insideAggregation(() => readArguments(reader));
  const grouping = before ?? reader.insideAggregation(() => readGrouping(reader));
  const hasParameter = WITH_PARAMETER.has(kind);
  const { start } = name;
  if (args.length === 0) reader.fail(start, 'no arguments for aggregate expression provided');
  if ((kind === 'limitk' || kind === 'limit_ratio') && !reader.allowsExperimental) {
    reader.fail(
      start,
      `${kind}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
    );
  }
  const wanted = hasParameter ? 2 : 1;
  const expression = args[wanted - 1];
  if (expression === undefined || args.length !== wanted) {
    reader.fail(
      start,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    );
  }
  const aggregation: Aggregation = {
    kind: 'aggregation',
    name: kind,
    expression,
    parameter: hasParameter ? (args[0] ?? null) : null,
    without: grouping?.without ?? false,
    labelNames: grouping?.names ?? [],
    position: { start, end: Math.max(end, grouping?.end ?? end) },
  };
  return reader.track(aggregation, args);
}

function readGrouping(reader: TokenReader): (LabelList & { readonly without: boolean }) | null {
  const word = reader.takeIf('by') ?? reader.takeIf('without');
  return word === null ? null : { ...readLabelList(reader), without: word.kind === 'without' };
}
