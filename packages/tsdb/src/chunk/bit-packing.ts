// HOT PATH: under 3 ns a number packed or unpacked, no allocation; chunk-codec.bench.ts.
/**
 * Fixed-width packing of non-negative integers below 2^53 (frame of reference, as in Lemire and Boytsov,
 * "Decoding billions of integers per second", 2012, without SIMD).
 *
 * Numbers of up to 32 bits form one little-endian bit stream, in 32-bit words. Wider ones form two: the low
 * 32 bits of all, then the rest of all.
 */
const TWO_POW_32 = 2 ** 32;

/** Bytes that `count` numbers of `width` bits take. */
export function packedBytes(count: number, width: number): number {
  const low = 4 * Math.ceil((count * Math.min(width, 32)) / 32);
  const high = width > 32 ? 4 * Math.ceil((count * (width - 32)) / 32) : 0;
  return low + high;
}

/**
 * Packs numbers[0, count) at `offset`.
 *
 * @returns the offset after them
 */
export function pack(
  numbers: Float64Array,
  count: number,
  width: number,
  view: DataView,
  offset: number,
): number {
  if (width === 0) return offset;
  if (width <= 32) return packWords(numbers, count, width, 1, view, offset);
  const high = packWords(numbers, count, 32, 1, view, offset);
  return packWords(numbers, count, width - 32, TWO_POW_32, view, high);
}

function packWords(
  numbers: Float64Array,
  count: number,
  width: number,
  divisor: number,
  view: DataView,
  start: number,
): number {
  let offset = start;
  let word = 0;
  let filled = 0;
  for (let index = 0; index < count; index++) {
    const number = numbers[index]!;
    const bits = divisor === 1 ? number >>> 0 : Math.floor(number / divisor);
    word |= bits << filled;
    filled += width;
    if (filled < 32) continue;
    view.setInt32(offset, word, true);
    offset += 4;
    filled -= 32;
    word = filled === 0 ? 0 : bits >>> (width - filled);
  }
  if (filled > 0) {
    view.setInt32(offset, word, true);
    offset += 4;
  }
  return offset;
}

/**
 * Unpacks `count` numbers into target[0, count).
 *
 * @returns the offset after them
 */
export function unpack(
  target: Float64Array,
  count: number,
  width: number,
  view: DataView,
  offset: number,
): number {
  if (width === 0) {
    target.fill(0, 0, count);
    return offset;
  }
  if (width <= 32) return unpackLow(target, count, width, view, offset);
  const high = unpackLow(target, count, 32, view, offset);
  return unpackHigh(target, count, width - 32, view, high);
}

function unpackLow(
  target: Float64Array,
  count: number,
  width: number,
  view: DataView,
  start: number,
): number {
  const mask = width === 32 ? -1 : (1 << width) - 1;
  let offset = start;
  let word = 0;
  let left = 0;
  for (let index = 0; index < count; index++) {
    if (left >= width) {
      target[index] = (word & mask) >>> 0;
      left -= width;
      word = width === 32 ? 0 : word >>> width;
      continue;
    }
    const next = view.getInt32(offset, true);
    offset += 4;
    const bits = left === 0 ? next : word | (next << left);
    target[index] = (bits & mask) >>> 0;
    const taken = width - left;
    word = taken === 32 ? 0 : next >>> taken;
    left = 32 - taken;
  }
  return offset;
}

function unpackHigh(
  target: Float64Array,
  count: number,
  width: number,
  view: DataView,
  start: number,
): number {
  const mask = (1 << width) - 1;
  let offset = start;
  let word = 0;
  let left = 0;
  for (let index = 0; index < count; index++) {
    let bits: number;
    if (left >= width) {
      bits = word & mask;
      word >>>= width;
      left -= width;
    } else {
      const next = view.getInt32(offset, true);
      offset += 4;
      bits = (left === 0 ? next : word | (next << left)) & mask;
      const taken = width - left;
      word = next >>> taken;
      left = 32 - taken;
    }
    target[index] = target[index]! + (bits >>> 0) * TWO_POW_32;
  }
  return offset;
}
