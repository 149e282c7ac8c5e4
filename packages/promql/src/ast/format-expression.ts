/**
 * An expression over several lines, as Prometheus's `format_query` gives it: what is longer than a line is split
 * into its parts, each on a line of its own and indented by two spaces more. Only length decides, and what does
 * not fit and has no parts, such as a selector, stays long.
 */
import { unreachable } from '@promontory/base';
import type { Aggregation, Expression } from './expression.ts';
import { printAggregationHead, printNode, printOperator, printSubqueryEnd } from './print-expression.ts';

/** UTF-8 bytes of a part, its indentation not counted. */
const LINE_BYTES_MAX = 100;
const INDENT = '  ';

/** Recursive, as deep as the expression. */
export function formatExpression(expression: Expression): string {
  return new Formatter().format(expression, 0);
}

class Formatter {
  /** Every part is asked for its length, so that without these the whole would be printed once per level. */
  readonly #printed = new Map<Expression, string>();

  /** @returns with the indentation of the level, but for subqueries that fit, as in Prometheus */
  format(expression: Expression, level: number): string {
    const indent = INDENT.repeat(level);
    switch (expression.kind) {
      case 'number':
      case 'string':
      case 'vector-selector':
      case 'matrix-selector':
        return indent + this.#print(expression);
      case 'unary':
        return indent + expression.operator + this.format(expression.operand, level).trim();
      case 'subquery':
        if (this.#fits(expression)) return this.#print(expression);
        return this.format(expression.expression, level) + printSubqueryEnd(expression);
      case 'parenthesis':
        if (this.#fits(expression)) return indent + this.#print(expression);
        return `${indent}(\n${this.format(expression.expression, level + 1)}\n${indent})`;
      case 'binary': {
        if (this.#fits(expression)) return indent + this.#print(expression);
        const left = this.format(expression.left, level + 1);
        const right = this.format(expression.right, level + 1);
        return `${left}\n${indent}${printOperator(expression)}\n${right}`;
      }
      case 'call': {
        if (this.#fits(expression)) return indent + this.#print(expression);
        const args = expression.args.map((argument) => this.format(argument, level + 1));
        return `${indent}${expression.functionName}(\n${args.join(',\n')}\n${indent})`;
      }
      case 'aggregation':
        return this.#fits(expression)
          ? indent + this.#print(expression)
          : this.#splitAggregation(expression, level);
      default:
        return unreachable(expression);
    }
  }

  #splitAggregation(aggregation: Aggregation, level: number): string {
    const indent = INDENT.repeat(level);
    const { parameter } = aggregation;
    const first = parameter === null ? '' : `${this.format(parameter, level + 1)},\n`;
    const rest = this.format(aggregation.expression, level + 1);
    return `${indent}${printAggregationHead(aggregation)}(\n${first}${rest}\n${indent})`;
  }

  #print(expression: Expression): string {
    const known = this.#printed.get(expression);
    if (known !== undefined) return known;
    const printed = printNode(expression, (child) => this.#print(child));
    this.#printed.set(expression, printed);
    return printed;
  }

  #fits(expression: Expression): boolean {
    const printed = this.#print(expression);
    return printed.length <= LINE_BYTES_MAX && new TextEncoder().encode(printed).length <= LINE_BYTES_MAX;
  }
}
