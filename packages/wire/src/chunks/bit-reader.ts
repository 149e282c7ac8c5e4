/** Bytes into bits, the counterpart of BitWriter; every read is checked against the end. */
import { PromontoryError } from '@promontory/base';
import { ERR_CHUNK_INVALID } from '../error-codes.ts';

export function invalidChunk(why: string): PromontoryError {
  return new PromontoryError(`cannot decode chunk: ${why}`, { code: ERR_CHUNK_INVALID, kind: 'bad-data' });
}

export class BitReader {
  /** The 64-bit word that `readWords` read last, as signed halves. */
  high = 0;
  low = 0;
  readonly #bytes: Uint8Array;
  /** In bits. */
  #position: number;

  /** @param bytes not kept beyond the reader's life, at most 2^28 */
  constructor(bytes: Uint8Array, startByte: number) {
    this.#bytes = bytes;
    this.#position = 8 * startByte;
  }

  get bitsLeft(): number {
    return 8 * this.#bytes.length - this.#position;
  }

  /** @param bitCount from 1 to 24. @throws PromontoryError ERR_CHUNK_INVALID at the end; so do the others */
  bits(bitCount: number): number {
    const position = this.#position;
    if (bitCount > this.bitsLeft) throw invalidChunk('it ends in the middle of a sample');
    this.#position = position + bitCount;
    const bytes = this.#bytes;
    const at = position >>> 3;
    const window =
      (bytes[at]! << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return (window << (position & 7)) >>> (32 - bitCount);
  }

  /** @param bitCount from 1 to 64; fills `high` and `low` */
  readWords(bitCount: number): void {
    this.high = bitCount > 32 ? this.#word(bitCount - 32) : 0;
    this.low = this.#word(Math.min(bitCount, 32));
  }

  /** How many ones come before the next zero, at most `onesMax`; the zero is read, too. */
  ones(onesMax: number): number {
    let count = 0;
    while (count < onesMax && this.bits(1) === 1) count++;
    return count;
  }

  /** Exact to 2^53, rounded beyond. */
  varint(): number {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.bits(8);
      value += (byte & 127) * 128 ** index;
      if (byte < 128) return value;
    }
    throw invalidChunk('a number is longer than ten bytes');
  }

  #word(bitCount: number): number {
    if (bitCount <= 16) return this.bits(bitCount);
    const upper = this.bits(bitCount - 16);
    return (upper << 16) | this.bits(16);
  }
}
