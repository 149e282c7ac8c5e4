// HOT PATH: about 80 ns to hash 200 bytes and 20 ns to look up in a group, no allocation; write-walk.bench.ts.
/**
 * Remembers which series a run of label bytes stood for.
 *
 * A sender encodes a series the same way every time, so the bytes of its labels, taken as they lie in the
 * request, name it as well as the sorted and checked labels do, at a third of the price. This cache maps a
 * keyed 96-bit hash of such a run to the ref. It is private to one decoder, bounded, and may forget anything
 * at any time: a miss only costs the longer way.
 *
 * The hash takes eight bytes a step into three multiply-rotate lanes that feed one another, two steps a turn of
 * the loop (which costs as much as a step), the last sixteen bytes overlapping those before them. Open
 * addressing with linear probing; when the largest table is full, everything is forgotten.
 */
const ENTRY_WORDS = 4;
const CAPACITY_INITIAL = 1 << 12;
const CAPACITY_MAX = 1 << 22;
/** Filled entries per hundred above which the table doubles, or starts anew. */
const LOAD_PERCENT_MAX = 60;

/** A run shorter than this has fewer than two labels; it is not worth remembering. */
export const RUN_BYTES_MIN = 16;

export class LabelRunCache {
  /** The hash made last: three words. */
  readonly lanes = new Int32Array(3);
  readonly #seeds: Int32Array;
  #entries = new Int32Array(CAPACITY_INITIAL * ENTRY_WORDS);
  #mask = CAPACITY_INITIAL - 1;
  #count = 0;

  /** @param key three 32-bit words that senders do not know */
  constructor(key: Int32Array) {
    this.#seeds = key.slice(0, 3);
  }

  /** Hashes `[start, end)`, at least RUN_BYTES_MIN, into `lanes`. */
  hash(view: DataView, start: number, end: number): void {
    const seeds = this.#seeds;
    const last = end - RUN_BYTES_MIN;
    let a = seeds[0]! ^ (end - start);
    let b = seeds[1]!;
    let c = seeds[2]!;
    let position = start;
    for (;;) {
      let low = view.getInt32(position, true);
      let high = view.getInt32(position + 4, true);
      a = Math.imul(a ^ low, 0x9e3779b1);
      b = Math.imul(b ^ high, 0x85ebca77);
      c = Math.imul(c ^ ((low + high) | 0), 0xc2b2ae3d);
      a = (((a << 15) | (a >>> 17)) + c) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      c = (((c << 11) | (c >>> 21)) + b) | 0;
      low = view.getInt32(position + 8, true);
      high = view.getInt32(position + 12, true);
      a = Math.imul(a ^ low, 0x9e3779b1);
      b = Math.imul(b ^ high, 0x85ebca77);
      c = Math.imul(c ^ ((low + high) | 0), 0xc2b2ae3d);
      a = (((a << 15) | (a >>> 17)) + c) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      c = (((c << 11) | (c >>> 21)) + b) | 0;
      if (position >= last) break;
      position += 16;
      if (position > last) position = last;
    }
    this.#finish(a, b, c);
  }

  /** @returns the ref, or 0 when the run is not remembered */
  find(lane0: number, lane1: number, lane2: number): number {
    const entries = this.#entries;
    const mask = this.#mask;
    for (let slot = lane0 & mask; ; slot = (slot + 1) & mask) {
      const base = slot * ENTRY_WORDS;
      const ref = entries[base + 3]!;
      if (ref === 0) return 0;
      if (entries[base] === lane0 && entries[base + 1] === lane1 && entries[base + 2] === lane2) return ref;
    }
  }

  /** Remembers a run. @param ref positive */
  put(lane0: number, lane1: number, lane2: number, ref: number): void {
    if (this.find(lane0, lane1, lane2) !== 0) return;
    if ((this.#count + 1) * 100 > (this.#mask + 1) * LOAD_PERCENT_MAX) this.#makeRoom();
    this.#place(lane0, lane1, lane2, ref);
    this.#count++;
  }

  /** Forgets everything: for when refs change their meaning. */
  clear(): void {
    this.#entries.fill(0);
    this.#count = 0;
  }

  #finish(a: number, b: number, c: number): void {
    const x = Math.imul(a ^ (b >>> 15), 0x85ebca6b);
    const y = Math.imul(b ^ (c >>> 13), 0xc2b2ae35);
    const z = Math.imul(c ^ (a >>> 16), 0x27d4eb2f);
    const { lanes } = this;
    lanes[0] = x ^ (y >>> 14) ^ (x >>> 16);
    lanes[1] = y ^ (z >>> 15) ^ (y >>> 13);
    lanes[2] = z ^ (x >>> 16) ^ (z >>> 15);
  }

  #makeRoom(): void {
    if (this.#mask + 1 >= CAPACITY_MAX) {
      this.clear();
      return;
    }
    const old = this.#entries;
    this.#entries = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let base = 0; base < old.length; base += ENTRY_WORDS) {
      const ref = old[base + 3]!;
      if (ref !== 0) this.#place(old[base]!, old[base + 1]!, old[base + 2]!, ref);
    }
  }

  #place(lane0: number, lane1: number, lane2: number, ref: number): void {
    const entries = this.#entries;
    let slot = lane0 & this.#mask;
    while (entries[slot * ENTRY_WORDS + 3] !== 0) slot = (slot + 1) & this.#mask;
    const base = slot * ENTRY_WORDS;
    entries[base] = lane0;
    entries[base + 1] = lane1;
    entries[base + 2] = lane2;
    entries[base + 3] = ref;
  }
}
