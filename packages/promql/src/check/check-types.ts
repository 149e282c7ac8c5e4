/** Types of expressions, and the errors of those that have none. Texts as Prometheus words them. */
import { unreachable } from '@promontory/base';
import {
  childExpressions,
  isComparison,
  isSetOperator,
  type Aggregation,
  type Binary,
  type Call,
  type Expression,
  type ValueType,
} from '../ast/expression.ts';
import { typeError } from '../parser/syntax-error.ts';
import { FUNCTION_SIGNATURES, type FunctionSignature } from './function-signatures.ts';

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** How Prometheus's documents name a type. */
export function typeName(type: ValueType): string {
  return NAMES[type];
}

/** The type of an expression that was checked. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vector-selector':
    case 'aggregation':
      return 'vector';
    case 'matrix-selector':
    case 'subquery':
      return 'matrix';
    case 'parenthesis':
      return typeOf(expression.expression);
    case 'unary':
      return typeOf(expression.operand);
    case 'binary':
      return typeOf(expression.left) === 'scalar' && typeOf(expression.right) === 'scalar'
        ? 'scalar'
        : 'vector';
    case 'call':
      return FUNCTION_SIGNATURES.get(expression.functionName)?.result ?? 'vector';
    default:
      return unreachable(expression);
  }
}

/** @throws PromontoryError ERR_QUERY_TYPE */
export function checkTypes(text: string, expression: Expression): void {
  for (const child of childExpressions(expression)) checkTypes(text, child);
  if (expression.kind === 'aggregation') checkAggregation(text, expression);
  else if (expression.kind === 'binary') checkBinary(text, expression);
  else if (expression.kind === 'call') checkCall(text, expression);
  else if (expression.kind === 'unary') checkUnary(text, expression);
  else if (expression.kind === 'subquery') checkSubquery(text, expression);
}

function expectType(text: string, expression: Expression, wanted: ValueType, context: string): void {
  const type = typeOf(expression);
  if (type === wanted) return;
  throw typeError(
    text,
    expression.position.start,
    `expected type ${NAMES[wanted]} in ${context}, got ${NAMES[type]}`,
  );
}

function checkAggregation(text: string, aggregation: Aggregation): void {
  expectType(text, aggregation.expression, 'vector', 'aggregation expression');
  if (aggregation.parameter === null) return;
  const wanted = aggregation.name === 'count_values' ? 'string' : 'scalar';
  expectType(text, aggregation.parameter, wanted, 'aggregation parameter');
}

function checkBinary(text: string, binary: Binary): void {
  const { operator, matching } = binary;
  const types = [typeOf(binary.left), typeOf(binary.right)];
  const start = binary.position.start;
  if (binary.returnBool && !isComparison(operator)) {
    throw typeError(text, start, 'bool modifier can only be used on comparison operators');
  }
  for (const [index, type] of types.entries()) {
    if (type === 'scalar' || type === 'vector') continue;
    const side = index === 0 ? binary.left : binary.right;
    throw typeError(
      text,
      side.position.start,
      'binary expression must contain only scalar and instant vector types',
    );
  }
  if (types.every((type) => type === 'vector')) return checkMatching(text, binary);
  if (isSetOperator(operator)) {
    throw typeError(text, start, `set operator "${operator}" not allowed in binary scalar expression`);
  }
  if (isComparison(operator) && !binary.returnBool && types.every((type) => type === 'scalar')) {
    throw typeError(text, start, 'comparisons between scalars must use BOOL modifier');
  }
  const named = matching !== null && (matching.on || matching.labelNames.length > 0);
  if (named || (matching !== null && matching.cardinality !== 'one-to-one')) {
    throw typeError(text, start, 'vector matching only allowed between instant vectors');
  }
}

function checkMatching(text: string, binary: Binary): void {
  const matching = binary.matching;
  if (matching === null || !matching.on) return;
  for (const name of matching.includedNames) {
    if (!matching.labelNames.includes(name)) continue;
    throw typeError(
      text,
      binary.position.start,
      `label "${name}" must not occur in ON and GROUP clause at once`,
    );
  }
}

function checkCall(text: string, call: Call): void {
  const name = call.functionName;
  const signature = FUNCTION_SIGNATURES.get(name);
  if (signature === undefined) {
    throw typeError(text, call.position.start, `unknown function with name "${name}"`);
  }
  checkArgumentCount(text, call, signature);
  for (const [index, argument] of call.args.entries()) {
    const wanted = signature.args[Math.min(index, signature.args.length - 1)] ?? 'vector';
    expectType(text, argument, wanted, `call to function "${name}"`);
  }
}

function checkArgumentCount(text: string, call: Call, signature: FunctionSignature): void {
  const most = signature.args.length;
  const least = signature.optional < 0 ? most - 1 : most - signature.optional;
  const got = call.args.length;
  const fail = (bound: string, wanted: number): never => {
    throw typeError(
      text,
      call.position.start,
      `expected ${bound}${wanted} argument(s) in call to "${call.functionName}", got ${got}`,
    );
  };
  if (signature.optional === 0 && got !== most) fail('', most);
  if (got < least) fail('at least ', least);
  if (signature.optional >= 0 && got > most) fail('at most ', most);
}

function checkUnary(text: string, unary: Extract<Expression, { kind: 'unary' }>): void {
  const type = typeOf(unary.operand);
  if (type === 'scalar' || type === 'vector') return;
  throw typeError(
    text,
    unary.position.start,
    `unary expression only allowed on expressions of type scalar or instant vector, got "${NAMES[type]}"`,
  );
}

function checkSubquery(text: string, subquery: Extract<Expression, { kind: 'subquery' }>): void {
  const type = typeOf(subquery.expression);
  if (type === 'vector') return;
  throw typeError(
    text,
    subquery.position.start,
    `subquery is only allowed on instant vector, got ${NAMES[type]} instead`,
  );
}
