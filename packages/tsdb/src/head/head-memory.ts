/**
 * The memory of one head generation: the samples that are in the log and not yet in a block.
 *
 * Shared by all threads; one thread writes. Four growable regions:
 * - `directory`: a word for 64 refs: the page of their headers, 0 for none;
 * - `header`: pages from 1 on, with four words a ref: first block, sample count, tail position, newest node of
 *   the side chain;
 * - `refs`: the refs that have samples here, in the order of their first one;
 * - `arena`: blocks and nodes.
 * Pages, blocks and nodes are taken in sequence and freed all at once with the generation.
 *
 * Arena positions count 8-byte units; 0 means none. Pages exist only where a ref has samples, so that series which
 * came and went cost a generation 1/16 byte.
 *
 * An in-order block is one unit of link (the next block, as a word) and then pairs of (timestamp, value); block
 * capacities are a function of how many samples came before (blockCapacityAt).
 *
 * Everything else hangs on the side chain, newest node first. A node begins with a unit of two words: the node
 * before it in time of arrival, and its type with a detail:
 * - late floats (at or before the series' newest): pairs of (timestamp, value), in order of arrival;
 * - start timestamps of float samples: pairs of (timestamp, start timestamp, both ms);
 * - one native histogram: its timestamp, its start timestamp or 0, its canonical bytes, padded to units.
 *
 * The writer stores a sample first and the count or link that shows it after, atomically: a reader that sees
 * the one sees the other. Nothing is moved or overwritten while a generation lives. The memory of a cleared
 * generation is used again and not given back: it stays what its fullest generation needed, within the bound.
 */
import { assert } from '@promontory/base';
import { allocateColumn } from '@promontory/model';

export const PAGE_REFS_SHIFT = 6;
export const PAGE_REFS = 1 << PAGE_REFS_SHIFT;
export const PAGE_REF_MASK = PAGE_REFS - 1;

export const HEADER_WORDS = 4;
export const HEADER_FIRST_BLOCK = 0;
export const HEADER_COUNT = 1;
export const HEADER_TAIL = 2;
export const HEADER_SIDE = 3;
export const PAGE_WORDS = PAGE_REFS * HEADER_WORDS;
export const PAGE_BYTES = PAGE_WORDS * 4;

export const NODE_LATE = 1;
export const NODE_START = 2;
export const NODE_HISTOGRAM = 3;
/** The detail of a node of pairs: their capacity and, in the low bits, their count; of a histogram: its bytes. */
const NODE_DETAIL_BITS = 28;
const NODE_COUNT_BITS = 8;
const NODE_COUNT_MASK = (1 << NODE_COUNT_BITS) - 1;
export const NODE_BYTES_MAX = (1 << NODE_DETAIL_BITS) - 1;
export const NODE_PAIRS_FIRST = 4;
export const NODE_PAIRS_MAX = 16;
/** Units before the bytes of a histogram. */
export const HISTOGRAM_NODE_UNITS = 3;
assert(NODE_PAIRS_MAX <= NODE_COUNT_MASK, 'the count of a node fits');

/** Refs are below it: they are stored as signed words. */
export const REF_END_MAX = 2 ** 31;

const UNIT_BYTES = 8;
/** Positions, and the one behind the last sample of a block, are signed words, too. */
const ARENA_BYTES_MAX = (2 ** 31 - 4) * UNIT_BYTES;

const ARENA_INITIAL_BYTES = 1 << 20;
const HEADER_INITIAL_BYTES = 1 << 16;
const REFS_INITIAL = 1 << 10;
/** A series takes at least the node of a staleness marker among histograms. */
const SERIES_BYTES_MIN = 32;

/** Words of `state`. */
export const STATE_SERIES_COUNT = 0;
export const STATE_GENERATION = 1;
const STATE_WORDS = 4;

export interface HeadMemory {
  readonly state: SharedArrayBuffer;
  readonly directory: SharedArrayBuffer;
  readonly header: SharedArrayBuffer;
  readonly refs: SharedArrayBuffer;
  readonly arena: SharedArrayBuffer;
}

export interface HeadBounds {
  /** Every ref is below it; at most REF_END_MAX. */
  readonly refEndMax: number;
  /** Of headers and arena, each; what is less than a unit at its end, or above ARENA_BYTES_MAX, is not used. */
  readonly arenaBytesMax: number;
}

export function allocateHeadMemory(bounds: HeadBounds): HeadMemory {
  const { refEndMax } = bounds;
  const units = Math.floor(Math.min(bounds.arenaBytesMax, ARENA_BYTES_MAX) / UNIT_BYTES);
  const arenaBytesMax = units * UNIT_BYTES;
  assert(refEndMax <= REF_END_MAX, 'refs are signed words', { refEndMax });
  const pages = Math.ceil(refEndMax / PAGE_REFS);
  const refsMax = Math.ceil(arenaBytesMax / SERIES_BYTES_MIN);
  return {
    state: new SharedArrayBuffer(STATE_WORDS * 4),
    directory: allocateColumn(Math.min(REFS_INITIAL, pages) * 4, pages * 4),
    header: allocateColumn(Math.min(HEADER_INITIAL_BYTES, arenaBytesMax), arenaBytesMax),
    refs: allocateColumn(Math.min(REFS_INITIAL, refsMax) * 4, refsMax * 4),
    arena: allocateColumn(Math.min(ARENA_INITIAL_BYTES, arenaBytesMax), arenaBytesMax),
  };
}

/** A region as it is now, as words. */
export function wordsOf(region: SharedArrayBuffer): Int32Array {
  return new Int32Array(region, 0, region.byteLength / 4);
}

/** The arena as it is now, as units. */
export function unitsOf(arena: SharedArrayBuffer): Float64Array {
  return new Float64Array(arena, 0, arena.byteLength / UNIT_BYTES);
}

/** The second word of a node of pairs. */
export function pairsWord(type: number, capacity: number, count: number): number {
  return (type << NODE_DETAIL_BITS) | (capacity << NODE_COUNT_BITS) | count;
}

/** The second word of a histogram's node. */
export function histogramWord(bytes: number): number {
  return (NODE_HISTOGRAM << NODE_DETAIL_BITS) | bytes;
}

export function nodeType(word: number): number {
  return word >>> NODE_DETAIL_BITS;
}

export function nodePairs(word: number): number {
  return word & NODE_COUNT_MASK;
}

export function nodeCapacity(word: number): number {
  return (word >>> NODE_COUNT_BITS) & NODE_COUNT_MASK;
}

export function nodeBytes(word: number): number {
  return word & NODE_BYTES_MAX;
}

const FIRST_BLOCK_SAMPLES = 4;
const LAST_BLOCK_SAMPLES = 64;
/** Samples before the first block of full size: 4 + 8 + 16 + 32. */
const SAMPLES_BEFORE_FULL_BLOCKS = 60;

/**
 * Capacities run 4, 8, 16, 32, 64, 64, …: little waste for a series with few samples, long runs for others.
 *
 * @param sampleCount samples before the block
 * @returns the capacity of the block that starts there, or 0 when no block starts there
 */
export function blockCapacityAt(sampleCount: number): number {
  if (sampleCount >= SAMPLES_BEFORE_FULL_BLOCKS) {
    return (sampleCount - SAMPLES_BEFORE_FULL_BLOCKS) % LAST_BLOCK_SAMPLES === 0 ? LAST_BLOCK_SAMPLES : 0;
  }
  for (
    let start = 0, capacity = FIRST_BLOCK_SAMPLES;
    start <= sampleCount;
    start += capacity, capacity *= 2
  ) {
    if (start === sampleCount) return capacity;
  }
  return 0;
}

/** The capacity of the full block that ends where the next one, at `sampleCount`, starts. */
export function capacityOfBlockBefore(sampleCount: number): number {
  if (sampleCount > SAMPLES_BEFORE_FULL_BLOCKS) return LAST_BLOCK_SAMPLES;
  return (sampleCount + FIRST_BLOCK_SAMPLES) / 2;
}

/** The first block or node of a series, 72 bytes, and what a further pair adds on average at most. */
const BYTES_PER_SAMPLE_MAX = 72 + 40;
/** The largest block, for one sample. */
const BLOCK_BYTES_MAX = (1 + 2 * LAST_BLOCK_SAMPLES) * 8;

export interface AppendSizes {
  readonly samples: number;
  /** Of them, those with a start timestamp. */
  readonly starts: number;
  readonly histograms: number;
  readonly histogramBytes: number;
}

/**
 * A bound on the bytes that a batch takes. A block or node that a series gets is no larger than all it
 * has together, or 72 bytes more: a batch cannot take more than what is in use, and so much a sample.
 *
 * @param bytesUsed by the generation
 * @param pagesFree pages that refs may still need, at most
 */
export function appendBytesMax(sizes: AppendSizes, bytesUsed: number, pagesFree: number): number {
  const { samples, starts, histograms, histogramBytes } = sizes;
  const pairs = samples + starts;
  const pages = Math.min(samples + histograms, pagesFree);
  return (
    pairs * BYTES_PER_SAMPLE_MAX +
    Math.min(bytesUsed, pairs * BLOCK_BYTES_MAX) +
    histograms * (HISTOGRAM_NODE_UNITS + 1) * 8 +
    histogramBytes +
    pages * PAGE_BYTES
  );
}
