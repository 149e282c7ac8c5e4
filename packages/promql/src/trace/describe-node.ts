/** Plan nodes and selections in words, short enough for a line. */
import { unreachable } from '@promontory/base';
import { type Matcher, METRIC_NAME } from '@promontory/model';
import { formatDuration } from '../parser/duration.ts';
import { quoteString } from '../parser/go-text.ts';
import type { PlanNode, SelectorPlan } from '../plan/plan-node.ts';

const CHARACTERS_MAX = 500;

/** Without its children. */
export function describeNode(node: PlanNode): string {
  return cut(`${describe(node)}, ${node.grid.stepCount} step${node.grid.stepCount === 1 ? '' : 's'}`);
}

/** `up{job="a"}`, as it would stand in a query. */
export function describeMatchers(matchers: readonly Matcher[]): string {
  const name = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=');
  const others = matchers.filter((matcher) => matcher !== name);
  const printed = others.map((matcher) => `${matcher.name}${matcher.operator}${quoteString(matcher.value)}`);
  if (name !== undefined && printed.length === 0) return cut(name.value);
  return cut(`${name?.value ?? ''}{${printed.join(',')}}`);
}

function describe(node: PlanNode): string {
  switch (node.kind) {
    case 'number':
      return `number ${node.value}`;
    case 'string':
      return 'string';
    case 'instant-selector':
    case 'range-selector':
      return describeSelector(node);
    case 'subquery':
      return `subquery [${formatDuration(node.windows.rangeMs)}:${formatDuration(node.inner.grid.stepMs)}]`;
    case 'repeat':
      return 'the same at every step';
    case 'negate':
      return 'negate';
    case 'binary':
      return `binary operator ${node.operator}`;
    case 'call':
      return `${node.functionName}()`;
    case 'info':
      return 'info()';
    case 'aggregation': {
      const { name, without, labelNames } = node;
      if (labelNames.length === 0 && !without) return name;
      return `${name} ${without ? 'without' : 'by'} (${labelNames.join(', ')})`;
    }
    default:
      return unreachable(node);
  }
}

function describeSelector({ kind, matchers, windows }: SelectorPlan): string {
  const range = kind === 'range-selector' ? `[${formatDuration(windows.rangeMs)}]` : '';
  return `selector ${describeMatchers(matchers)}${range}`;
}

function cut(text: string): string {
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX)}…`;
}
