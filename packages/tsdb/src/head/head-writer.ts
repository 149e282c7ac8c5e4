// HOT PATH: about 60 ns a sample at 100,000 series (two cache misses), no allocation; tsdb-writer.bench.ts.
/** Appends to a head generation. One thread only. Layout and publishing: head-memory.ts. */
import { assert } from '@promontory/base';
import { tryGrowColumn } from '@promontory/model';
import {
  blockCapacityAt,
  capacityOfBlockBefore,
  HEADER_COUNT,
  HEADER_FIRST_BLOCK,
  HEADER_SIDE,
  HEADER_TAIL,
  HEADER_WORDS,
  type HeadMemory,
  HISTOGRAM_NODE_UNITS,
  histogramWord,
  NODE_BYTES_MAX,
  NODE_LATE,
  NODE_PAIRS_FIRST,
  NODE_PAIRS_MAX,
  NODE_START,
  nodeCapacity,
  nodePairs,
  nodeType,
  PAGE_REF_MASK,
  PAGE_BYTES,
  PAGE_REFS_SHIFT,
  PAGE_WORDS,
  pairsWord,
  STATE_GENERATION,
  STATE_SERIES_COUNT,
  unitsOf,
  wordsOf,
} from './head-memory.ts';
import { HeadReader } from './head-reader.ts';

/** What `append` did, or why it did not. */
export const APPENDED = 0;
/** The series has a sample at or after this timestamp here: the caller decides and may call `appendLate`. */
export const NOT_NEWEST = 1;
/** The bound of the headers or of the arena is reached. */
export const ARENA_FULL = 2;

/** How many nodes are looked at for one with room: late samples and start timestamps may take turns. */
const NODES_LOOKED_AT = 4;

export class HeadWriter {
  readonly memory: HeadMemory;
  readonly generation: number;
  /** For the writing thread's own look-ups. */
  readonly reader: HeadReader;
  #directory: Int32Array;
  #header: Int32Array;
  #refs: Int32Array;
  #samples: Float64Array;
  #words: Int32Array;
  readonly #state: Int32Array;
  /** The next free unit; unit 0 is never used. */
  #arenaUsed = 1;
  #seriesCount = 0;
  #pageCount = 0;
  /** The node of the pair under way. */
  #pairNode = 0;

  /** @param memory fresh, or released by `clear` */
  constructor(memory: HeadMemory, generation: number) {
    this.memory = memory;
    this.generation = generation;
    this.reader = new HeadReader(memory);
    this.#directory = wordsOf(memory.directory);
    this.#header = wordsOf(memory.header);
    this.#refs = wordsOf(memory.refs);
    this.#samples = unitsOf(memory.arena);
    this.#words = wordsOf(memory.arena);
    this.#state = new Int32Array(memory.state);
    assert(this.#state[STATE_SERIES_COUNT] === 0, 'head memory is clear');
    Atomics.store(this.#state, STATE_GENERATION, generation);
  }

  get seriesCount(): number {
    return this.#seriesCount;
  }

  /** Of headers and arena together. */
  get bytesUsed(): number {
    return this.#arenaUsed * 8 + this.#pageCount * PAGE_BYTES;
  }

  /** Pages of headers, of 64 refs each. */
  get pageCount(): number {
    return this.#pageCount;
  }

  /** Makes room in the directory for refs up to `ref`. @returns false when the bound on refs is reached */
  tryReserveRef(ref: number): boolean {
    const entries = (ref >>> PAGE_REFS_SHIFT) + 1;
    if (entries <= this.#directory.length) return true;
    const { directory } = this.memory;
    if (!tryGrowColumn(directory, entries * 4)) return false;
    this.#directory = wordsOf(directory);
    return true;
  }

  /**
   * Appends the float sample at `index` of two columns, which is newer than all of its series here; the ref's room
   * was reserved. Columns and index, because a double that is handed to a function is allocated.
   *
   * Not checked: the series' newest sample here lies in memory that nothing else of an append touches, and a look at
   * it costs as much as all the rest.
   *
   * @param valueWords two words a value, the low one first
   * @returns APPENDED or ARENA_FULL
   */
  appendNewest(ref: number, timestampMs: Float64Array, valueWords: Int32Array, index: number): number {
    const page = this.#directory[ref >>> PAGE_REFS_SHIFT]!;
    if (page === 0) return this.#appendToNewPage(ref, timestampMs, valueWords, index);
    const base = page * PAGE_WORDS + (ref & PAGE_REF_MASK) * HEADER_WORDS;
    const header = this.#header;
    const count = header[base + HEADER_COUNT]!;
    let position = header[base + HEADER_TAIL]!;
    if ((count & 3) === 0) {
      position = this.#positionAtBoundary(base, ref, count, position);
      if (position === 0) return ARENA_FULL;
    }
    const words = this.#words;
    this.#samples[position] = timestampMs[index]!;
    words[2 * position + 2] = valueWords[2 * index]!;
    words[2 * position + 3] = valueWords[2 * index + 1]!;
    header[base + HEADER_TAIL] = position + 2;
    Atomics.store(header, base + HEADER_COUNT, count + 1);
    return APPENDED;
  }

  /** Appends such a sample when it is newer than all of its series here. @returns APPENDED, NOT_NEWEST or ARENA_FULL */
  append(ref: number, timestampMs: Float64Array, valueWords: Int32Array, index: number): number {
    const base = this.#headerOf(ref);
    if (base === 0) return ARENA_FULL;
    const newest = this.#header[base + HEADER_TAIL]! - 2;
    const isFirst = this.#header[base + HEADER_COUNT] === 0;
    if (!isFirst && timestampMs[index]! <= this.#samples[newest]!) return NOT_NEWEST;
    return this.appendNewest(ref, timestampMs, valueWords, index);
  }

  /** Appends such a sample that is at or before the series' newest. @returns APPENDED or ARENA_FULL */
  appendLate(ref: number, timestampMs: Float64Array, valueWords: Int32Array, index: number): number {
    const position = this.#positionOfPair(ref, NODE_LATE);
    if (position === 0) return ARENA_FULL;
    this.#samples[position] = timestampMs[index]!;
    this.#words[2 * position + 2] = valueWords[2 * index]!;
    this.#words[2 * position + 3] = valueWords[2 * index + 1]!;
    this.#publishPair();
    return APPENDED;
  }

  /** Appends the start timestamp of a float sample that is here. @returns APPENDED or ARENA_FULL */
  appendStart(ref: number, timestampMs: number, startTimestampMs: number): number {
    const position = this.#positionOfPair(ref, NODE_START);
    if (position === 0) return ARENA_FULL;
    this.#samples[position] = timestampMs;
    this.#samples[position + 1] = startTimestampMs;
    this.#publishPair();
    return APPENDED;
  }

  /**
   * Appends a histogram, in order or not.
   *
   * @param startTimestampMs 0 when it is not known
   * @param bytes canonical; copied
   * @returns APPENDED or ARENA_FULL
   */
  appendHistogram(ref: number, timestampMs: number, startTimestampMs: number, bytes: Uint8Array): number {
    assert(bytes.length <= NODE_BYTES_MAX, 'a histogram fits into a node', { bytes: bytes.length });
    const base = this.#headerOf(ref);
    if (base === 0) return ARENA_FULL;
    const node = this.#take(HISTOGRAM_NODE_UNITS + Math.ceil(bytes.length / 8));
    if (node === 0) return ARENA_FULL;
    this.#words[2 * node + 1] = histogramWord(bytes.length);
    this.#samples[node + 1] = timestampMs;
    this.#samples[node + 2] = startTimestampMs;
    new Uint8Array(this.memory.arena, (node + HISTOGRAM_NODE_UNITS) * 8, bytes.length).set(bytes);
    this.#link(base, ref, node);
    return APPENDED;
  }

  /** The refs with samples here, ascending; owned by the caller. */
  copySortedRefs(): Int32Array {
    return this.#refs.slice(0, this.#seriesCount).sort();
  }

  /** Gives the memory back for a later generation: no thread may still read it. */
  clear(): void {
    for (let index = 0; index < this.#seriesCount; index++) {
      this.#directory[this.#refs[index]! >>> PAGE_REFS_SHIFT] = 0;
    }
    this.#seriesCount = 0;
    this.#pageCount = 0;
    this.#arenaUsed = 1;
    Atomics.store(this.#state, STATE_SERIES_COUNT, 0);
  }

  /** The word where the header of the ref begins; 0 when the arena is full. */
  #headerOf(ref: number): number {
    const page = this.#directory[ref >>> PAGE_REFS_SHIFT]! || this.#addPage(ref);
    return page === 0 ? 0 : page * PAGE_WORDS + (ref & PAGE_REF_MASK) * HEADER_WORDS;
  }

  #appendToNewPage(ref: number, timestampMs: Float64Array, valueWords: Int32Array, index: number): number {
    return this.#addPage(ref) === 0 ? ARENA_FULL : this.appendNewest(ref, timestampMs, valueWords, index);
  }

  /** @returns the new page of the ref, zeroed, or 0 when the bound is reached */
  #addPage(ref: number): number {
    const page = this.#pageCount + 1;
    if ((page + 1) * PAGE_WORDS > this.#header.length) {
      const { header } = this.memory;
      if (!tryGrowColumn(header, (page + 1) * PAGE_BYTES)) return 0;
      this.#header = wordsOf(header);
    }
    this.#header.fill(0, page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
    this.#pageCount = page;
    Atomics.store(this.#directory, ref >>> PAGE_REFS_SHIFT, page);
    return page;
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
      if (this.#header[base + HEADER_SIDE] === 0) this.#addRef(ref);
    }
    return block + 1;
  }

  /** @returns where the next pair of that type goes, in `#pairNode`; 0 when the arena is full */
  #positionOfPair(ref: number, type: number): number {
    const base = this.#headerOf(ref);
    if (base === 0) return 0;
    let node = this.#findPairNode(base, type);
    const word = this.#words[2 * node + 1]!;
    if (node === 0) node = this.#addPairNode(base, ref, type, NODE_PAIRS_FIRST);
    else if (nodePairs(word) === nodeCapacity(word)) {
      node = this.#addPairNode(base, ref, type, Math.min(NODE_PAIRS_MAX, 2 * nodeCapacity(word)));
    }
    this.#pairNode = node;
    return node === 0 ? 0 : node + 1 + 2 * nodePairs(this.#words[2 * node + 1]!);
  }

  /** @returns the newest node of that type, 0 when none is near the front of the side chain */
  #findPairNode(base: number, type: number): number {
    let node = this.#header[base + HEADER_SIDE]!;
    for (let looked = 0; node !== 0 && looked < NODES_LOOKED_AT; looked++) {
      if (nodeType(this.#words[2 * node + 1]!) === type) return node;
      node = this.#words[2 * node]!;
    }
    return 0;
  }

  /** Shows readers the pair that was written. */
  #publishPair(): void {
    const at = 2 * this.#pairNode + 1;
    Atomics.store(this.#words, at, this.#words[at]! + 1);
  }

  /** @returns a new empty node, published, or 0 when the arena is full */
  #addPairNode(base: number, ref: number, type: number, capacity: number): number {
    const node = this.#take(1 + 2 * capacity);
    if (node === 0) return 0;
    this.#words[2 * node + 1] = pairsWord(type, capacity, 0);
    this.#link(base, ref, node);
    return node;
  }

  /** Puts a finished node in front of the side chain. */
  #link(base: number, ref: number, node: number): void {
    const next = this.#header[base + HEADER_SIDE]!;
    this.#words[2 * node] = next;
    if (next === 0 && this.#header[base + HEADER_COUNT] === 0) this.#addRef(ref);
    Atomics.store(this.#header, base + HEADER_SIDE, node);
  }

  #addRef(ref: number): void {
    if (this.#seriesCount === this.#refs.length) this.#growRefs();
    this.#refs[this.#seriesCount++] = ref;
    Atomics.store(this.#state, STATE_SERIES_COUNT, this.#seriesCount);
  }

  #growRefs(): void {
    const { refs } = this.memory;
    const hasRoom = tryGrowColumn(refs, (this.#seriesCount + 1) * 4);
    assert(hasRoom, 'every series takes more of the arena than of the list of refs');
    this.#refs = wordsOf(refs);
  }

  /** @returns the first of so many fresh units, or 0 */
  #take(units: number): number {
    const start = this.#arenaUsed;
    if (start + units > this.#samples.length && !this.#tryGrowArena(start + units)) return 0;
    this.#arenaUsed = start + units;
    return start;
  }

  #tryGrowArena(units: number): boolean {
    const { arena } = this.memory;
    if (!tryGrowColumn(arena, units * 8)) return false;
    this.#samples = unitsOf(arena);
    this.#words = wordsOf(arena);
    return true;
  }
}
