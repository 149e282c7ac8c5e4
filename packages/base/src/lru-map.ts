import { assert } from './assert.ts';

/** A map with a bound: to make room, the entry goes that was used least recently. `undefined` is no value. */
export class LruMap<K, V> {
  readonly #entriesMax: number;
  /** A Map iterates in the order of insertion: the first key is the oldest. */
  readonly #entries = new Map<K, V>();

  /** @param entriesMax 0 for a map that keeps nothing */
  constructor(entriesMax: number) {
    assert(entriesMax >= 0, 'entriesMax is a number from 0 on', { entriesMax });
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    if (this.#entriesMax === 0) return;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#entriesMax) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
  }

  /** `make` may throw: then nothing is kept. */
  getOrMake(key: K, make: (key: K) => V): V {
    const known = this.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    this.set(key, made);
    return made;
  }
}
