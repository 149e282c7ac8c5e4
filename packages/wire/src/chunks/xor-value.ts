// HOT PATH: a value a call, nothing allocated; see ../read/read-response.bench.ts.
/**
 * Doubles as differences of their bits: a value is XORed with the one before, and of the result only the window
 * between its leading and trailing zeros is written. A window that was written before is used again while the
 * result fits into it. Values are 32-bit halves throughout: a NaN keeps its payload.
 *
 *   0 | same value
 *   10 | bits of the window before
 *   11 | leading zeros, 5 bits, at most 31 | window, 6 bits, 0 for 64 | bits of the window
 */
import { type BitReader, invalidChunk } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';

const NO_WINDOW = 255;
const LEADING_MAX = 31;
export const XOR_VALUE_BITS_MAX = 2 + 5 + 6 + 64;

export class XorValue {
  /** The value written or read last. */
  high = 0;
  low = 0;
  #leading = NO_WINDOW;
  #trailing = 0;

  /** Writes the first value whole, and forgets those before. */
  writeFirst(writer: BitWriter, high: number, low: number): void {
    writer.words(high, low, 64);
    this.#start(high, low);
  }

  write(writer: BitWriter, high: number, low: number): void {
    const changedHigh = this.high ^ high;
    const changedLow = this.low ^ low;
    if ((changedHigh | changedLow) === 0) {
      writer.bits(0, 1);
      return;
    }
    this.high = high;
    this.low = low;
    const leading = changedHigh === 0 ? LEADING_MAX : Math.min(LEADING_MAX, Math.clz32(changedHigh));
    const trailing = changedLow === 0 ? 32 + trailingZeros(changedHigh) : trailingZeros(changedLow);
    if (this.#leading !== NO_WINDOW && leading >= this.#leading && trailing >= this.#trailing) {
      writer.bits(0b10, 2);
    } else {
      this.#leading = leading;
      this.#trailing = trailing;
      writer.bits((0b11 << 11) | (leading << 6) | ((64 - leading - trailing) & 63), 13);
    }
    writeWindow(writer, changedHigh, changedLow, this.#trailing, 64 - this.#leading - this.#trailing);
  }

  /** @throws PromontoryError ERR_CHUNK_INVALID; so does `read` */
  readFirst(reader: BitReader): void {
    reader.readWords(64);
    this.#start(reader.high, reader.low);
  }

  read(reader: BitReader): void {
    if (reader.bits(1) === 0) return;
    if (reader.bits(1) === 1) {
      this.#leading = reader.bits(5);
      const width = reader.bits(6) || 64;
      this.#trailing = 64 - this.#leading - width;
      if (this.#trailing < 0) throw invalidChunk('a value is wider than 64 bits');
    } else if (this.#leading === NO_WINDOW) {
      throw invalidChunk('a value uses the window of another before there is one');
    }
    reader.readWords(64 - this.#leading - this.#trailing);
    const { high, low } = reader;
    const trailing = this.#trailing;
    if (trailing === 0) {
      this.high ^= high;
      this.low ^= low;
    } else if (trailing < 32) {
      this.high ^= (high << trailing) | (low >>> (32 - trailing));
      this.low ^= low << trailing;
    } else {
      this.high ^= low << (trailing - 32);
    }
  }

  #start(high: number, low: number): void {
    this.high = high;
    this.low = low;
    this.#leading = NO_WINDOW;
    this.#trailing = 0;
  }
}

/** Of a word that is not 0. */
function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function writeWindow(writer: BitWriter, high: number, low: number, trailing: number, width: number): void {
  if (trailing === 0) writer.words(high, low, width);
  else if (trailing < 32) {
    writer.words(high >>> trailing, (low >>> trailing) | (high << (32 - trailing)), width);
  } else {
    writer.word(high >>> (trailing - 32), width);
  }
}
