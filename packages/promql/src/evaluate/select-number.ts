// HOT PATH: 4 passes of 2 ns a value, a table of 256 KiB each.
/**
 * The number that a sort would put at a place, found without sorting, so that the query can end on the way.
 *
 * A float's bits, with the sign turned round and, of negative ones, all other bits too, are in the order of the numbers,
 * -0 before 0. Sixteen of these bits at a time are decided, the highest first: a pass counts, of the values that agree in
 * the bits decided so far, how many have each of the next sixteen bits, and the count says in which of them the place
 * lies.
 */
import { assert } from '@promontory/base';
import type { WorkBlocks } from './work-blocks.ts';

const DIGIT_BITS = 16;
const DIGIT_COUNT = 1 << DIGIT_BITS;
const DIGIT_MASK = DIGIT_COUNT - 1;
const SIGN_BIT = 0x80000000;

/** As in SampleColumns, the low word of a float comes first. */
const HIGH_WORD = 1;
const LOW_WORD = 0;

/**
 * @param values of which the first `count` are looked at; not changed
 * @param place from 0, among those that are not NaN
 * @param blocks of the query
 */
export function selectNumber(values: Float64Array, count: number, place: number, blocks: WorkBlocks): number {
  const selection = new Selection(values, count, place);
  for (let digit = 0; digit < 4; digit++) selection.decide(digit, blocks);
  return selection.value;
}

class Selection {
  readonly #values: Float64Array;
  readonly #words: Uint32Array;
  readonly #count: number;
  readonly #counts = new Int32Array(DIGIT_COUNT);
  /** Among the values that agree in what is decided. */
  #place: number;
  /** The decided bits, in order; what is not decided is 0. */
  #high = 0;
  #low = 0;

  constructor(values: Float64Array, count: number, place: number) {
    this.#values = values;
    this.#words = new Uint32Array(values.buffer, values.byteOffset, count * 2);
    this.#count = count;
    this.#place = place;
  }

  get value(): number {
    const isNegative = this.#high < SIGN_BIT;
    const words = new Uint32Array(2);
    words[HIGH_WORD] = isNegative ? ~this.#high : this.#high ^ SIGN_BIT;
    words[LOW_WORD] = isNegative ? ~this.#low : this.#low;
    return new Float64Array(words.buffer)[0]!;
  }

  /** @param digit 0 for the highest sixteen bits, 3 for the lowest */
  decide(digit: number, blocks: WorkBlocks): void {
    this.#counts.fill(0);
    for (let index = 0; index < this.#count;) {
      const end = blocks.endOf(index, this.#count);
      this.#countDigits(digit, index, end);
      index = end;
    }
    const found = this.#digitAtPlace();
    const bits = (digit % 2 === 0 ? found << DIGIT_BITS : found) >>> 0;
    if (digit < 2) this.#high = (this.#high | bits) >>> 0;
    else this.#low = (this.#low | bits) >>> 0;
  }

  #countDigits(digit: number, from: number, to: number): void {
    const values = this.#values;
    const words = this.#words;
    const counts = this.#counts;
    const high = this.#high;
    const low = this.#low;
    for (let index = from; index < to; index++) {
      const value = values[index]!;
      if (value !== value) continue;
      const highWord = words[2 * index + HIGH_WORD]!;
      const isNegative = highWord >= SIGN_BIT;
      const highBits = (isNegative ? ~highWord : highWord ^ SIGN_BIT) >>> 0;
      if (digit === 0) {
        counts[highBits >>> DIGIT_BITS]!++;
      } else if (digit === 1) {
        if (highBits >>> DIGIT_BITS === high >>> DIGIT_BITS) counts[highBits & DIGIT_MASK]!++;
      } else if (highBits === high) {
        const lowWord = words[2 * index + LOW_WORD]!;
        const lowBits = (isNegative ? ~lowWord : lowWord) >>> 0;
        if (digit === 2) counts[lowBits >>> DIGIT_BITS]!++;
        else if (lowBits >>> DIGIT_BITS === low >>> DIGIT_BITS) counts[lowBits & DIGIT_MASK]!++;
      }
    }
  }

  /** The place becomes that among the values that have the digit, too. */
  #digitAtPlace(): number {
    for (let found = 0; found < DIGIT_COUNT; found++) {
      const having = this.#counts[found]!;
      if (this.#place < having) return found;
      this.#place -= having;
    }
    assert(false, 'a place is that of a number', { place: this.#place });
    return 0;
  }
}
