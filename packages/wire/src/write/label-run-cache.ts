// HOT PATH: about 20 ns to compare the expected run of 200 bytes, 50 ns to hash one, no allocation; write-walk.bench.ts.
/**
 * Remembers which series a run of label bytes stood for.
 *
 * A sender encodes a series the same way every time, so the bytes of its labels, taken as they lie in the
 * request, name it as well as the sorted and checked labels do, at a third of the price. This cache maps a
 * keyed 96-bit hash of such a run to the ref (run-table.ts). The length of the run that is expected next tells where
 * it should end, so that the labels need not be looked through. Runs of other things are remembered just so.
 *
 * The bytes of the first runs, up to TEXT_WORDS_MAX words, are kept as well: comparing the expected run takes
 * a third of hashing it. They are kept and compared as 64-bit floats, the widest loads there are: equal floats
 * that are not zero have equal bits, and floats that do not compare as equal (a zero, NaN) only cost the hash.
 */
import { RunHash } from './run-hash.ts';
import { RunTable } from './run-table.ts';

const TEXT_WORDS_INITIAL = 1 << 14;
/** 32 MiB, about 150,000 runs. */
const TEXT_WORDS_MAX = 1 << 22;

/** A shorter run cannot be compared eight bytes at a time. */
export const RUN_BYTES_MIN = 8;

/** Notes of an entry: how long its run is, and where in the kept text it begins, 0 when it is not kept. */
export const NOTE_BYTES = 0;
export const NOTE_TEXT = 1;

export class LabelRunCache {
  readonly #hash: RunHash;
  readonly #table = new RunTable();
  /** Kept runs, each in whole words and one more, its last eight bytes. */
  #text = new Float64Array(TEXT_WORDS_INITIAL);
  #textWords = new Int32Array(this.#text.buffer);
  /** Words of `#text` in use; the first stands for none. */
  #textUsed = 1;

  /** @param key three 32-bit words that senders do not know */
  constructor(key: Int32Array) {
    this.#hash = new RunHash(key);
  }

  /** Length of the run that is expected next, 0 for none. */
  get expectedBytes(): number {
    return this.#table.expectedNote(NOTE_BYTES);
  }

  /** For who compares many of the expected runs in one loop. */
  get table(): RunTable {
    return this.#table;
  }

  /** Kept runs, where an entry's NOTE_TEXT says; replaced when it grows. */
  get text(): Float64Array {
    return this.#text;
  }

  /** The same memory. */
  get textWords(): Int32Array {
    return this.#textWords;
  }

  /** @returns the ref when the run of `expectedBytes`, at least RUN_BYTES_MIN, at `start` is the expected one, else 0 */
  takeExpected(view: DataView, start: number): number {
    const table = this.#table;
    const end = start + table.expectedNote(NOTE_BYTES);
    if (!this.#isText(table.expectedNote(NOTE_TEXT), view, start, end)) {
      this.#hash.hashAny(view, start, end);
      if (!table.isExpected(this.#hash.lanes)) return 0;
    }
    return table.takeExpected();
  }

  /**
   * Looks up the run `[start, end)`, at least RUN_BYTES_MIN.
   *
   * @returns the ref, or 0 when the run is not remembered; the one after it is expected next
   */
  find(view: DataView, start: number, end: number): number {
    this.#hash.hashAny(view, start, end);
    return this.#table.find(this.#hash.lanes);
  }

  /** Remembers the run that `find` did not find just now. @param ref positive */
  remember(ref: number, view: DataView, start: number, end: number): void {
    if (this.#table.reserve()) this.#textUsed = 1;
    this.#table.add(this.#hash.lanes, ref, end - start, this.#keepText(view, start, end));
  }

  /** Forgets everything: for when refs change their meaning. */
  clear(): void {
    this.#table.clear();
    this.#textUsed = 1;
  }

  /** @param at of the kept text, 0 for none */
  #isText(at: number, view: DataView, start: number, end: number): boolean {
    if (at === 0) return false;
    const text = this.#text;
    let word = at;
    for (let position = start; position < end - 8; position += 8) {
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
      this.#textWords = new Int32Array(text.buffer);
    }
    let word = at;
    for (let position = start; position < end - 8; position += 8)
      this.#text[word++] = view.getFloat64(position, true);
    this.#text[word++] = view.getFloat64(end - 8, true);
    this.#textUsed = word;
    return at;
  }
}
