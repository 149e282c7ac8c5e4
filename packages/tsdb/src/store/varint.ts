/** Varints: base 128, low group first, values below 2^32. */
export const VARINT_BYTES_MAX = 5;

/** @returns the position after the varint */
export function writeVarint(target: Uint8Array, start: number, value: number): number {
  let rest = value;
  let position = start;
  while (rest > 127) {
    target[position++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}

/** Reads one varint after the other from bytes that were checked before. */
export class VarintReader {
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, start: number) {
    this.position = start;
    this.#bytes = bytes;
  }

  next(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 7 * VARINT_BYTES_MAX; shift += 7) {
      const byte = bytes[this.position++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return value >>> 0;
  }
}
