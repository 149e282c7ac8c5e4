import { Labels, METRIC_NAME, type Matcher } from '@promontory/model';

/**
 * The labels of `absent(selector)`: those that an `=` matcher fixes; a label with a second matcher of any
 * kind is ambiguous and left out.
 */
export function absentLabels(matchers: readonly Matcher[]): Labels {
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
