// HOT PATH: about 60 ns a lookup (one cache miss) at 100,000 series, no allocation; write-walk.bench.ts in wire.
/**
 * Fingerprint → SeriesRef of the series that are in use, open addressing with linear probing in shared memory.
 *
 * Four words an entry: the three lanes and the ref, 0 for an empty entry, -1 for a removed one. One thread
 * changes the table; any thread looks up without a lock. The lanes of an entry are written once, before its
 * ref, and never changed: removing stores -1 over the ref, and only the same fingerprint may take the entry
 * again. So a reader either sees an entry whole or misses it. A miss is always safe, because the storage
 * thread looks again before it registers a series.
 *
 * When entries fill up, the table is built anew in other memory, without removed ones and as large as it has
 * to be. The refs in the memory left behind are cleared, so that who still holds it misses everything, and
 * never finds what was removed later.
 */
import { assert } from '@promontory/base';

const ENTRY_WORDS = 4;
const REMOVED = -1;
/** Entries in use or removed, per hundred, above which the table is built anew: probes stay short. */
const LOAD_PERCENT_MAX = 60;
/** Entries in use per hundred below which removing makes the table smaller. */
const LOAD_PERCENT_MIN = 10;
/** The most entries in use per hundred right after the table was built anew. */
const LOAD_PERCENT_REBUILT_MAX = 45;
const CAPACITY_INITIAL = 1 << 12;

export class FingerprintTable {
  memory: SharedArrayBuffer;
  #words: Int32Array;
  #mask: number;
  #count = 0;
  #removedCount = 0;

  /** @param memory of the table that another thread changes; without it, a new table */
  constructor(memory = allocate(CAPACITY_INITIAL)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#mask = memory.byteLength / (ENTRY_WORDS * 4) - 1;
    assert((this.#mask & (this.#mask + 1)) === 0, 'fingerprint table capacity is a power of two');
  }

  /** Entries in use; only the changing thread knows. */
  get count(): number {
    return this.#count;
  }

  /** @returns the ref, or 0 when the fingerprint is not there */
  find(lane0: number, lane1: number, lane2: number): number {
    const words = this.#words;
    const mask = this.#mask;
    for (let entry = lane0 & mask; ; entry = (entry + 1) & mask) {
      const base = entry * ENTRY_WORDS;
      const ref = words[base + 3]!;
      if (ref === 0) return 0;
      if (words[base] === lane0 && words[base + 1] === lane1 && words[base + 2] === lane2)
        return ref === REMOVED ? 0 : ref;
    }
  }

  /**
   * Inserts a fingerprint that is not there. Only for the one changing thread.
   *
   * @param ref positive
   * @returns true when the table moved to new memory, which readers should attach to
   */
  insert(lane0: number, lane1: number, lane2: number, ref: number): boolean {
    const used = this.#count + this.#removedCount + 1;
    const moves = used * 100 > (this.#mask + 1) * LOAD_PERCENT_MAX;
    if (moves) this.#rebuild();
    this.#place(lane0, lane1, lane2, ref);
    return moves;
  }

  /**
   * Removes all entries whose ref the predicate accepts: one pass over the table, about 5 ns an entry. Only for
   * the one changing thread.
   *
   * @returns how many; `memory` may be another one after it
   */
  removeWhere(isRemoved: (ref: number) => boolean): number {
    const words = this.#words;
    let count = 0;
    for (let at = ENTRY_WORDS - 1; at < words.length; at += ENTRY_WORDS) {
      const ref = words[at]!;
      if (ref <= 0 || !isRemoved(ref)) continue;
      Atomics.store(words, at, REMOVED);
      count++;
    }
    this.#count -= count;
    this.#removedCount += count;
    const capacity = this.#mask + 1;
    if (capacity > CAPACITY_INITIAL && this.#count * 100 < capacity * LOAD_PERCENT_MIN) this.#rebuild();
    return count;
  }

  /** Visits the entries in use in no particular order. Only for the one changing thread. */
  forEach(visit: (lane0: number, lane1: number, lane2: number, ref: number) => void): void {
    const words = this.#words;
    for (let base = 0; base < words.length; base += ENTRY_WORDS) {
      const ref = words[base + 3]!;
      if (ref > 0) visit(words[base]!, words[base + 1]!, words[base + 2]!, ref);
    }
  }

  #place(lane0: number, lane1: number, lane2: number, ref: number): void {
    const words = this.#words;
    let base = (lane0 & this.#mask) * ENTRY_WORDS;
    while (words[base + 3] !== 0) {
      if (words[base] === lane0 && words[base + 1] === lane1 && words[base + 2] === lane2) break;
      base = (base + ENTRY_WORDS) & (words.length - 1);
    }
    if (words[base + 3] === 0) {
      words[base] = lane0;
      words[base + 1] = lane1;
      words[base + 2] = lane2;
    } else {
      assert(words[base + 3] === REMOVED, 'a fingerprint is inserted once', { ref });
      this.#removedCount--;
    }
    Atomics.store(words, base + 3, ref);
    this.#count++;
  }

  #rebuild(): void {
    const old = this.#words;
    let capacity = CAPACITY_INITIAL;
    while ((this.#count + 1) * 100 > capacity * LOAD_PERCENT_REBUILT_MAX) capacity *= 2;
    this.memory = allocate(capacity);
    this.#words = new Int32Array(this.memory);
    this.#mask = capacity - 1;
    this.#count = 0;
    this.#removedCount = 0;
    for (let base = 0; base < old.length; base += ENTRY_WORDS) {
      const ref = old[base + 3]!;
      if (ref > 0) this.#place(old[base]!, old[base + 1]!, old[base + 2]!, ref);
    }
    for (let at = ENTRY_WORDS - 1; at < old.length; at += ENTRY_WORDS) Atomics.store(old, at, 0);
  }
}

function allocate(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(capacity * ENTRY_WORDS * 4);
}
