// HOT PATH: encode 10 to 35 ns a number, decode under 4 ns, no allocation; column-codec.bench.ts.
/**
 * A column of integers (docs/format/chunk.md, "Integer columns"): the first, then the rest as distances from
 * the first or from the one before, divided by what divides them all, as a number stream.
 *
 *   flags u8 | first | factor, when there is one | one number for all, or a number stream
 */
import { assert } from '@promontory/base';
import { BLOCK_NUMBERS, NumberStream, numberStreamBytesMax } from './number-stream.ts';
import {
  type ByteReader,
  malformedBytes,
  VARINT_BYTES_MAX,
  writeSignedVarint,
  writeVarint,
} from '../store/varint.ts';
import { bitWidth } from './word-packing.ts';

/** Integers lie within this of zero and of one another, so that every sum and difference is exact. */
export const INTEGER_RANGE_MAX = 2 ** 51;

const DIFFERENCED = 1;
const HAS_FACTOR = 2;
/** All numbers are equal. */
const FLAT = 4;
const FLAGS_MASK = DIFFERENCED | HAS_FACTOR | FLAT;

/** Bits a number: nearer than this, the widths of blocks do not decide between distances and differences. */
const DOUBT_BITS = 1;
const TRIAL_NUMBERS = 2 * BLOCK_NUMBERS;
const TRIAL_SHARE_MAX = 0.97;

/** A factor that saves fewer bits than this is left alone: it costs its bytes. */
const FACTOR_BITS_MIN = 64;

/** Most bytes that a column of `count` integers takes. */
export function integerColumnBytesMax(count: number): number {
  return 1 + 2 * VARINT_BYTES_MAX + numberStreamBytesMax(count);
}

/** Encodes and decodes integer columns through scratch arrays of its own. One a thread. */
export class IntegerColumn {
  readonly #stream: NumberStream;
  readonly #distances: Float64Array;
  readonly #differences: Float64Array;
  readonly #trial = Buffer.alloc(numberStreamBytesMax(TRIAL_NUMBERS));
  /** Of the last `#difference`: the sums of the widths of blocks. */
  #distanceBits = 0;
  #differenceBits = 0;

  constructor(countMax: number) {
    this.#stream = new NumberStream(countMax);
    this.#distances = new Float64Array(countMax);
    this.#differences = new Float64Array(countMax);
  }

  /**
   * Encodes integers[0, count), count ≥ 1, all within INTEGER_RANGE_MAX of zero.
   *
   * @returns the offset after them
   */
  encode(integers: Float64Array, count: number, target: Buffer, offset: number): number {
    assert(count >= 1 && count <= this.#distances.length, 'an integer column has a number and not too many');
    const first = integers[0]!;
    const end = writeSignedVarint(target, offset + 1, first);
    target[offset] = 0;
    if (count === 1) return end;
    if (isSlope(integers, count)) {
      target[offset] = DIFFERENCED | FLAT;
      return writeSignedVarint(target, end, integers[1]! - first);
    }
    this.#subtract(integers, count);
    const isDifferenced = this.#isDifferencingBetter(count - 1);
    const numbers = isDifferenced ? this.#differences : this.#distances;
    const flags = isDifferenced ? DIFFERENCED : 0;
    target[offset] = flags;
    const factor = commonFactor(this.#distances, count - 1);
    if (bitWidth(factor - 1) * (count - 1) < FACTOR_BITS_MIN) {
      return this.#stream.encode(numbers, count - 1, target, end);
    }
    target[offset] = flags | HAS_FACTOR;
    for (let index = 0; index < count - 1; index++) numbers[index] = numbers[index]! / factor;
    return this.#stream.encode(numbers, count - 1, target, writeVarint(target, end, factor));
  }

  /**
   * Decodes the next `count` integers, each divided by `divisor`, into target[start, start + count).
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  decode(reader: ByteReader, count: number, target: Float64Array, start: number, divisor: number): void {
    const flags = reader.readByte();
    if (flags > FLAGS_MASK) throw malformedBytes('unknown flags', reader.offset);
    const first = reader.readSignedVarint();
    target[start] = first / divisor;
    const factor = (flags & HAS_FACTOR) === 0 ? 1 : reader.readVarint();
    const numbers = this.#distances;
    if ((flags & FLAT) !== 0) numbers.fill(reader.readSignedVarint(), 0, count - 1);
    else this.#stream.decode(reader, count - 1, numbers);
    if ((flags & DIFFERENCED) !== 0) addUp(numbers, count - 1, first, factor, target, start + 1, divisor);
    else addTo(numbers, count - 1, first, factor, target, start + 1, divisor);
  }

  /** Judged by the widths of blocks or, when these are near one another, by encoding a few numbers both ways. */
  #isDifferencingBetter(count: number): boolean {
    const doubtBits = DOUBT_BITS * count;
    const leadBits = this.#distanceBits - this.#differenceBits;
    if (this.#differenceBits === 0 || leadBits > doubtBits) return true;
    if (leadBits < -doubtBits) return false;
    const trialCount = Math.min(count, TRIAL_NUMBERS);
    const from = (count - trialCount) >>> 1;
    const distances = this.#distances.subarray(from, from + trialCount);
    const differences = this.#differences.subarray(from, from + trialCount);
    const distanceBytes = this.#stream.encode(distances, trialCount, this.#trial, 0);
    // A little more is asked of differences: they are slower to read, and a few numbers prove little.
    return this.#stream.encode(differences, trialCount, this.#trial, 0) < TRIAL_SHARE_MAX * distanceBytes;
  }

  /** Fills the distances and the differences, and measures how wide the blocks of each would be. */
  #subtract(integers: Float64Array, count: number): void {
    const distances = this.#distances;
    const differences = this.#differences;
    const first = integers[0]!;
    this.#distanceBits = 0;
    this.#differenceBits = 0;
    for (let from = 1; from < count; from += BLOCK_NUMBERS) {
      const to = Math.min(count, from + BLOCK_NUMBERS);
      let previous = integers[from - 1]!;
      let most = integers[from]!;
      let least = most;
      let mostDifference = most - previous;
      let leastDifference = mostDifference;
      for (let index = from; index < to; index++) {
        const integer = integers[index]!;
        const difference = integer - previous;
        distances[index - 1] = integer - first;
        differences[index - 1] = difference;
        if (integer > most) most = integer;
        if (integer < least) least = integer;
        if (difference > mostDifference) mostDifference = difference;
        if (difference < leastDifference) leastDifference = difference;
        previous = integer;
      }
      this.#distanceBits += bitWidth(most - least) * (to - from);
      this.#differenceBits += bitWidth(mostDifference - leastDifference) * (to - from);
    }
  }
}

function isSlope(integers: Float64Array, count: number): boolean {
  const step = integers[1]! - integers[0]!;
  for (let index = 2; index < count; index++) {
    if (integers[index]! - integers[index - 1]! !== step) return false;
  }
  return true;
}

/** The greatest common divisor of numbers[0, count), 1 when all are zero; ends at the first that leaves 1. */
function commonFactor(numbers: Float64Array, count: number): number {
  let factor = 0;
  for (let index = 0; index < count; index++) {
    const number = Math.abs(numbers[index]!);
    if (number === 0) continue;
    const times = Math.floor(number / factor);
    if (times * factor === number) continue;
    let divisor = number;
    while (divisor !== 0) {
      const rest = factor % divisor;
      factor = divisor;
      divisor = rest;
    }
    if (factor === 1) return 1;
  }
  return Math.max(factor, 1);
}

function addUp(
  numbers: Float64Array,
  count: number,
  first: number,
  factor: number,
  target: Float64Array,
  start: number,
  divisor: number,
): void {
  let current = first;
  for (let index = 0; index < count; index++) {
    current += numbers[index]! * factor;
    target[start + index] = current / divisor;
  }
}

function addTo(
  numbers: Float64Array,
  count: number,
  first: number,
  factor: number,
  target: Float64Array,
  start: number,
  divisor: number,
): void {
  for (let index = 0; index < count; index++) {
    target[start + index] = (first + numbers[index]! * factor) / divisor;
  }
}
