import type { Labels } from '@promontory/model';
import { quoteString } from '../parser/string-literal.ts';

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A label set as Prometheus prints it in messages: the metric name is a label like any other. */
export function formatLabels(labels: Labels): string {
  const pairs = Array.from(
    labels.entries(),
    ([name, value]) => `${PLAIN_NAME.test(name) ? name : quoteString(name)}=${quoteString(value)}`,
  );
  return `{${pairs.join(', ')}}`;
}
