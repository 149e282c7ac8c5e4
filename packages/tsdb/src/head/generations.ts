/**
 * The head as a short line of generations: the newest takes samples, older ones are frozen and being written
 * to blocks. A fixed set of memories is used in turn, generation g in memory g mod GENERATIONS_MAX.
 *
 * Readers pin before they read and publish the oldest generation they may touch in a slot of their own; the
 * writer first retires a generation (moves `oldest` past it), then clears its memory once no slot names it.
 * All words are read and written atomically, so one of the two always sees the other.
 */
import { assert } from '@promontory/base';
import { CommitCount } from '../store/commit-count.ts';
import { allocateHeadMemory, type HeadBounds, type HeadMemory } from './head-memory.ts';
import { HeadReader } from './head-reader.ts';
import { HeadWriter } from './head-writer.ts';

/** One that is written, one that is flushed, one that a long query still reads. */
export const GENERATIONS_MAX = 3;
export const READERS_MAX = 256;

const OLDEST = 0;
const ACTIVE = 1;
const MAIN_COMMITS = 2;
const PINS = 4;
const SLOT_WORDS = 2;

export interface GenerationsMemory {
  /** Words: oldest, active, commits of `main` (CommitCount), 1 unused, then a pair (pinned generation or 0, owner id or 0) a reader slot. */
  readonly control: SharedArrayBuffer;
  readonly heads: readonly HeadMemory[];
}

export function allocateGenerations(bounds: HeadBounds): GenerationsMemory {
  return {
    control: new SharedArrayBuffer((PINS + READERS_MAX * SLOT_WORDS) * 4),
    heads: Array.from({ length: GENERATIONS_MAX }, () => allocateHeadMemory(bounds)),
  };
}

export function mainCommits({ control }: GenerationsMemory): CommitCount {
  return new CommitCount(new Int32Array(control, MAIN_COMMITS * 4, 1));
}

export class GenerationsWriter {
  readonly #memory: GenerationsMemory;
  readonly #control: Int32Array;
  /** Oldest first; the last one is active. */
  #writers: HeadWriter[];
  /** Flushed, but perhaps still read. */
  #retired: HeadWriter[] = [];

  /** @param firstGeneration at least 1 */
  constructor(memory: GenerationsMemory, firstGeneration: number) {
    assert(firstGeneration >= 1, 'generations count from 1');
    this.#memory = memory;
    this.#control = new Int32Array(memory.control);
    this.#writers = [this.#writerOf(firstGeneration)];
    Atomics.store(this.#control, ACTIVE, firstGeneration);
    Atomics.store(this.#control, OLDEST, firstGeneration);
  }

  get active(): HeadWriter {
    const active = this.#writers[this.#writers.length - 1];
    assert(active !== undefined, 'there is always an active generation');
    return active;
  }

  /** The generation to flush next, or null. */
  get oldestFrozen(): HeadWriter | null {
    return this.#writers.length > 1 ? (this.#writers[0] ?? null) : null;
  }

  /** All live generations, newest first. */
  get newestFirst(): readonly HeadWriter[] {
    return this.#writers.toReversed();
  }

  /** False while all memories are in use. */
  canFreeze(): boolean {
    this.clearRetired();
    return this.#writers.length + this.#retired.length < GENERATIONS_MAX;
  }

  /** Freezes the active generation and starts the next; only when `canFreeze`. */
  freeze(): void {
    assert(this.canFreeze(), 'a memory is free for the next generation');
    const next = this.active.generation + 1;
    this.#writers.push(this.#writerOf(next));
    Atomics.store(this.#control, ACTIVE, next);
  }

  /** The oldest frozen generation is in blocks now: new readers will not see it. */
  retireOldest(): void {
    const retired = this.#writers.shift();
    assert(retired !== undefined && this.#writers.length > 0, 'only a frozen generation can be retired');
    this.#retired.push(retired);
    Atomics.store(this.#control, OLDEST, retired.generation + 1);
    this.clearRetired();
  }

  /** Clears the memory of retired generations that nobody reads any more. */
  clearRetired(): void {
    const oldestPinned = this.#oldestPinned();
    this.#retired = this.#retired.filter((writer) => {
      if (writer.generation >= oldestPinned) return true;
      writer.clear();
      return false;
    });
  }

  #oldestPinned(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < READERS_MAX; slot++) {
      const pinned = Atomics.load(this.#control, PINS + slot * SLOT_WORDS);
      if (pinned !== 0 && pinned < oldest) oldest = pinned;
    }
    return oldest;
  }

  #writerOf(generation: number): HeadWriter {
    const memory = this.#memory.heads[generation % GENERATIONS_MAX];
    assert(memory !== undefined, 'a memory for each generation');
    return new HeadWriter(memory, generation);
  }
}

/** The generations that a reader pinned, oldest first. Unpin once. */
export interface Pin {
  readonly heads: readonly HeadReader[];
  unpin(): void;
}

export class GenerationsReader {
  readonly #control: Int32Array;
  readonly #heads: readonly HeadReader[];
  readonly #slot: number;
  /** Pinned generation → how many times. */
  readonly #pins = new Map<number, number>();

  /**
   * Claims a reader slot.
   *
   * @param ownerId positive, of whoever must release the slot should this thread die
   */
  constructor(memory: GenerationsMemory, ownerId: number) {
    this.#control = new Int32Array(memory.control);
    this.#heads = memory.heads.map((head) => new HeadReader(head));
    this.#slot = claimSlot(this.#control, ownerId);
  }

  pin(): Pin {
    let oldest = Atomics.load(this.#control, OLDEST);
    for (;;) {
      this.#count(oldest, 1);
      const now = Atomics.load(this.#control, OLDEST);
      if (now === oldest) break;
      this.#count(oldest, -1);
      oldest = now;
    }
    const active = Atomics.load(this.#control, ACTIVE);
    const heads: HeadReader[] = [];
    for (let generation = oldest; generation <= active; generation++) {
      const head = this.#heads[generation % GENERATIONS_MAX];
      if (head !== undefined) heads.push(head);
    }
    let pinned = true;
    const unpin = (): void => {
      if (pinned) this.#count(oldest, -1);
      pinned = false;
    };
    return { heads, unpin };
  }

  /** Gives the slot back. Calling it twice is fine. */
  close(): void {
    this.#pins.clear();
    this.#publish();
    Atomics.store(this.#control, PINS + this.#slot * SLOT_WORDS + 1, 0);
  }

  #count(generation: number, change: number): void {
    const count = (this.#pins.get(generation) ?? 0) + change;
    if (count === 0) this.#pins.delete(generation);
    else this.#pins.set(generation, count);
    this.#publish();
  }

  #publish(): void {
    const oldest = this.#pins.size === 0 ? 0 : Math.min(...this.#pins.keys());
    Atomics.store(this.#control, PINS + this.#slot * SLOT_WORDS, oldest);
  }
}

function claimSlot(control: Int32Array, ownerId: number): number {
  for (let slot = 0; slot < READERS_MAX; slot++) {
    if (Atomics.compareExchange(control, PINS + slot * SLOT_WORDS + 1, 0, ownerId) === 0) return slot;
  }
  assert(false, 'more readers than slots', { readersMax: READERS_MAX });
  return 0;
}

/** Releases the slots of a reader that ended without closing. */
export function releaseReaders(memory: GenerationsMemory, ownerId: number): void {
  const control = new Int32Array(memory.control);
  for (let slot = 0; slot < READERS_MAX; slot++) {
    const base = PINS + slot * SLOT_WORDS;
    if (Atomics.load(control, base + 1) !== ownerId) continue;
    Atomics.store(control, base, 0);
    Atomics.store(control, base + 1, 0);
  }
}
