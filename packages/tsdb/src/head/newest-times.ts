/**
 * The newest timestamp of each series, by ref; the writer's own. A sample above it needs no further look.
 *
 * Times are in pages of 64 refs, and only pages with a time in them are there: series that came and went cost
 * 1/16 byte. A time is UNKNOWN_MS for a series that was there before this process and has not been written to
 * since, and for one that was dropped; then `boundMs` holds: nothing stored of such a series is newer. The
 * first sample at or below that bound makes the writer look, and set the time. A time that is known is that of a
 * sample that is stored or pending: what is too far behind it can be refused without a look.
 */
import { assert } from '@promontory/base';
import { PAGE_REF_MASK, PAGE_REFS, PAGE_REFS_SHIFT } from './head-memory.ts';

/** In place of a time. Every sample is below it, so that one comparison tells the usual case. */
export const UNKNOWN_MS = Number.POSITIVE_INFINITY;
const PAGES_INITIAL = 16;

export class NewestTimes {
  /** ref >> 6 → page; 0 is the page of all that have none. Replaced when it grows. */
  #pageOf: Int32Array;
  /** Times by slot: 64 a page. Replaced when it grows. */
  #timestampMs = new Float64Array(PAGES_INITIAL * PAGE_REFS).fill(UNKNOWN_MS);
  #pagesTaken = 1;
  #freePages: number[] = [];
  #refEnd: number;
  #boundMs: number;

  /**
   * @param refEnd refs below it are known series
   * @param boundMs no stored sample of theirs is newer
   */
  constructor(refEnd: number, boundMs: number) {
    this.#pageOf = new Int32Array(Math.max(16, (refEnd >>> PAGE_REFS_SHIFT) + 1));
    this.#refEnd = refEnd;
    this.#boundMs = boundMs;
  }

  /** Nothing stored of a series whose time is not known is newer. */
  get boundMs(): number {
    return this.#boundMs;
  }

  /** Pages in use. */
  get pageCount(): number {
    return this.#pagesTaken - 1 - this.#freePages.length;
  }

  /** Refs from the last end up to `refEnd` are new series: they have no samples. */
  reserve(refEnd: number): void {
    const entries = (refEnd >>> PAGE_REFS_SHIFT) + 1;
    if (entries > this.#pageOf.length) {
      const grown = new Int32Array(Math.max(entries, this.#pageOf.length * 2));
      grown.set(this.#pageOf);
      this.#pageOf = grown;
    }
    for (let ref = this.#refEnd; ref < refEnd; ref++) this.set(ref, Number.NEGATIVE_INFINITY);
    this.#refEnd = Math.max(this.#refEnd, refEnd);
  }

  /** ref >> 6 → page, 0 for none. Valid until the next `reserve`. */
  unsafeViewPages(): Int32Array {
    return this.#pageOf;
  }

  /**
   * Times; that of `ref` is at page × 64 + (ref & 63). Page 0 is not to be written. Valid until the next
   * `reserve` or `set`.
   */
  unsafeViewTimes(): Float64Array {
    return this.#timestampMs;
  }

  /** @returns UNKNOWN_MS when only `boundMs` is known; -Infinity of a series without samples */
  get(ref: number): number {
    return this.#timestampMs[this.#pageOf[ref >>> PAGE_REFS_SHIFT]! * PAGE_REFS + (ref & PAGE_REF_MASK)]!;
  }

  /** @param timestampMs of the series' newest sample */
  set(ref: number, timestampMs: number): void {
    const entry = ref >>> PAGE_REFS_SHIFT;
    assert(entry < this.#pageOf.length, 'refs are reserved before they are used', { ref });
    let page = this.#pageOf[entry]!;
    if (page === 0) {
      page = this.#takePage();
      this.#pageOf[entry] = page;
    }
    this.#timestampMs[page * PAGE_REFS + (ref & PAGE_REF_MASK)] = timestampMs;
  }

  /** A sample of the series is stored that nobody compared with its others. */
  raise(ref: number, timestampMs: number): void {
    const known = this.get(ref);
    if (timestampMs > (known === UNKNOWN_MS ? this.#boundMs : known)) this.set(ref, timestampMs);
  }

  /** Samples of the series up to a time are gone, and their newest may be among them: then it is not known. */
  forgetUpTo(refs: Int32Array, timestampMs: number): void {
    this.drop(refs.filter((ref) => this.get(ref) <= timestampMs));
  }

  /** Forgets the times of series that get no samples any more, and gives back pages with nothing left. */
  drop(refs: Iterable<number>): void {
    const entries = new Set<number>();
    for (const ref of refs) {
      const newest = this.get(ref);
      if (newest === UNKNOWN_MS) continue;
      this.#boundMs = Math.max(this.#boundMs, newest);
      this.set(ref, UNKNOWN_MS);
      entries.add(ref >>> PAGE_REFS_SHIFT);
    }
    for (const entry of entries) this.#freeWhenEmpty(entry);
  }

  #freeWhenEmpty(entry: number): void {
    const page = this.#pageOf[entry]!;
    const start = page * PAGE_REFS;
    for (let slot = start; slot < start + PAGE_REFS; slot++) {
      if (this.#timestampMs[slot] !== UNKNOWN_MS) return;
    }
    this.#pageOf[entry] = 0;
    this.#freePages.push(page);
  }

  /** @returns a page of unknown times */
  #takePage(): number {
    const free = this.#freePages.pop();
    if (free !== undefined) return free;
    const page = this.#pagesTaken++;
    const { length } = this.#timestampMs;
    if (this.#pagesTaken * PAGE_REFS > length) {
      const grown = new Float64Array(length * 2).fill(UNKNOWN_MS, length);
      grown.set(this.#timestampMs);
      this.#timestampMs = grown;
    }
    return page;
  }
}
