/**
 * The memory of one head generation: the samples that are in the log and not yet in a block.
 *
 * Shared by all threads; one thread writes. Three growable regions:
 * - `header`: four words a ref: first block, sample count, tail position, newest late block;
 * - `refs`: the refs that have samples here, in the order of their first one;
 * - `arena`: blocks, taken in sequence and freed all at once with the generation.
 *
 * Arena positions count 8-byte units; 0 means none. An in-order block is one unit of link (the next block, as
 * a word) and then pairs of (timestamp, value); block capacities are a function of how many samples came
 * before (blockCapacityAt). A late block (samples at or before the series' newest) is one unit with the block
 * before it in time of arrival and its own count, then LATE_BLOCK_SAMPLES pairs in order of arrival.
 *
 * The writer stores the sample first and the count after it, atomically: a reader that sees a count sees
 * the samples. Nothing is moved or overwritten while a generation lives.
 */
import { allocateColumn } from '@promontory/model';

export const HEADER_WORDS = 4;
export const HEADER_FIRST_BLOCK = 0;
export const HEADER_COUNT = 1;
export const HEADER_TAIL = 2;
export const HEADER_LATE_BLOCK = 3;

export const LATE_BLOCK_SAMPLES = 16;

const ARENA_INITIAL_BYTES = 1 << 20;
const REFS_INITIAL = 1 << 12;

/** Words of `state`. */
export const STATE_SERIES_COUNT = 0;
export const STATE_GENERATION = 1;
const STATE_WORDS = 4;

export interface HeadMemory {
  readonly state: SharedArrayBuffer;
  readonly header: SharedArrayBuffer;
  readonly refs: SharedArrayBuffer;
  readonly arena: SharedArrayBuffer;
}

export interface HeadBounds {
  readonly seriesMax: number;
  readonly arenaBytesMax: number;
}

export function allocateHeadMemory(bounds: HeadBounds): HeadMemory {
  const refs = Math.min(REFS_INITIAL, bounds.seriesMax);
  return {
    state: new SharedArrayBuffer(STATE_WORDS * 4),
    header: allocateColumn(refs * HEADER_WORDS * 4, bounds.seriesMax * HEADER_WORDS * 4),
    refs: allocateColumn(refs * 4, bounds.seriesMax * 4),
    arena: allocateColumn(Math.min(ARENA_INITIAL_BYTES, bounds.arenaBytesMax), bounds.arenaBytesMax),
  };
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
