/**
 * Numbers in as few bytes as they need, least significant first (docs/format/chunk.md, "Varints").
 *
 *   unsigned: 7 bits a byte, the top bit set on all but the last
 *   signed:   sign and magnitude; the first byte holds 6 bits, and the sign in bit 6
 */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';

/** Largest magnitude of a varint: doubles hold every integer up to it. */
const VARINT_MAX = Number.MAX_SAFE_INTEGER;
/** Bytes of the longest varint, unsigned or signed. */
export const VARINT_BYTES_MAX = 8;

/** Numbers below it go by 32-bit operations. */
const SMALL_END = 2 ** 28;

/** Bytes that `writeVarint` takes for an integer in [0, VARINT_MAX]. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/**
 * Writes an integer in [0, VARINT_MAX].
 *
 * @returns the offset after it
 */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let rest = value;
  let end = offset;
  while (rest >= SMALL_END) {
    target[end++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    target[end++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[end++] = rest;
  return end;
}

/** Bytes that `writeSignedVarint` takes for an integer in [-VARINT_MAX, VARINT_MAX]. */
export function signedVarintBytes(value: number): number {
  let bytes = 1;
  for (let rest = Math.abs(value) / 64; rest >= 1; rest /= 128) bytes++;
  return bytes;
}

/**
 * Writes an integer in [-VARINT_MAX, VARINT_MAX].
 *
 * @returns the offset after it
 */
export function writeSignedVarint(target: Uint8Array, offset: number, value: number): number {
  const magnitude = Math.abs(value);
  const first = (value < 0 ? 64 : 0) | (magnitude % 64);
  if (magnitude < 64) {
    target[offset] = first;
    return offset + 1;
  }
  target[offset] = 128 | first;
  return writeVarint(target, offset + 1, Math.floor(magnitude / 64));
}

/** What malformed bytes throw: ERR_STORE_CORRUPT, with the offset where it was noticed. */
export function malformedBytes(why: string, offset: number): PromontoryError {
  return new PromontoryError(`cannot read stored bytes: ${why}`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { offset },
  });
}

/** A place in borrowed bytes that never moves past their end. All methods throw ERR_STORE_CORRUPT. */
export class ByteReader {
  /** Borrowed between `reset` calls. */
  source: Buffer = Buffer.alloc(0);
  offset = 0;
  end = 0;

  /** Reads `source` from `offset` up to `end`, exclusive, which must lie inside it. @returns this */
  reset(source: Buffer, offset: number, end: number): this {
    if (offset < 0 || end > source.length || offset > end) throw malformedBytes('no such bytes', offset);
    this.source = source;
    this.offset = offset;
    this.end = end;
    return this;
  }

  readByte(): number {
    if (this.offset >= this.end) throw malformedBytes('they end early', this.offset);
    return this.source[this.offset++]!;
  }

  /** Four bytes, little endian. */
  readUint32(): number {
    return this.source.readUInt32LE(this.skip(4));
  }

  /** @returns an integer in [0, VARINT_MAX] */
  readVarint(): number {
    const byte = this.offset < this.end ? this.source[this.offset]! : 128;
    if (byte > 127) return this.#readGroups(0, 1);
    this.offset++;
    return byte;
  }

  /**
   * A number of things of which each takes so many of the bytes that follow, or more: what is allocated for them is in
   * proportion to what there is.
   */
  readCount(bytesEachMin: number): number {
    const count = this.readVarint();
    if (count * bytesEachMin > this.end - this.offset)
      throw malformedBytes(`${count} things in ${this.end - this.offset} bytes`, this.offset);
    return count;
  }

  /** @returns an integer in [-VARINT_MAX, VARINT_MAX], never minus zero */
  readSignedVarint(): number {
    const first = this.readByte();
    let magnitude = first & 63;
    if (first >= 128) magnitude = this.#readGroups(magnitude, 64);
    return (first & 64) === 0 ? magnitude : 0 - magnitude;
  }

  /** @returns the offset of `bytes` bytes, which are passed over */
  skip(bytes: number): number {
    const { offset } = this;
    if (bytes > this.end - offset) throw malformedBytes('they end early', offset);
    this.offset = offset + bytes;
    return offset;
  }

  /** Asserts that everything was read. */
  finish(): void {
    if (this.offset !== this.end) throw malformedBytes('there are some after their end', this.offset);
  }

  #readGroups(start: number, startScale: number): number {
    let value = start;
    for (let scale = startScale; scale <= VARINT_MAX; scale *= 128) {
      const byte = this.readByte();
      value += (byte & 127) * scale;
      if (value > VARINT_MAX) break;
      if (byte < 128) return value;
    }
    throw malformedBytes('a number is too large', this.offset);
  }
}
