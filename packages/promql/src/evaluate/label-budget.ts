/**
 * Bounds the label text that label_replace and label_join make: nested in each other they double a value at
 * every level, so that a short query could ask for more text than any machine holds. Long label sets count
 * again whenever an operator keeps a changed copy, because the copy's key repeats all of its text.
 */
import type { Labels } from '@promontory/model';
import { executionError } from './execution-error.ts';
import type { QueryBudget } from './query-budget.ts';

/** UTF-8 bytes of one made label value. */
export const MADE_LABEL_VALUE_BYTES_MAX = 64 * 1024;
/** UTF-8 bytes of all label values that one query makes. */
export const MADE_LABEL_BYTES_MAX = 256 * 1024 * 1024;

/** Shorter label sets are copied for free; UTF-16 units of all names and values. */
const FREE_COPY_LENGTH_MAX = 8192;

export class LabelBudget {
  readonly #budget: QueryBudget;
  #madeBytes = 0;

  constructor(budget: QueryBudget) {
    this.#budget = budget;
  }

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
    this.#add(valueBytes);
  }

  /** @throws PromontoryError ERR_QUERY_EXECUTION when too much text is held */
  holdCopy({ pairs }: Labels): void {
    let length = 0;
    for (const text of pairs) length += text.length;
    if (length > FREE_COPY_LENGTH_MAX) this.#add(length);
  }

  #add(bytes: number): void {
    this.#budget.holdBytes(bytes);
    this.#madeBytes += bytes;
    if (this.#madeBytes <= MADE_LABEL_BYTES_MAX) return;
    throw executionError(`query makes too much label text; the limit is ${MADE_LABEL_BYTES_MAX} bytes`, {
      madeBytesMax: MADE_LABEL_BYTES_MAX,
    });
  }
}
