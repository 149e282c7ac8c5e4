/** Whole numbers in [0, 2^53) in as few bytes as they need: seven bits a byte, low ones first, 128 for more. */
export const VARINT_BYTES_MAX = 8;

/** Numbers below it go by 32-bit operations. */
const SMALL_END = 2 ** 28;

export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** @returns the offset after it */
export function writeVarint(target: Buffer, start: number, value: number): number {
  let rest = value;
  let offset = start;
  while (rest >= SMALL_END) {
    target[offset++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    target[offset++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[offset++] = rest;
  return offset;
}

/** Reads varints one after another; past `end` it reads zeros, which `isExhausted` tells from real ones. */
export class VarintReader {
  offset: number;
  readonly #source: Buffer;
  readonly #end: number;

  constructor(source: Buffer, offset: number, end: number) {
    this.#source = source;
    this.offset = offset;
    this.#end = end;
  }

  /** True when more was read than there is. */
  get isExhausted(): boolean {
    return this.offset > this.#end;
  }

  next(): number {
    const source = this.#source;
    let byte = this.offset < this.#end ? source[this.offset]! : 0;
    this.offset++;
    let value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = this.offset < this.#end ? source[this.offset]! : 0;
      this.offset++;
      value += (byte & 127) * scale;
    }
    return value;
  }

  /** Four bytes, little endian, unsigned. */
  nextUint32(): number {
    const at = this.offset;
    this.offset += 4;
    return this.offset <= this.#end ? this.#source.readUInt32LE(at) : 0;
  }
}
