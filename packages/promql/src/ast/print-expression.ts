/** The canonical text of an expression on one line, as Prometheus prints it. */
import { unreachable } from '@promontory/base';
import { compareUtf8, type Matcher } from '@promontory/model';
import { formatGoF, formatGoG } from '../evaluate/format-float.ts';
import { quoteString } from '../parser/go-text.ts';
import type {
  Aggregation,
  AtModifier,
  Binary,
  DurationExpression,
  Expression,
  NumberLiteral,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './expression.ts';
import { printDuration, printSeconds } from './print-duration.ts';

/** Parsing what is printed gives the same expression, but for positions. Recursive, as deep as the expression. */
export function printExpression(expression: Expression): string {
  return printNode(expression, printExpression);
}

/** @param printChild how the expressions inside are printed: with a cache, for one */
export function printNode(expression: Expression, printChild: (child: Expression) => string): string {
  switch (expression.kind) {
    case 'number':
      return printNumber(expression);
    case 'string':
      return quoteString(expression.value);
    case 'vector-selector':
      return (
        printSeries(expression) +
        printAt(expression.at) +
        printExtension(expression) +
        printOffset(expression.offset)
      );
    case 'matrix-selector': {
      const { selector, range } = expression;
      const series = `${printSeries(selector)}[${printDuration(range)}]`;
      return series + printExtension(selector) + printAt(selector.at) + printOffset(selector.offset);
    }
    case 'subquery':
      return printChild(expression.expression) + printSubqueryEnd(expression);
    case 'parenthesis':
      return `(${printChild(expression.expression)})`;
    case 'unary':
      return expression.operator + printChild(expression.operand);
    case 'binary':
      return `${printChild(expression.left)} ${printOperator(expression)} ${printChild(expression.right)}`;
    case 'call':
      return `${expression.functionName}(${expression.args.map(printChild).join(', ')})`;
    case 'aggregation': {
      const parameter = expression.parameter === null ? '' : `${printChild(expression.parameter)}, `;
      return `${printAggregationHead(expression)}(${parameter}${printChild(expression.expression)})`;
    }
    default:
      return unreachable(expression);
  }
}

/** What stands before the parenthesis. */
export function printAggregationHead({ name, without, labelNames }: Aggregation): string {
  if (without) return `${name} without ${printLabelList(labelNames)} `;
  return labelNames.length === 0 ? name : `${name} by ${printLabelList(labelNames)} `;
}

/** The operator with its modifiers. */
export function printOperator({ operator, returnBool, matching }: Binary): string {
  const modifiers = matching === null ? '' : printMatching(matching);
  return `${operator}${returnBool ? ' bool' : ''}${modifiers}`;
}

/** What stands behind the expression of a subquery. */
export function printSubqueryEnd({ range, step, ...shift }: Subquery): string {
  const printedStep = step === null ? '' : printDuration(step);
  return `[${printDuration(range)}:${printedStep}]${printAt(shift.at)}${printOffset(shift.offset)}`;
}

function printNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration ? printSeconds(value) : formatGoF(value);
}

/** Name and matchers; these are sorted by their text. */
function printSeries({ name, matchers }: VectorSelector): string {
  const printed = matchers.slice(name === null ? 0 : 1).map(printMatcher);
  if (printed.length === 0 && name !== null) return name;
  return `${name ?? ''}{${printed.toSorted(compareUtf8).join(',')}}`;
}

function printMatcher({ name, operator, value }: Matcher): string {
  return `${printLabelName(name)}${operator}${quoteString(value)}`;
}

function printLabelList(names: readonly string[]): string {
  return `(${names.map(printLabelName).join(', ')})`;
}

function printLabelName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoteString(name);
}

function printExtension({ extension }: VectorSelector): string {
  return extension === null ? '' : ` ${extension}`;
}

function printAt(at: AtModifier | null): string {
  if (at === null) return '';
  return at.kind === 'time' ? ` @ ${(at.timestampMs / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function printOffset(offset: DurationExpression | null): string {
  return offset === null ? '' : ` offset ${printDuration(offset)}`;
}

function printMatching({ cardinality, on, labelNames, includedNames, fill }: VectorMatching): string {
  const group =
    cardinality === 'many-to-one' ? 'group_left' : cardinality === 'one-to-many' ? 'group_right' : null;
  const hasClause = labelNames.length > 0 || on || group !== null;
  const clause = hasClause ? ` ${on ? 'on' : 'ignoring'} ${printLabelList(labelNames)}` : '';
  const included = group === null ? '' : ` ${group} ${printLabelList(includedNames)}`;
  return clause + included + printFill(fill);
}

function printFill({ left, right }: VectorMatching['fill']): string {
  if (left !== null && left === right) return ` fill (${formatGoG(left)})`;
  const printedLeft = left === null ? '' : ` fill_left (${formatGoG(left)})`;
  return printedLeft + (right === null ? '' : ` fill_right (${formatGoG(right)})`);
}
