/**
 * The label bytes of the series that wait for the index, in the writer's memory: refs in a row, from
 * `firstRef` on. A series whose batch was damaged has none.
 */
import { IntColumn } from './int-column.ts';

/** Memory above this is given back when the list is emptied. */
const BYTES_KEPT_MAX = 32 * 1024 * 1024;
const BYTES_INITIAL = 1 << 16;

export class WaitingList {
  #firstRef: number;
  #bytes = new Uint8Array(BYTES_INITIAL);
  /** Series i lies from bounds[i] to bounds[i + 1]. */
  readonly #bounds = new IntColumn();

  constructor(firstRef: number) {
    this.#firstRef = firstRef;
    this.#bounds.push(0);
  }

  get count(): number {
    return this.#bounds.length - 1;
  }

  get refEnd(): number {
    return this.#firstRef + this.count;
  }

  /** Appends the series of ref `refEnd`. @param labelBytes copied */
  push(labelBytes: Uint8Array): void {
    const start = this.#bounds.values[this.count]!;
    const end = start + labelBytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, end));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.#bytes.set(labelBytes, start);
    this.#bounds.push(end);
  }

  /** The bytes of all series; replaced when the list grows. */
  unsafeViewBytes(): Uint8Array {
    return this.#bytes;
  }

  start(ref: number): number {
    return this.#bounds.values[ref - this.#firstRef]!;
  }

  end(ref: number): number {
    return this.#bounds.values[ref - this.#firstRef + 1]!;
  }

  has(ref: number): boolean {
    return ref >= this.#firstRef && ref < this.refEnd && this.end(ref) > this.start(ref);
  }

  /** A view of the bounds of the series from `firstRef` to before `refEnd`, one more than there are series. */
  unsafeViewBounds(firstRef: number, refEnd: number): Int32Array {
    return this.#bounds.values.subarray(firstRef - this.#firstRef, refEnd - this.#firstRef + 1);
  }

  /** Forgets all series; the next has ref `firstRef`. */
  restart(firstRef: number): void {
    this.#firstRef = firstRef;
    this.#bounds.clear();
    this.#bounds.push(0);
    if (this.#bytes.length > BYTES_KEPT_MAX) this.#bytes = new Uint8Array(BYTES_INITIAL);
  }
}
