// HOT PATH: about 50 ns for 22 bytes that are there already, no allocation; series-registry.bench.ts.
/**
 * Numbers byte strings: equal bytes get the same id, ids count from 0 in the order of first sight.
 *
 * The bytes of all ids lie one after the other in one arena. Open addressing with linear probing over
 * (hash, id); the hash is seeded, so that senders cannot aim for collisions.
 */
import { IntColumn } from './int-column.ts';

const SLOTS_INITIAL = 256;
/** Filled slots per hundred above which the table doubles. */
const LOAD_PERCENT_MAX = 50;

export class ByteInterner {
  /** The bytes of all ids; replaced when it grows. */
  arena: Uint8Array = new Uint8Array(1024);
  readonly #seed: number;
  /** Where the bytes of an id end; they start where those of the id before end. */
  readonly #ends = new IntColumn();
  /** hash, id + 1 (0: empty) a slot. */
  #slots = new Int32Array(2 * SLOTS_INITIAL);
  #mask = SLOTS_INITIAL - 1;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get count(): number {
    return this.#ends.length;
  }

  start(id: number): number {
    return id === 0 ? 0 : this.#ends.values[id - 1]!;
  }

  end(id: number): number {
    return this.#ends.values[id]!;
  }

  /** @returns the id of `source[start, end)`, -1 when it has none */
  find(source: Uint8Array, start: number, end: number): number {
    return this.#slots[2 * this.#slotOf(this.#hash(source, start, end), source, start, end) + 1]! - 1;
  }

  /** @returns the id of `source[start, end)`, given now when it had none; the bytes are copied */
  intern(source: Uint8Array, start: number, end: number): number {
    const hash = this.#hash(source, start, end);
    const slot = this.#slotOf(hash, source, start, end);
    const known = this.#slots[2 * slot + 1]!;
    if (known !== 0) return known - 1;
    const id = this.count;
    this.#copy(source, start, end);
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = id + 1;
    if ((id + 1) * 100 > (this.#mask + 1) * LOAD_PERCENT_MAX) this.#grow();
    return id;
  }

  text(id: number): string {
    const { arena } = this;
    return Buffer.from(arena.buffer, arena.byteOffset, arena.byteLength).toString(
      'utf8',
      this.start(id),
      this.end(id),
    );
  }

  #hash(source: Uint8Array, start: number, end: number): number {
    let hash = this.#seed ^ (end - start);
    let position = start;
    for (const last = end - 4; position <= last; position += 4) {
      const word =
        source[position]! |
        (source[position + 1]! << 8) |
        (source[position + 2]! << 16) |
        (source[position + 3]! << 24);
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; position < end; position++) hash = Math.imul(hash ^ source[position]!, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae3d);
    return hash ^ (hash >>> 15);
  }

  /** @returns the slot with these bytes, or the empty one where they belong */
  #slotOf(hash: number, source: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const idPlusOne = slots[2 * slot + 1]!;
      if (idPlusOne === 0) return slot;
      if (slots[2 * slot] === hash && this.#holds(idPlusOne - 1, source, start, end)) return slot;
    }
  }

  #holds(id: number, source: Uint8Array, start: number, end: number): boolean {
    const { arena } = this;
    const ownStart = this.start(id);
    const length = end - start;
    if (this.end(id) - ownStart !== length) return false;
    for (let index = 0; index < length; index++) {
      if (arena[ownStart + index] !== source[start + index]) return false;
    }
    return true;
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const at = this.count === 0 ? 0 : this.end(this.count - 1);
    const length = end - start;
    if (at + length > this.arena.length) {
      const larger = new Uint8Array(Math.max(2 * this.arena.length, at + length));
      larger.set(this.arena);
      this.arena = larger;
    }
    const { arena } = this;
    for (let index = 0; index < length; index++) arena[at + index] = source[start + index]!;
    this.#ends.push(at + length);
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let index = 0; index < old.length; index += 2) {
      if (old[index + 1] === 0) continue;
      let slot = old[index]! & this.#mask;
      while (this.#slots[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[2 * slot] = old[index]!;
      this.#slots[2 * slot + 1] = old[index + 1]!;
    }
  }
}
