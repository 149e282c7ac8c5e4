// HOT PATH: about 10 ns a symbol that comes in the order of the last request, no allocation but growth; write-walk.bench.ts.
/**
 * The symbols of a remote-write 2.0 request: where each text lies, and its id.
 *
 * A text has the same id in every request, whatever number it has there: ids are remembered in the order in which texts came
 * (LabelRunCache), because a sender's next request brings most of them in that order again.
 */
import { PromontoryError } from '@promontory/base';
import { ERR_WRITE_SYMBOLS_MAX } from '../error-codes.ts';
import { LabelRunCache, NOTE_BYTES, NOTE_TEXT, RUN_BYTES_MIN } from './label-run-cache.ts';
import { RunHash } from './run-hash.ts';
import { ENTRY_NOTES, ENTRY_REF, ENTRY_WORDS, RunTable } from './run-table.ts';

/** A symbol takes two bytes of a request, and many times as many here. */
const SYMBOLS_MAX = 1 << 20;
const CAPACITY_INITIAL = 1 << 10;
/** A request may give out as many ids as it has symbols. */
const ID_MAX = 2 ** 31 - 1 - SYMBOLS_MAX;
const TAG_SYMBOL = (4 << 3) | 2;
const METRIC_NAME = new TextEncoder().encode('__name__');

export class SymbolTable {
  count = 0;
  /** Offsets into the request; `[0, count)`. */
  starts = new Int32Array(CAPACITY_INITIAL);
  ends = new Int32Array(CAPACITY_INITIAL);
  /** Positive; once the request is read, 0 for symbols that it does not have. */
  ids = new Int32Array(CAPACITY_INITIAL);
  /** Ids by text, long ones and short ones. */
  readonly #long: LabelRunCache;
  readonly #shortHash: RunHash;
  readonly #short = new RunTable();
  #lastId = 0;
  /** Ids behind them are 0. */
  #idsUsed = 0;

  /** @param key three 32-bit words that senders do not know */
  constructor(key: Int32Array) {
    this.#long = new LabelRunCache(key);
    this.#shortHash = new RunHash(key);
  }

  /**
   * Starts another request.
   *
   * @returns false when ids begin anew: those given before mean nothing any more
   */
  begin(): boolean {
    this.#idsUsed = Math.max(this.#idsUsed, this.count);
    this.count = 0;
    if (this.#lastId < ID_MAX) return true;
    this.#long.clear();
    this.#short.clear();
    this.#lastId = 0;
    return false;
  }

  /**
   * Adds the text `[start, end)` of the request.
   *
   * @throws PromontoryError ERR_WRITE_SYMBOLS_MAX
   */
  add(view: DataView, start: number, end: number): void {
    const index = this.count;
    if (index === this.starts.length) this.#grow();
    this.starts[index] = start;
    this.ends[index] = end;
    this.ids[index] =
      end - start >= RUN_BYTES_MIN ? this.#idOfLong(view, start, end) : this.#idOfShort(view, start, end);
    this.count = index + 1;
  }

  /**
   * Adds the texts that lie one after another at `position`, as fields of a request, and are the expected ones: all work of
   * one loop without a call.
   *
   * @returns where they end
   */
  addExpected(view: DataView, position: number, end: number): number {
    const { table, text } = this.#long;
    const { entries } = table;
    const { starts, ends, ids } = this;
    const capacity = starts.length;
    let entry = table.expectedAt;
    let count = this.count;
    let at = position;
    texts: while (at + 2 < end && view.getUint8(at) === TAG_SYMBOL && count < capacity) {
      const length = view.getUint8(at + 1);
      const start = at + 2;
      const textEnd = start + length;
      let word = entries[entry + ENTRY_NOTES + NOTE_TEXT]!;
      if (length > 127 || textEnd > end || entries[entry + ENTRY_NOTES + NOTE_BYTES] !== length || word === 0)
        break;
      const last = textEnd - 8;
      for (let each = start; each < last; each += 8) {
        const kept = text[word++]!;
        if (kept !== view.getFloat64(each, true) || kept === 0) break texts;
      }
      const kept = text[word]!;
      if (kept !== view.getFloat64(last, true) || kept === 0) break;
      starts[count] = start;
      ends[count] = textEnd;
      ids[count++] = entries[entry + ENTRY_REF]!;
      entry += ENTRY_WORDS;
      at = textEnd;
    }
    table.expectAt(entry);
    this.count = count;
    return at;
  }

  /** No more symbols come in this request: all other ids are 0. */
  finish(): void {
    this.ids.fill(0, this.count, this.#idsUsed);
    this.#idsUsed = this.count;
  }

  #idOfLong(view: DataView, start: number, end: number): number {
    const known = this.#long;
    const expected = known.expectedBytes === end - start ? known.takeExpected(view, start) : 0;
    if (expected !== 0) return expected;
    const found = known.find(view, start, end);
    if (found !== 0) return found;
    known.remember(++this.#lastId, view, start, end);
    return this.#lastId;
  }

  #idOfShort(view: DataView, start: number, end: number): number {
    const known = this.#short;
    this.#shortHash.hashAny(view, start, end);
    const { lanes } = this.#shortHash;
    const found = known.isExpected(lanes) ? known.takeExpected() : known.find(lanes);
    if (found !== 0) return found;
    known.reserve();
    known.add(lanes, ++this.#lastId, 0, 0);
    return this.#lastId;
  }

  /** Whether a symbol, below `count`, is `__name__`. */
  isMetricName(bytes: Uint8Array, symbol: number): boolean {
    const start = this.starts[symbol]!;
    if (this.ends[symbol]! - start !== METRIC_NAME.length) return false;
    for (let index = 0; index < METRIC_NAME.length; index++) {
      if (bytes[start + index] !== METRIC_NAME[index]) return false;
    }
    return true;
  }

  #grow(): void {
    if (this.count >= SYMBOLS_MAX) {
      throw new PromontoryError(
        `cannot take write request: more than ${SYMBOLS_MAX} symbols; send smaller requests`,
        { code: ERR_WRITE_SYMBOLS_MAX, kind: 'too-large', context: { symbolsMax: SYMBOLS_MAX } },
      );
    }
    this.starts = grown(this.starts);
    this.ends = grown(this.ends);
    this.ids = grown(this.ids);
  }
}

function grown(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
