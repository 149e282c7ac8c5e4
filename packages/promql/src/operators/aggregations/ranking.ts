// HOT PATH: O(log k) a sample, no allocation.
import type { WorkBlocks } from '../../evaluate/work-blocks.ts';

/**
 * The k largest values of every group at every step, in binary heaps laid out in flat arrays: the heap of
 * group g at step s starts at `starts[g] + s * capacities[g]`. NaN ranks below everything. Ties keep what
 * came first.
 */
export class Ranking {
  readonly #stepCount: number;
  readonly #starts: Float64Array;
  readonly #capacities: Int32Array;
  readonly #values: Float64Array;
  readonly #seriesIndices: Int32Array;
  readonly #sizes: Int32Array;

  /** @param capacities the most values that a group can keep at a step */
  constructor(capacities: Int32Array, stepCount: number) {
    this.#stepCount = stepCount;
    this.#capacities = capacities;
    this.#starts = new Float64Array(capacities.length);
    let slotCount = 0;
    for (let group = 0; group < capacities.length; group++) {
      this.#starts[group] = slotCount;
      slotCount += capacities[group]! * stepCount;
    }
    this.#values = new Float64Array(slotCount);
    this.#seriesIndices = new Int32Array(slotCount);
    this.#sizes = new Int32Array(capacities.length * stepCount);
  }

  offer(group: number, step: number, k: number, value: number, seriesIndex: number): void {
    const limit = Math.min(k, this.#capacities[group]!);
    const start = this.#start(group, step);
    const size = this.#sizes[group * this.#stepCount + step]!;
    if (size < limit) {
      this.#values[start + size] = value;
      this.#seriesIndices[start + size] = seriesIndex;
      this.#sizes[group * this.#stepCount + step] = size + 1;
      this.#siftUp(start, size);
      return;
    }
    if (limit < 1) return;
    const smallest = this.#values[start]!;
    if (!(smallest < value || (smallest !== smallest && value === value))) return;
    this.#values[start] = value;
    this.#seriesIndices[start] = seriesIndex;
    this.#siftDown(start, size);
  }

  /** Calls back for everything that was kept, in no particular order. */
  forEach(blocks: WorkBlocks, visit: (seriesIndex: number, step: number, value: number) => void): void {
    for (let group = 0; group < this.#capacities.length; group++) {
      for (let step = 0; step < this.#stepCount;) {
        const end = blocks.endOf(step, this.#stepCount);
        for (; step < end; step++) {
          const start = this.#start(group, step);
          const size = this.#sizes[group * this.#stepCount + step]!;
          for (let slot = start; slot < start + size; slot++) {
            visit(this.#seriesIndices[slot]!, step, this.#values[slot]!);
          }
        }
      }
    }
  }

  #start(group: number, step: number): number {
    return this.#starts[group]! + step * this.#capacities[group]!;
  }

  #isLess(left: number, right: number): boolean {
    const leftValue = this.#values[left]!;
    return leftValue !== leftValue || leftValue < this.#values[right]!;
  }

  #swap(left: number, right: number): void {
    const value = this.#values[left]!;
    this.#values[left] = this.#values[right]!;
    this.#values[right] = value;
    const seriesIndex = this.#seriesIndices[left]!;
    this.#seriesIndices[left] = this.#seriesIndices[right]!;
    this.#seriesIndices[right] = seriesIndex;
  }

  #siftUp(start: number, from: number): void {
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isLess(start + child, start + parent)) return;
      this.#swap(start + child, start + parent);
      child = parent;
    }
  }

  #siftDown(start: number, size: number): void {
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= size) return;
      if (child + 1 < size && this.#isLess(start + child + 1, start + child)) child++;
      if (!this.#isLess(start + child, start + parent)) return;
      this.#swap(start + parent, start + child);
      parent = child;
    }
  }
}
