import { executionError } from '../../evaluate/execution-error.ts';
import { formatGoG } from '../../evaluate/format-float.ts';
import type { WorkBlocks } from '../../evaluate/work-blocks.ts';
import { extentOf } from '../scalars/scalar-extent.ts';

/** Of the numbers that a float can hold, the last one below 2^63 is refused, too. */
const WHOLE_MAX = 2 ** 63 - 1024;
const WHOLE_MIN = -(2 ** 63);

/**
 * Checks the `k` of topk, bottomk and limitk at all steps, whether or not there is something to choose from. When it
 * asks for nothing anywhere, its size does not matter.
 *
 * @throws PromontoryError ERR_QUERY_EXECUTION for NaN, and for what 64 bits cannot hold: the smallest, else the
 *   largest value
 */
export function requireWholeParameter(values: Float64Array, blocks: WorkBlocks): void {
  const { hasNaN, smallest, largest } = extentOf(values, blocks);
  if (hasNaN) throw executionError('Parameter value is NaN');
  if (largest < 1) return;
  if (smallest <= WHOLE_MIN) throw executionError(`Scalar value ${formatGoG(smallest)} underflows int64`);
  if (largest >= WHOLE_MAX) throw executionError(`Scalar value ${formatGoG(largest)} overflows int64`);
}
