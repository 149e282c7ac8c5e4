// HOT PATH: one copy of 16 bytes a sample, no allocation once grown (query-result-json.bench.ts).
/**
 * The text in front of each value of a matrix, `[1435781430.781,"`, written once for timestamps that many series
 * share and copied from then on.
 */
import { TIMESTAMP_BYTES_MAX, writeTimestampInto } from './timestamp.ts';

const OPEN_BRACKET = 91;
const COMMA_AND_QUOTE = 0x2c22;
/** A whole number of words: bracket, timestamp, comma and quote. */
const HEAD_BYTES_MAX = TIMESTAMP_BYTES_MAX + 4;
const HEAD_WORDS = HEAD_BYTES_MAX / 4;
/** What whole seconds of our times need. */
const USUAL_WORDS = 4;

export class PointHeads {
  #timestampMs: Float64Array | null = null;
  #isShared = false;
  #writtenCount = 0;
  #lengths = new Uint8Array(0);
  #words = new Int32Array(0);
  #view = new DataView(this.#words.buffer);

  /**
   * Makes `copyInto` know the points [from, to) of a column, which the caller does not change.
   *
   * @param from 0 begins another series; points of one series come in order
   * @returns false in the first series of a column: written once, they are worth no copy
   */
  tryPrepare(timestampMs: Float64Array, from: number, to: number): boolean {
    if (this.#timestampMs !== timestampMs) {
      this.#timestampMs = timestampMs;
      this.#writtenCount = 0;
      this.#isShared = false;
      return false;
    }
    if (from === 0) this.#isShared = true;
    if (!this.#isShared) return false;
    if (to <= this.#writtenCount) return true;
    if (timestampMs.length > this.#lengths.length) {
      this.#lengths = new Uint8Array(timestampMs.length);
      this.#words = new Int32Array(timestampMs.length * HEAD_WORDS);
      this.#view = new DataView(this.#words.buffer);
      this.#writtenCount = 0;
    }
    for (; this.#writtenCount < to; this.#writtenCount++) this.#write(this.#writtenCount, timestampMs);
    return true;
  }

  /**
   * @param target has HEAD_BYTES_MAX bytes from `position` on
   * @returns the position behind the head
   */
  copyInto(target: DataView, position: number, index: number): number {
    const words = this.#words;
    const length = this.#lengths[index]!;
    const word = index * HEAD_WORDS;
    target.setInt32(position, words[word]!, true);
    target.setInt32(position + 4, words[word + 1]!, true);
    target.setInt32(position + 8, words[word + 2]!, true);
    target.setInt32(position + 12, words[word + 3]!, true);
    for (let next = USUAL_WORDS; 4 * next < length; next++)
      target.setInt32(position + 4 * next, words[word + next]!, true);
    return position + length;
  }

  #write(index: number, timestampMs: Float64Array): void {
    const start = index * HEAD_BYTES_MAX;
    this.#view.setUint8(start, OPEN_BRACKET);
    const end = writeTimestampInto(this.#view, start + 1, timestampMs[index]!);
    this.#view.setUint16(end, COMMA_AND_QUOTE);
    this.#lengths[index] = end + 2 - start;
  }
}
