import { executionError } from '../../evaluate/execution-error.ts';
import { formatGoG } from '../../evaluate/format-float.ts';

const INT64_LIMIT = 2 ** 63;

/**
 * Checks the `k` of topk, bottomk and limitk at all steps. When it asks for nothing anywhere, its size does not
 * matter.
 *
 * @throws PromontoryError ERR_QUERY_EXECUTION for NaN, and for what 64 bits cannot hold
 */
export function requireWholeParameter(values: Float64Array): void {
  if (values.some(Number.isNaN)) throw executionError('Parameter value is NaN');
  if (values.every((k) => k < 1)) return;
  for (const k of values) {
    if (k <= -INT64_LIMIT) throw executionError(`Scalar value ${formatGoG(k)} underflows int64`);
    if (k >= INT64_LIMIT) throw executionError(`Scalar value ${formatGoG(k)} overflows int64`);
  }
}
