/** Types of expressions, and the errors of those that have none. Texts as Prometheus words them. */
import { unreachable } from '@promontory/base';
import { METRIC_NAME } from '@promontory/model';
import {
  isComparison,
  isSetOperator,
  type Aggregation,
  type Binary,
  type Call,
  type Expression,
  type ValueType,
  type VectorSelector,
} from '../ast/expression.ts';
import { isSpace } from '../parser/characters.ts';
import { quoteString } from '../parser/go-text.ts';
import { syntaxError, typeError } from '../parser/syntax-error.ts';
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

/**
 * Looks at the tree in Prometheus's order, so that of two errors the same one is reported.
 *
 * @throws PromontoryError ERR_QUERY_TYPE, ERR_QUERY_SYNTAX for selectors of everything or of two names
 */
export function checkTypes(text: string, expression: Expression): void {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return;
    case 'vector-selector':
      return checkSelector(text, expression, false);
    case 'matrix-selector':
      return checkSelector(text, expression.selector, false);
    case 'parenthesis':
      return checkTypes(text, expression.expression);
    case 'subquery':
      return checkSubquery(text, expression);
    case 'unary':
      return checkUnary(text, expression);
    case 'binary':
      return checkBinary(text, expression);
    case 'call':
      return checkCall(text, expression);
    case 'aggregation':
      return checkAggregation(text, expression);
    default:
      return unreachable(expression);
  }
}

function expectType(text: string, expression: Expression, wanted: ValueType, context: string): void {
  checkTypes(text, expression);
  refuseOtherType(text, expression, wanted, context, expression.position.start);
}

function refuseOtherType(
  text: string,
  expression: Expression,
  wanted: ValueType,
  context: string,
  position: number,
): void {
  const type = typeOf(expression);
  if (type === wanted) return;
  throw typeError(text, position, `expected type ${NAMES[wanted]} in ${context}, got ${NAMES[type]}`);
}

/** @param mayMatchNothing whether all matchers may match the empty value */
function checkSelector(text: string, selector: VectorSelector, mayMatchNothing: boolean): void {
  const { name, matchers, position } = selector;
  if (name !== null) {
    const again = matchers.slice(1).find((matcher) => matcher.name === METRIC_NAME);
    if (again === undefined) return;
    const names = `${quoteString(name)} or ${quoteString(again.value)}`;
    throw syntaxError(text, position.start, `metric name must not be set twice: ${names}`);
  }
  if (mayMatchNothing || matchers.some((matcher) => !matcher.matchesValue(''))) return;
  throw syntaxError(text, position.start, 'vector selector must contain at least one non-empty matcher');
}

function checkAggregation(text: string, aggregation: Aggregation): void {
  expectType(text, aggregation.expression, 'vector', 'aggregation expression');
  if (aggregation.parameter === null) return;
  const wanted = aggregation.name === 'count_values' ? 'string' : 'scalar';
  expectType(text, aggregation.parameter, wanted, 'aggregation parameter');
}

function checkBinary(text: string, binary: Binary): void {
  const { operator, left, right, returnBool } = binary;
  checkTypes(text, left);
  checkTypes(text, right);
  const types = [typeOf(left), typeOf(right)];
  if (returnBool && !isComparison(operator)) {
    throw typeError(
      text,
      operatorPosition(text, binary),
      'bool modifier can only be used on comparison operators',
    );
  }
  if (isComparison(operator) && !returnBool && types.every((type) => type === 'scalar')) {
    throw typeError(
      text,
      operatorPosition(text, binary),
      'comparisons between scalars must use BOOL modifier',
    );
  }
  refuseSharedLabel(text, binary);
  for (const [index, type] of types.entries()) {
    if (type === 'scalar' || type === 'vector') continue;
    const { start } = (index === 0 ? left : right).position;
    throw typeError(text, start, 'binary expression must contain only scalar and instant vector types');
  }
  const reason = matchingComplaint(
    binary,
    types.every((type) => type === 'vector'),
  );
  if (reason !== null) throw typeError(text, binary.position.start, reason);
}

/** Where the operator begins, or a comment before it. */
function operatorPosition(text: string, { left }: Binary): number {
  let position = left.position.end;
  while (isSpace(text.charCodeAt(position))) position++;
  return position;
}

function refuseSharedLabel(text: string, binary: Binary): void {
  const { matching } = binary;
  if (matching === null || !matching.on) return;
  const shared = matching.labelNames.find((name) => matching.includedNames.includes(name));
  if (shared === undefined) return;
  throw typeError(
    text,
    operatorPosition(text, binary),
    `label ${quoteString(shared)} must not occur in ON and GROUP clause at once`,
  );
}

function matchingComplaint({ operator, matching }: Binary, areVectors: boolean): string | null {
  const fills = matching !== null && (matching.fill.left !== null || matching.fill.right !== null);
  if (!areVectors) {
    if (matching !== null && matching.labelNames.length > 0) {
      return 'vector matching only allowed between instant vectors';
    }
    if (fills) return 'filling in missing series only allowed between instant vectors';
    return isSetOperator(operator)
      ? `set operator ${quoteString(operator)} not allowed in binary scalar expression`
      : null;
  }
  if (!isSetOperator(operator)) return null;
  if (matching !== null && matching.cardinality !== 'many-to-many') {
    return `no grouping allowed for ${quoteString(operator)} operation`;
  }
  return fills ? 'filling in missing series not allowed for set operators' : null;
}

function checkCall(text: string, call: Call): void {
  const name = call.functionName;
  const signature = FUNCTION_SIGNATURES.get(name);
  if (signature === undefined) {
    throw typeError(text, call.position.start, `unknown function with name ${quoteString(name)}`);
  }
  checkArgumentCount(text, call, signature);
  const context = `call to function ${quoteString(name)}`;
  const second = call.args[1];
  const infoLabels = name === 'info' && second !== undefined ? second : null;
  if (infoLabels !== null) checkInfoLabels(text, call, infoLabels, context);
  for (const [index, argument] of call.args.entries()) {
    if (argument === infoLabels) continue;
    const wanted = signature.args[Math.min(index, signature.args.length - 1)] ?? 'vector';
    expectType(text, argument, wanted, context);
  }
}

/** The second argument of info() is no selector of series: it selects labels. */
function checkInfoLabels(text: string, call: Call, labels: Expression, context: string): void {
  refuseOtherType(text, labels, 'vector', context, call.position.start);
  if (labels.kind !== 'vector-selector') {
    throw typeError(text, labels.position.start, 'expected label selectors only');
  }
  if (labels.name !== null) {
    throw typeError(
      text,
      labels.position.start,
      'expected label selectors only, got vector selector instead',
    );
  }
  checkSelector(text, labels, true);
}

function checkArgumentCount(text: string, call: Call, signature: FunctionSignature): void {
  const count = signature.args.length;
  const got = call.args.length;
  const least = signature.variadic === 0 ? count : count - 1;
  const most = signature.variadic < 0 ? Infinity : least + signature.variadic;
  if (got >= least && got <= most) return;
  const bound = signature.variadic === 0 ? '' : got < least ? 'at least ' : 'at most ';
  const wanted = got < least ? least : most;
  throw typeError(
    text,
    call.position.start,
    `expected ${bound}${wanted} argument(s) in call to ${quoteString(call.functionName)}, got ${got}`,
  );
}

function checkUnary(text: string, unary: Extract<Expression, { kind: 'unary' }>): void {
  checkTypes(text, unary.operand);
  const type = typeOf(unary.operand);
  if (type === 'scalar' || type === 'vector') return;
  throw typeError(
    text,
    unary.position.start,
    `unary expression only allowed on expressions of type scalar or instant vector, got "${NAMES[type]}"`,
  );
}

function checkSubquery(text: string, subquery: Extract<Expression, { kind: 'subquery' }>): void {
  checkTypes(text, subquery.expression);
  const type = typeOf(subquery.expression);
  if (type === 'vector') return;
  throw typeError(
    text,
    subquery.position.start,
    `subquery is only allowed on instant vector, got ${type} instead`,
  );
}
