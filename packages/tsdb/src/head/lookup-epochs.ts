/**
 * Tells the writer when nobody can hold refs any more that were dropped from the fingerprint table.
 *
 * The epoch is a counter in shared memory that the writer advances after it removed entries from the table.
 * A user of lookups (a batch on its way from decoding to the store) notes the epoch in a slot before its first
 * lookup and clears the slot when the refs it found are used up. Every user whose noted epoch is not below
 * the one that a removal ended with looked only after it. Refs that a user remembers between its turns (a
 * cache) must be forgotten when `enter` returns another epoch than the turn before.
 *
 * Words: the epoch (from 1), then two a slot: the noted epoch or 0, and whether the slot is claimed.
 */
import { assert } from '@promontory/base';

const SLOT_WORDS = 2;

export class LookupEpochs {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #usersMax: number;

  /** Memory for so many users at once, to be shared by all. */
  static allocate(usersMax: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer((1 + SLOT_WORDS * usersMax) * 4);
    new Int32Array(memory)[0] = 1;
    return memory;
  }

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#usersMax = (this.#words.length - 1) / SLOT_WORDS;
  }

  get current(): number {
    return Atomics.load(this.#words, 0);
  }

  /** @returns a slot that nobody else has, -1 when all are claimed */
  tryClaim(): number {
    for (let slot = 0; slot < this.#usersMax; slot++) {
      if (Atomics.compareExchange(this.#words, claimWord(slot), 0, 1) === 0) return slot;
    }
    return -1;
  }

  /** Gives a slot back, also in place of a user that died. */
  release(slot: number): void {
    assert(slot >= 0 && slot < this.#usersMax, 'a slot that was claimed', { slot });
    Atomics.store(this.#words, noteWord(slot), 0);
    Atomics.store(this.#words, claimWord(slot), 0);
  }

  /** Before the first lookup. @returns the epoch that was noted */
  enter(slot: number): number {
    for (;;) {
      const epoch = this.current;
      Atomics.store(this.#words, noteWord(slot), epoch);
      if (this.current === epoch) return epoch;
    }
  }

  /** When no ref that was found is in use any more. */
  leave(slot: number): void {
    Atomics.store(this.#words, noteWord(slot), 0);
  }

  /** The writer, after it removed entries. @returns the epoch that begins */
  advance(): number {
    return Atomics.add(this.#words, 0, 1) + 1;
  }

  /** The oldest epoch that a user noted, the current one when nobody looks. */
  get oldest(): number {
    let oldest = this.current;
    for (let slot = 0; slot < this.#usersMax; slot++) {
      const noted = Atomics.load(this.#words, noteWord(slot));
      if (noted !== 0 && noted < oldest) oldest = noted;
    }
    return oldest;
  }
}

function noteWord(slot: number): number {
  return 1 + SLOT_WORDS * slot;
}

function claimWord(slot: number): number {
  return 2 + SLOT_WORDS * slot;
}
