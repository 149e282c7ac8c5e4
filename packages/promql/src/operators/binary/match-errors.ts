/** What cannot be matched, in Prometheus's words. */
import type { PromontoryError } from '@promontory/base';
import type { Labels } from '@promontory/model';
import type { VectorMatching } from '../../ast/expression.ts';
import { executionError } from '../../evaluate/execution-error.ts';
import { formatLabels } from '../../evaluate/format-labels.ts';

/** Two series of the "many" side would give the same result. */
export function ambiguousResult(cardinality: VectorMatching['cardinality']): PromontoryError {
  return executionError(
    cardinality === 'one-to-one'
      ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
      : 'multiple matches for labels: grouping labels must ensure unique matches',
  );
}

/**
 * @param signature the labels that match
 * @param side of the operator where only one series may match
 * @param duplicates the series that do
 */
export function manyToMany(
  signature: Labels,
  side: 'left' | 'right',
  duplicates: readonly Labels[],
): PromontoryError {
  const names = duplicates.map(formatLabels).sort();
  return executionError(
    `found duplicate series for the match group ${formatLabels(signature)} on the ${side} hand-side of the ` +
      `operation: [${names.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}
