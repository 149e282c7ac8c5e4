// HOT PATH: encode 5 to 25 ns a number, decode under 2 ns, no allocation; column-codec.bench.ts.
/**
 * A stream of integers in blocks of BLOCK_NUMBERS, each packed above a base of its own in a width of its own,
 * with outliers patched (docs/format/chunk.md, "Number streams"): patched frame of reference, after Zukowski,
 * Heman, Nes and Boncz, "Super-scalar RAM-CPU cache compression", ICDE 2006. A patch adds what the width
 * leaves out, and is signed, so that outliers below the base are as cheap as those above.
 *
 *   for each block: header u8 | base, when it changes | patches, when there are some
 *   the packed bits of all blocks
 */
import { endianness } from 'node:os';
import { assert } from '@promontory/base';
import { type ByteReader, malformedBytes, signedVarintBytes, writeSignedVarint } from '../store/varint.ts';
import { bitWidth, packedBytes, type PackedRun, packRun, unpackRun, WIDTH_MAX } from './word-packing.ts';

export const BLOCK_NUMBERS = 64;

const WIDTH_MASK = 0x3f;
const HAS_PATCHES = 0x40;
const HAS_BASE = 0x80;

assert(WIDTH_MAX <= WIDTH_MASK, 'a header holds every width');
assert(BLOCK_NUMBERS % 32 === 0 && BLOCK_NUMBERS < 256, 'a full block ends at a word; positions are bytes');
assert(endianness() === 'LE', 'words are copied as they are');

/** Most bytes that `count` numbers take: headers, bases, the count and position of patches, 53 bits each. */
export function numberStreamBytesMax(count: number): number {
  return Math.ceil(count / BLOCK_NUMBERS) * 12 + Math.ceil((count * WIDTH_MAX) / 8);
}

/** Encodes and decodes streams through scratch arrays of its own. One a thread. */
export class NumberStream {
  readonly #words: Int32Array;
  readonly #wordBytes: Buffer;
  readonly #runs: PackedRun[];
  readonly #patchIndexes: Uint16Array;
  readonly #patchAmounts: Float64Array;
  readonly #sorted = new Float64Array(BLOCK_NUMBERS);

  constructor(countMax: number) {
    const blocksMax = Math.ceil(countMax / BLOCK_NUMBERS);
    this.#words = new Int32Array(Math.ceil((blocksMax * BLOCK_NUMBERS * WIDTH_MAX) / 32) + 1);
    this.#wordBytes = Buffer.from(this.#words.buffer);
    this.#runs = Array.from({ length: blocksMax }, () => ({
      from: 0,
      count: 0,
      base: 0,
      width: 0,
      wordAt: 0,
    }));
    this.#patchIndexes = new Uint16Array(blocksMax * BLOCK_NUMBERS);
    this.#patchAmounts = new Float64Array(blocksMax * BLOCK_NUMBERS);
  }

  /**
   * Encodes numbers[0, count): integers, the least and the largest less than 2^53 apart and from zero.
   *
   * @returns the offset after them
   */
  encode(numbers: Float64Array, count: number, target: Buffer, offset: number): number {
    let base = 0;
    let end = offset;
    let packedEnd = 0;
    for (let block = 0; block * BLOCK_NUMBERS < count; block++) {
      const run = this.#runs[block]!;
      run.from = block * BLOCK_NUMBERS;
      run.count = Math.min(BLOCK_NUMBERS, count - run.from);
      run.wordAt = packedEnd >>> 2;
      const patched = this.#fit(numbers, run, base);
      end = this.#writeHeader(numbers, run, base, patched, target, end);
      base = run.base;
      packRun(numbers, run, this.#words);
      packedEnd += packedBytes(run.count, run.width);
    }
    this.#wordBytes.copy(target, end, 0, packedEnd);
    return end + packedEnd;
  }

  /**
   * Decodes the next `count` numbers into target[0, count).
   *
   * @throws PromontoryError ERR_STORE_CORRUPT
   */
  decode(reader: ByteReader, count: number, target: Float64Array): void {
    let base = 0;
    let packedEnd = 0;
    let patchCount = 0;
    const blocks = Math.ceil(count / BLOCK_NUMBERS);
    for (let block = 0; block < blocks; block++) {
      const run = this.#runs[block]!;
      const header = reader.readByte();
      run.from = block * BLOCK_NUMBERS;
      run.count = Math.min(BLOCK_NUMBERS, count - run.from);
      run.width = header & WIDTH_MASK;
      if (run.width > WIDTH_MAX) throw malformedBytes('width too large', reader.offset);
      if ((header & HAS_BASE) !== 0) base += reader.readSignedVarint();
      run.base = base;
      run.wordAt = packedEnd >>> 2;
      packedEnd += packedBytes(run.count, run.width);
      if ((header & HAS_PATCHES) !== 0) patchCount = this.#readPatches(reader, run, patchCount);
    }
    const packedAt = reader.skip(packedEnd);
    reader.source.copy(this.#wordBytes, 0, packedAt, packedAt + packedEnd);
    for (let block = 0; block < blocks; block++) unpackRun(target, this.#runs[block]!, this.#words);
    for (let patch = 0; patch < patchCount; patch++) {
      const index = this.#patchIndexes[patch]!;
      target[index] = target[index]! + this.#patchAmounts[patch]!;
    }
  }

  /**
   * Chooses the base and the width of a run: those of all its numbers, or of most when that is smaller.
   *
   * @returns whether numbers lie outside
   */
  #fit(numbers: Float64Array, run: PackedRun, previousBase: number): boolean {
    const { from, count } = run;
    let least = numbers[from]!;
    let most = least;
    let sum = 0;
    for (let index = from; index < from + count; index++) {
      const number = numbers[index]!;
      if (number < least) least = number;
      if (number > most) most = number;
      sum += number;
    }
    const patched = most - least > 0 && isSpread(numbers, run, sum / count, most - least);
    if (patched) return this.#fitMost(numbers, run, previousBase);
    this.#setBounds(run, least, most, previousBase);
    return false;
  }

  /** Keeps the base of the block before when its own would not pay. */
  #setBounds(run: PackedRun, least: number, most: number, previousBase: number): void {
    run.base = least;
    run.width = bitWidth(most - least);
    if (previousBase >= least || most - previousBase >= 2 ** WIDTH_MAX) return;
    const width = bitWidth(most - previousBase);
    if ((width - run.width) * run.count > 8 * signedVarintBytes(least - previousBase)) return;
    run.base = previousBase;
    run.width = width;
  }

  /**
   * Leaves out the farthest number, then the next, and keeps the width where numbers and patches took least.
   *
   * @returns whether numbers lie outside
   */
  #fitMost(numbers: Float64Array, run: PackedRun, previousBase: number): boolean {
    const { from, count } = run;
    const sorted = count === BLOCK_NUMBERS ? this.#sorted : this.#sorted.subarray(0, count);
    for (let index = 0; index < count; index++) sorted[index] = numbers[from + index]!;
    sorted.sort();
    const middle = sorted[count >>> 1]!;
    let low = 0;
    let high = count - 1;
    let width = bitWidth(sorted[high]! - sorted[low]!);
    let bestBits = count * width;
    let bestLow = low;
    let bestHigh = high;
    const kept = count >>> 1;
    while (high - low >= kept && width > 0) {
      if (middle - sorted[low]! > sorted[high]! - middle) low++;
      else high--;
      const narrower = bitWidth(sorted[high]! - sorted[low]!);
      if (narrower === width) continue;
      width = narrower;
      const bits = count * width + patchBits(sorted, low, high, width);
      if (bits >= bestBits) continue;
      bestBits = bits;
      bestLow = low;
      bestHigh = high;
    }
    this.#setBounds(run, sorted[bestLow]!, sorted[bestHigh]!, previousBase);
    return bestLow > 0 || bestHigh < count - 1;
  }

  #writeHeader(
    numbers: Float64Array,
    run: PackedRun,
    previousBase: number,
    patched: boolean,
    target: Buffer,
    offset: number,
  ): number {
    const { from, count, base, width } = run;
    const header = base === previousBase ? width : width | HAS_BASE;
    let end = offset + 1;
    target[offset] = header;
    if (base !== previousBase) {
      end = writeSignedVarint(target, end, base - previousBase);
    }
    if (!patched) return end;
    const countAt = end++;
    let patchCount = 0;
    const scale = 2 ** width;
    for (let index = 0; index < count; index++) {
      const high = Math.floor((numbers[from + index]! - base) / scale);
      if (high === 0) continue;
      patchCount++;
      target[end++] = index;
      end = writeSignedVarint(target, end, high);
    }
    if (patchCount === 0) return countAt;
    target[offset] = header | HAS_PATCHES;
    target[countAt] = patchCount;
    return end;
  }

  #readPatches(reader: ByteReader, run: PackedRun, start: number): number {
    let end = start;
    const scale = 2 ** run.width;
    for (let left = reader.readByte(); left > 0; left--) {
      const position = reader.readByte();
      if (position >= run.count || end >= this.#patchIndexes.length)
        throw malformedBytes('patch outside its block', reader.offset);
      this.#patchIndexes[end] = run.from + position;
      this.#patchAmounts[end++] = reader.readSignedVarint() * scale;
    }
    return end;
  }
}

/** What the patches take for all of `sorted` but [low, high], packed in `width` bits above sorted[low]. */
function patchBits(sorted: Float64Array, low: number, high: number, width: number): number {
  const base = sorted[low]!;
  let bits = 8;
  for (let index = 0; index < low; index++) bits += 16 + 8 * longerBytes(base - sorted[index]!, width);
  for (let index = high + 1; index < sorted.length; index++) {
    bits += 16 + 8 * longerBytes(sorted[index]! - base, width);
  }
  return bits;
}

/** Bytes after the first of the signed varint of distance / 2^width. */
function longerBytes(distance: number, width: number): number {
  return Math.ceil(Math.max(0, bitWidth(distance) - width - 6) / 7);
}

/** Whether most numbers lie so near their mean that leaving some out may pay: a cheap look, no promise. */
function isSpread(numbers: Float64Array, run: PackedRun, mean: number, range: number): boolean {
  const { from, count } = run;
  let deviation = 0;
  for (let index = from; index < from + count; index++) deviation += Math.abs(numbers[index]! - mean);
  return deviation * SPREAD_MIN < range * count;
}

/** A range this many times the mean deviation is worth a closer look; even spread has 4. */
const SPREAD_MIN = 7;
