/**
 * A bounded queue of small non-negative integers in shared memory, for any number of producers and
 * consumers: the bounded MPMC queue of Dmitry Vyukov (1024cores.net), on 32-bit words.
 *
 * Each cell has a turn number. A producer may fill the cell at position p when its turn is p, and sets it to
 * p + 1; a consumer may empty it at p + 1, and sets it to p + capacity. Positions wrap at 2^32.
 *
 * A consumer claims a position before it frees the cell. One that loses its processor in between keeps the
 * cell, and a lap later the ring looks full whatever else is in it.
 *
 * Consumers sleep on a word that every push changes: read `ticket` before looking, sleep with it after
 * finding nothing.
 */
import { assert } from '@promontory/base';

const HEAD_WORDS = 48;
/** On cache lines of their own: producers and consumers would otherwise slow each other down. */
const PUSH_POSITION = 0;
const POP_POSITION = 16;
const TICKET = 32;
const CELL_WORDS = 2;
const SPINS_MAX = 100;
const FULL_SLEEP_MS = 1;
/** Far longer than a thread waits for its processor. */
const FULL_WAIT_MS = 10_000;

export const EMPTY = -1;

export function allocateRing(capacity: number): SharedArrayBuffer {
  // With one cell, "taken" and "free for the next round" would be the same turn.
  assert(capacity > 1 && (capacity & (capacity - 1)) === 0, 'ring capacity is a power of two above one', {
    capacity,
  });
  const memory = new SharedArrayBuffer((HEAD_WORDS + capacity * CELL_WORDS) * 4);
  const words = new Int32Array(memory);
  for (let cell = 0; cell < capacity; cell++) words[HEAD_WORDS + cell * CELL_WORDS] = cell;
  return memory;
}

export class SharedRing {
  readonly #words: Int32Array;
  readonly #mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#mask = (this.#words.length - HEAD_WORDS) / CELL_WORDS - 1;
  }

  /** Queues a value and wakes a sleeping consumer. @returns false when the ring is full */
  tryPush(value: number): boolean {
    const words = this.#words;
    let position = Atomics.load(words, PUSH_POSITION);
    for (;;) {
      const cell = HEAD_WORDS + (position & this.#mask) * CELL_WORDS;
      const lead = (Atomics.load(words, cell) - position) | 0;
      if (lead < 0) return false;
      if (lead === 0) {
        const next = (position + 1) | 0;
        const seen = Atomics.compareExchange(words, PUSH_POSITION, position, next);
        if (seen === position) {
          words[cell + 1] = value;
          Atomics.store(words, cell, next);
          this.wake();
          return true;
        }
        position = seen;
      } else {
        position = Atomics.load(words, PUSH_POSITION);
      }
    }
  }

  /**
   * For rings with more cells than there are values: they look full only while a consumer that was interrupted
   * has a cell, so this waits for the cell, blocking the thread.
   *
   * @throws InvariantError when the ring stays full, which means that there are more values than thought
   */
  push(value: number, fullWaitMs = FULL_WAIT_MS): void {
    for (let spin = 0; spin < SPINS_MAX; spin++) if (this.tryPush(value)) return;
    for (let waitedMs = 0; waitedMs < fullWaitMs; waitedMs += FULL_SLEEP_MS) {
      this.sleep(this.ticket, FULL_SLEEP_MS);
      if (this.tryPush(value)) return;
    }
    assert(false, 'ring has room for every value there is', { cells: this.#mask + 1 });
  }

  /** @returns the oldest value, or EMPTY */
  pop(): number {
    const words = this.#words;
    let position = Atomics.load(words, POP_POSITION);
    for (;;) {
      const cell = HEAD_WORDS + (position & this.#mask) * CELL_WORDS;
      const next = (position + 1) | 0;
      const lead = (Atomics.load(words, cell) - next) | 0;
      if (lead < 0) return EMPTY;
      if (lead === 0) {
        const seen = Atomics.compareExchange(words, POP_POSITION, position, next);
        if (seen === position) {
          const value = words[cell + 1] ?? EMPTY;
          Atomics.store(words, cell, (position + this.#mask + 1) | 0);
          return value;
        }
        position = seen;
      } else {
        position = Atomics.load(words, POP_POSITION);
      }
    }
  }

  /** Changes with every push and wake. */
  get ticket(): number {
    return Atomics.load(this.#words, TICKET);
  }

  /** Blocks the thread until something happened since the ticket was read, or the time is over. */
  sleep(ticket: number, timeoutMs: number): void {
    Atomics.wait(this.#words, TICKET, ticket, timeoutMs);
  }

  /** As `sleep`, for a thread with an event loop. */
  async sleepAsync(ticket: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, TICKET, ticket);
    if (wait.async) await wait.value;
  }

  /** Wakes all sleepers. */
  wake(): void {
    Atomics.add(this.#words, TICKET, 1);
    Atomics.notify(this.#words, TICKET);
  }
}
