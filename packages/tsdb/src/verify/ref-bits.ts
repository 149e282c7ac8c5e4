/** A set of refs at one bit each. */
export class RefBits {
  readonly #bits: Uint8Array;
  readonly #refEnd: number;
  #count = 0;

  /** @param refEnd refs are below it */
  constructor(refEnd: number) {
    this.#bits = new Uint8Array((refEnd >>> 3) + 1);
    this.#refEnd = refEnd;
  }

  get count(): number {
    return this.#count;
  }

  has(ref: number): boolean {
    return ref > 0 && ref < this.#refEnd && (this.#bits[ref >>> 3]! & (1 << (ref & 7))) !== 0;
  }

  /** @returns false when it cannot be a ref, or was there */
  tryAdd(ref: number): boolean {
    if (ref <= 0 || ref >= this.#refEnd || this.has(ref)) return false;
    this.#bits[ref >>> 3]! |= 1 << (ref & 7);
    this.#count++;
    return true;
  }
}
