// HOT PATH: a few nanoseconds a call, nothing allocated but when the buffer grows; see ../read/read-response.bench.ts.
/**
 * Bits into bytes, the most significant bit of a byte first.
 *
 * Whole bytes lie in the buffer, up to 7 bits wait in a number. Writing does not check for room: callers
 * `reserve` it for a sample, or a chunk, at once.
 */
const CAPACITY_INITIAL = 4096;

export class BitWriter {
  #bytes = new Uint8Array(CAPACITY_INITIAL);
  /** Whole bytes. */
  #length = 0;
  #pending = 0;
  /** In [0, 8). */
  #pendingBits = 0;

  /** Bytes so far, the one begun last included. */
  get byteLength(): number {
    return this.#pendingBits === 0 ? this.#length : this.#length + 1;
  }

  clear(): void {
    this.#length = 0;
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  /** Makes room for so many bytes more than there are. */
  reserve(byteCount: number): void {
    const needed = this.#length + 1 + byteCount;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /**
   * @param value unsigned, below 2^bitCount
   * @param bitCount from 1 to 24
   */
  bits(value: number, bitCount: number): void {
    const pending = (this.#pending << bitCount) | value;
    let pendingBits = this.#pendingBits + bitCount;
    while (pendingBits >= 8) {
      pendingBits -= 8;
      this.#bytes[this.#length++] = pending >>> pendingBits;
    }
    this.#pending = pending & ((1 << pendingBits) - 1);
    this.#pendingBits = pendingBits;
  }

  /**
   * @param word only its low bits are written
   * @param bitCount from 1 to 32
   */
  word(word: number, bitCount: number): void {
    if (bitCount <= 16) {
      this.bits(word & ((1 << bitCount) - 1), bitCount);
      return;
    }
    this.bits((word >>> 16) & ((1 << (bitCount - 16)) - 1), bitCount - 16);
    this.bits(word & 0xffff, 16);
  }

  /**
   * The low bits of a 64-bit word.
   *
   * @param bitCount from 1 to 64
   */
  words(high: number, low: number, bitCount: number): void {
    if (bitCount > 32) this.word(high, bitCount - 32);
    this.word(low, Math.min(bitCount, 32));
  }

  /** Seven bits a byte, low ones first. @param value a whole number from 0 to 2^53 */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bits((rest % 128) | 128, 8);
      rest = Math.floor(rest / 128);
    }
    this.bits(rest, 8);
  }

  /** @returns what was written, the last byte filled up with zeros; the writer's memory, until it is written to again */
  unsafeView(): Uint8Array {
    if (this.#pendingBits > 0) this.#bytes[this.#length] = this.#pending << (8 - this.#pendingBits);
    return this.#bytes.subarray(0, this.byteLength);
  }
}
