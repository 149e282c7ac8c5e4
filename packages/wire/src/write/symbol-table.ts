// HOT PATH: about 25 ns a symbol of 20 bytes, no allocation but growth; write-walk.bench.ts.
/** The symbols of a remote-write 2.0 request: where each text lies, and its keyed hash. */
import { PromontoryError } from '@promontory/base';
import { ERR_WRITE_SYMBOLS_MAX } from '../error-codes.ts';
import type { RunHash } from './run-hash.ts';

/** A symbol takes two bytes of a request, and more than ten times as many here. */
const SYMBOLS_MAX = 1 << 20;
const CAPACITY_INITIAL = 1 << 10;
const METRIC_NAME = new TextEncoder().encode('__name__');

export class SymbolTable {
  count = 0;
  /** Offsets into the request; `[0, count)`. */
  starts = new Int32Array(CAPACITY_INITIAL);
  ends = new Int32Array(CAPACITY_INITIAL);
  /** Three words a symbol. */
  lanes = new Int32Array(CAPACITY_INITIAL * 3);
  readonly #hash: RunHash;

  constructor(hash: RunHash) {
    this.#hash = hash;
  }

  clear(): void {
    this.count = 0;
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
    this.#hash.hashAny(view, start, end);
    const { lanes } = this.#hash;
    this.lanes[3 * index] = lanes[0]!;
    this.lanes[3 * index + 1] = lanes[1]!;
    this.lanes[3 * index + 2] = lanes[2]!;
    this.count = index + 1;
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
    this.lanes = grown(this.lanes);
  }
}

function grown(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
