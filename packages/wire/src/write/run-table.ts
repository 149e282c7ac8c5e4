// HOT PATH: a few nanoseconds for the expected run, a cache miss or two for another; write-walk.bench.ts.
/**
 * Maps 96-bit hashes to refs. Private to one decoder, bounded, and may forget anything at any time: a miss only costs
 * the longer way.
 *
 * Entries lie in the order in which they came, and a table of open addressing finds them. A sender repeats its
 * series in the same order, so the entry after the one found last is expected next: it is nearly always the one,
 * and lies where the processor has fetched already. When all entries are taken, everything is forgotten.
 *
 * Each entry has two words that its owner may use as he likes.
 */
export const ENTRY_WORDS = 6;
export const ENTRY_REF = 3;
export const ENTRY_NOTES = 4;
const ENTRIES_INITIAL = 1 << 11;
const ENTRIES_MAX = 1 << 21;
/** Cells of the table an entry: probes stay short. */
const CELLS_PER_ENTRY = 2;

export class RunTable {
  /** Lanes, ref and notes of each. */
  #entries = new Int32Array(ENTRIES_INITIAL * ENTRY_WORDS);
  /** Where in `#entries` an entry begins, plus one; 0 for an empty cell. */
  #cells = new Int32Array(ENTRIES_INITIAL * CELLS_PER_ENTRY);
  /** Words of `#entries` in use. */
  #used = 0;
  /** The entry after the one found last. */
  #next = 0;

  /** For who compares many of the runs that are expected next in one loop: replaced when it grows. */
  get entries(): Int32Array {
    return this.#entries;
  }

  /** Where in `entries` the entry begins that is expected next; all words of the one after the last are 0. */
  get expectedAt(): number {
    return this.#next;
  }

  /** Of the entry that is expected next, 0 when there is none. */
  expectedNote(which: 0 | 1): number {
    return this.#entries[this.#next + ENTRY_NOTES + which]!;
  }

  /** Whether the expected entry has this hash. */
  isExpected(lanes: Int32Array): boolean {
    const entries = this.#entries;
    const at = this.#next;
    return (
      entries[at] === lanes[0] &&
      entries[at + 1] === lanes[1] &&
      entries[at + 2] === lanes[2] &&
      entries[at + ENTRY_REF] !== 0
    );
  }

  /** The entries before the one at `at` are taken; it is expected next. */
  expectAt(at: number): void {
    this.#next = at;
  }

  /** @returns the ref of the expected entry; the one after it is expected next */
  takeExpected(): number {
    const at = this.#next;
    this.#next = at + ENTRY_WORDS;
    return this.#entries[at + ENTRY_REF]!;
  }

  /** @returns the ref, or 0 when the hash is not known; the entry after it is expected next */
  find(lanes: Int32Array): number {
    const entries = this.#entries;
    const cells = this.#cells;
    const lane0 = lanes[0]!;
    const lane1 = lanes[1]!;
    const lane2 = lanes[2]!;
    const mask = cells.length - 1;
    for (let cell = lane0 & mask; ; cell = (cell + 1) & mask) {
      const at = cells[cell]! - 1;
      if (at < 0) return 0;
      if (entries[at] !== lane0 || entries[at + 1] !== lane1 || entries[at + 2] !== lane2) continue;
      this.#next = at + ENTRY_WORDS;
      return entries[at + ENTRY_REF]!;
    }
  }

  /**
   * Makes room for one more entry, if need be by forgetting everything.
   *
   * @returns whether everything was forgotten
   */
  reserve(): boolean {
    // One entry stays empty: the one after the last is looked at.
    if (this.#used + 2 * ENTRY_WORDS <= this.#entries.length) return false;
    if (this.#entries.length >= ENTRIES_MAX * ENTRY_WORDS) {
      this.clear();
      return true;
    }
    const entries = new Int32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
    this.#cells = new Int32Array(this.#cells.length * 2);
    for (let at = 0; at < this.#used; at += ENTRY_WORDS) this.#place(entries[at]!, at);
    return false;
  }

  /** Adds a hash that is not known; there is room (`reserve`). @param ref positive */
  add(lanes: Int32Array, ref: number, note0: number, note1: number): void {
    const entries = this.#entries;
    const at = this.#used;
    entries.set(lanes, at);
    entries[at + ENTRY_REF] = ref;
    entries[at + ENTRY_NOTES] = note0;
    entries[at + ENTRY_NOTES + 1] = note1;
    this.#used = at + ENTRY_WORDS;
    this.#next = this.#used;
    this.#place(lanes[0]!, at);
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.fill(0, 0, this.#used);
    this.#cells.fill(0);
    this.#used = 0;
    this.#next = 0;
  }

  #place(lane0: number, at: number): void {
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = lane0 & mask;
    while (cells[cell] !== 0) cell = (cell + 1) & mask;
    cells[cell] = at + 1;
  }
}
