// HOT PATH: one comparison a sample, no allocation once grown.
import type { WorkBlocks } from '../../../evaluate/work-blocks.ts';

/**
 * Where something happened between a sample and the one before it (a counter reset), found once per series. Windows only
 * move forward, so that an index that moves with them tells what is inside of each.
 */
export class SamplePositions {
  /** Indices of the later samples, ascending. */
  #positions = new Int32Array(16);
  #count = 0;
  /** The first of them that may still be inside of a window. */
  #first = 0;

  /** Forgets the last series. */
  clear(): void {
    this.#count = 0;
    this.#first = 0;
  }

  /** @param position after all that were added before */
  add(position: number): void {
    if (this.#count === this.#positions.length) {
      const grown = new Int32Array(this.#positions.length * 2);
      grown.set(this.#positions);
      this.#positions = grown;
    }
    this.#positions[this.#count++] = position;
  }

  /** Adds all samples that are smaller than the one before. */
  addDecreases(value: Float64Array, count: number, blocks: WorkBlocks): void {
    for (let index = 1; index < count;) {
      const end = blocks.endOf(index, count);
      for (; index < end; index++) if (value[index]! < value[index - 1]!) this.add(index);
    }
  }

  /** @param low as in `addHidden` */
  isAnyBetween(low: number, high: number): boolean {
    this.#forget(low);
    return this.#first < this.#count && this.#positions[this.#first]! <= high;
  }

  /**
   * Adds what the resets after `low` and up to `high` hid to `increase`, one after the other, as a scan would.
   *
   * @param low never smaller than in the call before
   */
  addHidden(increase: number, value: Float64Array, low: number, high: number): number {
    if (this.#count === 0) return increase;
    this.#forget(low);
    const positions = this.#positions;
    let corrected = increase;
    for (let index = this.#first; index < this.#count && positions[index]! <= high; index++) {
      corrected += value[positions[index]! - 1]!;
    }
    return corrected;
  }

  #forget(low: number): void {
    while (this.#first < this.#count && this.#positions[this.#first]! <= low) this.#first++;
  }
}
