import type { Labels } from '@promontory/model';
import type { VectorMatching } from '../../ast/expression.ts';
import { METADATA_LABELS } from '../operator.ts';

/** The function from a series' labels to the labels that must be equal on both sides. */
export function signatureOf(matching: VectorMatching): (labels: Labels) => Labels {
  if (matching.on) {
    const names = new Set(matching.labelNames);
    return (labels) => labels.keep(names);
  }
  const ignored = new Set([...matching.labelNames, ...METADATA_LABELS]);
  return (labels) => labels.drop(ignored);
}
