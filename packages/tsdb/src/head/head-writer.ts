// HOT PATH: about 60 ns a sample at 100,000 series (two cache misses), no allocation; tsdb-writer.bench.ts.
/** Appends to a head generation. One thread only. Layout and publishing: head-memory.ts. */
import { assert } from '@promontory/base';
import { tryGrowColumn } from '@promontory/model';
import {
  blockCapacityAt,
  capacityOfBlockBefore,
  HEADER_COUNT,
  HEADER_FIRST_BLOCK,
  HEADER_LATE_BLOCK,
  HEADER_TAIL,
  HEADER_WORDS,
  type HeadMemory,
  LATE_BLOCK_SAMPLES,
  STATE_GENERATION,
  STATE_SERIES_COUNT,
} from './head-memory.ts';
import { HeadReader } from './head-reader.ts';

/** What `append` did, or why it did not. */
export const APPENDED = 0;
/** The series has a sample at or after this timestamp here: the caller decides and may call `appendLate`. */
export const NOT_NEWEST = 1;
/** The arena's bound is reached. */
export const ARENA_FULL = 2;

export class HeadWriter {
  readonly memory: HeadMemory;
  readonly generation: number;
  /** For the writing thread's own look-ups. */
  readonly reader: HeadReader;
  #header: Int32Array;
  #refs: Int32Array;
  #samples: Float64Array;
  #words: Int32Array;
  readonly #state: Int32Array;
  /** The next free unit; unit 0 is never used. */
  #arenaUsed = 1;
  #seriesCount = 0;

  /** @param memory zeroed: fresh, or released by `clear` */
  constructor(memory: HeadMemory, generation: number) {
    this.memory = memory;
    this.generation = generation;
    this.reader = new HeadReader(memory);
    this.#header = new Int32Array(memory.header, 0, memory.header.byteLength >>> 2);
    this.#refs = new Int32Array(memory.refs, 0, memory.refs.byteLength >>> 2);
    this.#samples = new Float64Array(memory.arena, 0, memory.arena.byteLength >>> 3);
    this.#words = new Int32Array(memory.arena, 0, memory.arena.byteLength >>> 2);
    this.#state = new Int32Array(memory.state);
    assert(this.#state[STATE_SERIES_COUNT] === 0, 'head memory is clear');
    Atomics.store(this.#state, STATE_GENERATION, generation);
  }

  get seriesCount(): number {
    return this.#seriesCount;
  }

  get arenaBytesUsed(): number {
    return this.#arenaUsed * 8;
  }

  /** Makes room for refs up to `ref`. @returns false when the bound on series is reached */
  tryReserveRef(ref: number): boolean {
    if ((ref + 1) * HEADER_WORDS <= this.#header.length) return true;
    const { header, refs } = this.memory;
    if (!tryGrowColumn(header, (ref + 1) * HEADER_WORDS * 4) || !tryGrowColumn(refs, (ref + 1) * 4))
      return false;
    this.#header = new Int32Array(header, 0, header.byteLength >>> 2);
    this.#refs = new Int32Array(refs, 0, refs.byteLength >>> 2);
    return true;
  }

  /** Appends a sample that is newer than the series' newest here; the ref's room was reserved. */
  append(ref: number, timestampMs: number, low: number, high: number): number {
    const base = ref * HEADER_WORDS;
    const header = this.#header;
    const count = header[base + HEADER_COUNT]!;
    let position = header[base + HEADER_TAIL]!;
    if (count > 0 && timestampMs <= this.#samples[position - 2]!) return NOT_NEWEST;
    if ((count & 3) === 0) {
      position = this.#positionAtBoundary(base, ref, count, position);
      if (position === 0) return ARENA_FULL;
    }
    this.#samples[position] = timestampMs;
    this.#words[2 * position + 2] = low;
    this.#words[2 * position + 3] = high;
    header[base + HEADER_TAIL] = position + 2;
    Atomics.store(header, base + HEADER_COUNT, count + 1);
    return APPENDED;
  }

  /** Appends a sample at or before the series' newest to its late samples. @returns APPENDED or ARENA_FULL */
  appendLate(ref: number, timestampMs: number, low: number, high: number): number {
    const base = ref * HEADER_WORDS;
    let block = this.#header[base + HEADER_LATE_BLOCK]!;
    if (block === 0 || this.#words[2 * block + 1] === LATE_BLOCK_SAMPLES) {
      block = this.#addLateBlock(base, ref, block);
      if (block === 0) return ARENA_FULL;
    }
    const count = this.#words[2 * block + 1]!;
    const position = block + 1 + 2 * count;
    this.#samples[position] = timestampMs;
    this.#words[2 * position + 2] = low;
    this.#words[2 * position + 3] = high;
    Atomics.store(this.#words, 2 * block + 1, count + 1);
    return APPENDED;
  }

  /** @returns a new block before `next`, published, or 0 when the arena is full */
  #addLateBlock(base: number, ref: number, next: number): number {
    const block = this.#take(1 + 2 * LATE_BLOCK_SAMPLES);
    if (block === 0) return 0;
    this.#words[2 * block] = next;
    this.#words[2 * block + 1] = 0;
    if (next === 0 && this.#header[base + HEADER_COUNT] === 0) this.#addRef(ref);
    Atomics.store(this.#header, base + HEADER_LATE_BLOCK, block);
    return block;
  }

  /** The refs with samples here, ascending; owned by the caller. */
  copySortedRefs(): Int32Array {
    return this.#refs.slice(0, this.#seriesCount).sort();
  }

  /** Gives the memory back for a later generation: no thread may still read it. */
  clear(): void {
    for (let index = 0; index < this.#seriesCount; index++) {
      const base = this.#refs[index]! * HEADER_WORDS;
      this.#header.fill(0, base, base + HEADER_WORDS);
    }
    this.#seriesCount = 0;
    this.#arenaUsed = 1;
    Atomics.store(this.#state, STATE_SERIES_COUNT, 0);
  }

  /** @returns where the next sample goes, in a new block when one starts here; 0 when the arena is full */
  #positionAtBoundary(base: number, ref: number, count: number, position: number): number {
    const capacity = blockCapacityAt(count);
    if (capacity === 0) return position;
    const block = this.#take(1 + 2 * capacity);
    if (block === 0) return 0;
    this.#words[2 * block] = 0;
    if (count > 0) {
      const previous = position - 1 - 2 * capacityOfBlockBefore(count);
      this.#words[2 * previous] = block;
    } else {
      this.#header[base + HEADER_FIRST_BLOCK] = block;
      if (this.#header[base + HEADER_LATE_BLOCK] === 0) this.#addRef(ref);
    }
    return block + 1;
  }

  #addRef(ref: number): void {
    this.#refs[this.#seriesCount++] = ref;
    Atomics.store(this.#state, STATE_SERIES_COUNT, this.#seriesCount);
  }

  /** @returns the first of so many fresh units, or 0 */
  #take(units: number): number {
    const start = this.#arenaUsed;
    if (start + units > this.#samples.length) {
      const { arena } = this.memory;
      if (!tryGrowColumn(arena, (start + units) * 8)) return 0;
      this.#samples = new Float64Array(arena, 0, arena.byteLength >>> 3);
      this.#words = new Int32Array(arena, 0, arena.byteLength >>> 2);
    }
    this.#arenaUsed = start + units;
    return start;
  }
}
