import { Labels, METRIC_NAME, type Matcher } from '@promontory/model';
import type { PlanNode } from '../../plan/plan-node.ts';

/** The labels of what is absent; none where that is not a selector. */
export function labelsWhenAbsent(node: PlanNode): Labels {
  const selector = node.kind === 'repeat' ? node.inner : node;
  const isSelector = selector.kind === 'instant-selector' || selector.kind === 'range-selector';
  return isSelector ? absentLabels(selector.matchers) : Labels.empty;
}

/**
 * The labels of `absent(selector)`: those that an `=` matcher fixes; a label with a second matcher of any
 * kind is ambiguous and left out.
 */
function absentLabels(matchers: readonly Matcher[]): Labels {
  const seen = new Set<string>();
  const values = new Map<string, string>();
  for (const { name, operator, value } of matchers) {
    if (name === METRIC_NAME) continue;
    if (operator === '=' && !seen.has(name)) values.set(name, value);
    else values.delete(name);
    seen.add(name);
  }
  return Labels.fromEntries(values);
}
