/**
 * Numbers of a repeated field, kept up to a bound and counted beyond it: a sender cannot take more memory than
 * that, and learns how many it sent. The memory is kept for the next message.
 */
const VALUES_INITIAL = 64;

/** What is asked of a typed array. */
interface NumberArray<Self> {
  [index: number]: number;
  readonly length: number;
  set(values: Self): void;
  subarray(start: number, end: number): Self;
}

export class BoundedColumn<Values extends NumberArray<Values>> {
  /** How many numbers were added; the first `countMax` of them are kept. */
  count = 0;
  readonly #countMax: number;
  readonly #allocate: (length: number) => Values;
  #values: Values;

  constructor(countMax: number, allocate: (length: number) => Values) {
    this.#countMax = countMax;
    this.#allocate = allocate;
    this.#values = allocate(Math.min(VALUES_INITIAL, countMax));
  }

  clear(): void {
    this.count = 0;
  }

  add(value: number): void {
    const index = this.count++;
    if (index >= this.#countMax) return;
    if (index === this.#values.length) this.#grow();
    this.#values[index] = value;
  }

  /** @returns what is kept, its own memory; valid until it is cleared or grows */
  unsafeView(): Values {
    return this.#values.subarray(0, Math.min(this.count, this.#countMax));
  }

  #grow(): void {
    const grown = this.#allocate(Math.min(this.#countMax, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
