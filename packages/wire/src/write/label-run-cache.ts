// HOT PATH: about 20 ns to compare the expected run of 200 bytes, 50 ns to hash one, no allocation; write-walk.bench.ts.
/**
 * Remembers which series a run of label bytes stood for.
 *
 * A sender encodes a series the same way every time, so the bytes of its labels, taken as they lie in the
 * request, name it as well as the sorted and checked labels do, at a third of the price. This cache maps a
 * keyed 96-bit hash of such a run to the ref. It is private to one decoder, bounded, and may forget anything
 * at any time: a miss only costs the longer way.
 *
 * The hash takes sixteen bytes a turn of the loop, eight into each of two triples of multiply-rotate lanes. The
 * lanes of a triple feed one another, which is what takes time; the triples do not, so the processor works on
 * both at once. The last sixteen bytes overlap those before them.
 *
 * Entries lie in the order in which they came, and a table of open addressing finds them. A sender repeats its
 * series in the same order, so the entry after the one found last is expected next: it is nearly always the one,
 * and lies where the processor has fetched already. Its length tells where the run should end, so that the
 * labels need not be looked through. When all entries are taken, everything is forgotten.
 *
 * The bytes of the first runs, up to TEXT_WORDS_MAX words, are kept as well: comparing the expected run takes
 * a third of hashing it. They are kept and compared as 64-bit floats, the widest loads there are: equal floats
 * that are not zero have equal bits, and floats that do not compare as equal (a zero, NaN) only cost the hash.
 */
const ENTRY_WORDS = 6;
const ENTRY_REF = 3;
const ENTRY_BYTES = 4;
/** Where in the kept text the run begins, 0 when it is not kept. */
const ENTRY_TEXT = 5;
const ENTRIES_INITIAL = 1 << 11;
const ENTRIES_MAX = 1 << 21;
/** Cells of the table an entry: probes stay short. */
const CELLS_PER_ENTRY = 2;

const TEXT_WORDS_INITIAL = 1 << 14;
/** 32 MiB, about 150,000 runs. */
const TEXT_WORDS_MAX = 1 << 22;

/** A run shorter than this has fewer than two labels; it is not worth remembering. */
export const RUN_BYTES_MIN = 16;

export class LabelRunCache {
  /** The hash made last. */
  readonly #lanes = new Int32Array(3);
  readonly #seeds: Int32Array;
  /** Lanes, ref, length and text of each. */
  #entries = new Int32Array(ENTRIES_INITIAL * ENTRY_WORDS);
  /** Where in `#entries` an entry begins, plus one; 0 for an empty cell. */
  #cells = new Int32Array(ENTRIES_INITIAL * CELLS_PER_ENTRY);
  /** Words of `#entries` in use. */
  #used = 0;
  /** The entry after the one found last. */
  #next = 0;
  /** Kept runs, each in whole words and one more, its last eight bytes. */
  #text = new Float64Array(TEXT_WORDS_INITIAL);
  /** Words of `#text` in use; the first stands for none. */
  #textUsed = 1;

  /** @param key three 32-bit words that senders do not know */
  constructor(key: Int32Array) {
    this.#seeds = key.slice(0, 3);
  }

  /** Length of the run that is expected next, 0 for none. */
  get expectedBytes(): number {
    return this.#entries[this.#next + ENTRY_BYTES]!;
  }

  /** @returns the ref when the run of `expectedBytes`, at least RUN_BYTES_MIN, at `start` is the expected one, else 0 */
  takeExpected(view: DataView, start: number): number {
    const entries = this.#entries;
    const at = this.#next;
    const end = start + entries[at + ENTRY_BYTES]!;
    if (!this.#isText(entries[at + ENTRY_TEXT]!, view, start, end)) {
      this.#hash(view, start, end);
      const lanes = this.#lanes;
      const isExpected =
        entries[at] === lanes[0] && entries[at + 1] === lanes[1] && entries[at + 2] === lanes[2];
      if (!isExpected) return 0;
    }
    this.#next = at + ENTRY_WORDS;
    return entries[at + ENTRY_REF]!;
  }

  /**
   * Looks up the run `[start, end)`, at least RUN_BYTES_MIN.
   *
   * @returns the ref, or 0 when the run is not remembered; the one after it is expected next
   */
  find(view: DataView, start: number, end: number): number {
    this.#hash(view, start, end);
    const entries = this.#entries;
    const cells = this.#cells;
    const lanes = this.#lanes;
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

  /** Remembers the run that `find` did not find just now. @param ref positive */
  remember(ref: number, view: DataView, start: number, end: number): void {
    // One entry stays empty: the one after the last is looked at.
    if (this.#used + 2 * ENTRY_WORDS > this.#entries.length) this.#makeRoom();
    const at = this.#used;
    this.#entries.set(this.#lanes, at);
    this.#entries[at + ENTRY_REF] = ref;
    this.#entries[at + ENTRY_BYTES] = end - start;
    this.#entries[at + ENTRY_TEXT] = this.#keepText(view, start, end);
    this.#used = at + ENTRY_WORDS;
    this.#next = this.#used;
    this.#place(this.#lanes[0]!, at);
  }

  /** Forgets everything: for when refs change their meaning. */
  clear(): void {
    this.#entries.fill(0, 0, this.#used);
    this.#cells.fill(0);
    this.#used = 0;
    this.#next = 0;
    this.#textUsed = 1;
  }

  /** Into `#lanes`. */
  #hash(view: DataView, start: number, end: number): void {
    const seeds = this.#seeds;
    const last = end - RUN_BYTES_MIN;
    let a = seeds[0]! ^ (end - start);
    let b = seeds[1]!;
    let c = seeds[2]!;
    let d = seeds[1]! ^ 0x27d4eb2f;
    let e = seeds[2]! ^ 0x165667b1;
    let f = seeds[0]!;
    let position = start;
    for (;;) {
      const low = view.getInt32(position, true);
      const high = view.getInt32(position + 4, true);
      const nextLow = view.getInt32(position + 8, true);
      const nextHigh = view.getInt32(position + 12, true);
      a = Math.imul(a ^ low, 0x9e3779b1);
      d = Math.imul(d ^ nextLow, 0x9e3779b1);
      b = Math.imul(b ^ high, 0x85ebca77);
      e = Math.imul(e ^ nextHigh, 0x85ebca77);
      c = Math.imul(c ^ ((low + high) | 0), 0xc2b2ae3d);
      f = Math.imul(f ^ ((nextLow + nextHigh) | 0), 0xc2b2ae3d);
      a = (((a << 15) | (a >>> 17)) + c) | 0;
      d = (((d << 15) | (d >>> 17)) + f) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      e = ((e << 13) | (e >>> 19)) ^ d;
      c = (((c << 11) | (c >>> 21)) + b) | 0;
      f = (((f << 11) | (f >>> 21)) + e) | 0;
      if (position >= last) break;
      position += 16;
      if (position > last) position = last;
    }
    this.#finish(
      Math.imul(a ^ ((e << 16) | (e >>> 16)), 0x9e3779b1),
      Math.imul(b ^ ((f << 16) | (f >>> 16)), 0x85ebca77),
      Math.imul(c ^ ((d << 16) | (d >>> 16)), 0xc2b2ae3d),
    );
  }

  #finish(a: number, b: number, c: number): void {
    const x = Math.imul(a ^ (b >>> 15), 0x85ebca6b);
    const y = Math.imul(b ^ (c >>> 13), 0xc2b2ae35);
    const z = Math.imul(c ^ (a >>> 16), 0x27d4eb2f);
    const lanes = this.#lanes;
    lanes[0] = x ^ (y >>> 14) ^ (x >>> 16);
    lanes[1] = y ^ (z >>> 15) ^ (y >>> 13);
    lanes[2] = z ^ (x >>> 16) ^ (z >>> 15);
  }

  /** @param at of the kept text, 0 for none */
  #isText(at: number, view: DataView, start: number, end: number): boolean {
    if (at === 0) return false;
    const text = this.#text;
    let word = at;
    for (let position = start; position + 8 <= end; position += 8) {
      const kept = text[word++]!;
      if (kept !== view.getFloat64(position, true) || kept === 0) return false;
    }
    const last = text[word]!;
    return last === view.getFloat64(end - 8, true) && last !== 0;
  }

  /** @returns where, 0 when there is no room */
  #keepText(view: DataView, start: number, end: number): number {
    const at = this.#textUsed;
    const wordsMax = at + ((end - start) >>> 3) + 1;
    if (wordsMax > TEXT_WORDS_MAX) return 0;
    if (wordsMax > this.#text.length) {
      const text = new Float64Array(Math.min(TEXT_WORDS_MAX, Math.max(wordsMax, this.#text.length * 2)));
      text.set(this.#text);
      this.#text = text;
    }
    let word = at;
    for (let position = start; position + 8 <= end; position += 8)
      this.#text[word++] = view.getFloat64(position, true);
    this.#text[word++] = view.getFloat64(end - 8, true);
    this.#textUsed = word;
    return at;
  }

  #makeRoom(): void {
    if (this.#entries.length >= ENTRIES_MAX * ENTRY_WORDS) {
      this.clear();
      return;
    }
    const entries = new Int32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
    this.#cells = new Int32Array(this.#cells.length * 2);
    for (let at = 0; at < this.#used; at += ENTRY_WORDS) this.#place(entries[at]!, at);
  }

  #place(lane0: number, at: number): void {
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = lane0 & mask;
    while (cells[cell] !== 0) cell = (cell + 1) & mask;
    cells[cell] = at + 1;
  }
}
