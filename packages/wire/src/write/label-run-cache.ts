// HOT PATH: about 50 ns to hash 200 bytes and 3 ns to find the run that is expected, no allocation; write-walk.bench.ts.
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
 */
const ENTRY_WORDS = 5;
const ENTRY_REF = 3;
const ENTRY_BYTES = 4;
const ENTRIES_INITIAL = 1 << 11;
const ENTRIES_MAX = 1 << 21;
/** Cells of the table an entry: probes stay short. */
const CELLS_PER_ENTRY = 2;

/** A run shorter than this has fewer than two labels; it is not worth remembering. */
export const RUN_BYTES_MIN = 16;

export class LabelRunCache {
  /** The hash made last. */
  readonly #lanes = new Int32Array(3);
  readonly #seeds: Int32Array;
  /** Lanes, ref and length of each. */
  #entries = new Int32Array(ENTRIES_INITIAL * ENTRY_WORDS);
  /** Where in `#entries` an entry begins, plus one; 0 for an empty cell. */
  #cells = new Int32Array(ENTRIES_INITIAL * CELLS_PER_ENTRY);
  /** Words of `#entries` in use. */
  #used = 0;
  /** The entry after the one found last. */
  #next = 0;

  /** @param key three 32-bit words that senders do not know */
  constructor(key: Int32Array) {
    this.#seeds = key.slice(0, 3);
  }

  /** Length of the run that is expected next, 0 for none. */
  get expectedBytes(): number {
    return this.#entries[this.#next + ENTRY_BYTES]!;
  }

  /** Hashes the run `[start, end)`, at least RUN_BYTES_MIN: what the other methods are about. */
  hash(view: DataView, start: number, end: number): void {
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

  /** @returns the ref when the run is the expected one, else 0 */
  takeExpected(): number {
    const entries = this.#entries;
    const lanes = this.#lanes;
    const at = this.#next;
    const isExpected =
      entries[at] === lanes[0] && entries[at + 1] === lanes[1] && entries[at + 2] === lanes[2];
    if (!isExpected) return 0;
    this.#next = at + ENTRY_WORDS;
    return entries[at + ENTRY_REF]!;
  }

  /** @returns the ref, or 0 when the run is not remembered; the one after it is expected next */
  find(): number {
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

  /** Remembers a run that `find` did not find. @param ref positive */
  remember(ref: number, runBytes: number): void {
    // One entry stays empty: the one after the last is looked at.
    if (this.#used + 2 * ENTRY_WORDS > this.#entries.length) this.#makeRoom();
    const at = this.#used;
    this.#entries.set(this.#lanes, at);
    this.#entries[at + ENTRY_REF] = ref;
    this.#entries[at + ENTRY_BYTES] = runBytes;
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
