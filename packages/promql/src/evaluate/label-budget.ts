/**
 * Bounds the label text that label_replace and label_join make: nested in each other they double a value at
 * every level, so that a short query could ask for more text than any machine holds.
 */
import { executionError } from './execution-error.ts';

/** UTF-8 bytes of one made label value. */
export const MADE_LABEL_VALUE_BYTES_MAX = 64 * 1024;
/** UTF-8 bytes of all label values that one query makes. */
export const MADE_LABEL_BYTES_MAX = 256 * 1024 * 1024;

export class LabelBudget {
  #madeBytes = 0;

  /**
   * To be asked before the value is made.
   *
   * @param length UTF-16 units, never more than the value's bytes
   * @throws PromontoryError ERR_QUERY_EXECUTION
   */
  requireFits(length: number): void {
    if (length <= MADE_LABEL_VALUE_BYTES_MAX) return;
    throw executionError(`label value too long; the limit is ${MADE_LABEL_VALUE_BYTES_MAX} bytes`, {
      valueBytesMax: MADE_LABEL_VALUE_BYTES_MAX,
    });
  }

  /** @throws PromontoryError ERR_QUERY_EXECUTION when the value, or all values together, are too long */
  hold(value: string): void {
    const valueBytes = Buffer.byteLength(value);
    this.requireFits(valueBytes);
    this.#madeBytes += valueBytes;
    if (this.#madeBytes <= MADE_LABEL_BYTES_MAX) return;
    throw executionError(`query makes too much label text; the limit is ${MADE_LABEL_BYTES_MAX} bytes`, {
      madeBytesMax: MADE_LABEL_BYTES_MAX,
    });
  }
}
