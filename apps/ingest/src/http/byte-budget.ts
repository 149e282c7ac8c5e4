/** One bound on memory that many exchanges share. Owned by the HTTP thread. */
import { assert } from '@promontory/base';

export class ByteBudget {
  readonly bytesMax: number;
  #bytesInUse = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** A share without bytes in it. */
  open(): ByteShare {
    return new ByteShare(this);
  }

  /** @returns false, and takes nothing, when there is not that much left */
  tryTake(bytes: number): boolean {
    if (this.#bytesInUse + bytes > this.bytesMax) return false;
    this.#bytesInUse += bytes;
    return true;
  }

  /** Goes above the bound when it must: for what is there already, and cannot be refused any more. */
  take(bytes: number): void {
    this.#bytesInUse += bytes;
  }

  give(bytes: number): void {
    assert(bytes <= this.#bytesInUse, 'no more is given back than was taken', { bytes });
    this.#bytesInUse -= bytes;
  }
}

/** What one body or answer has taken of a budget. */
export class ByteShare {
  readonly #budget: ByteBudget;
  #bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** @returns false, and grows by nothing, when the budget is used up */
  tryGrow(bytes: number): boolean {
    if (!this.#budget.tryTake(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Grows, above the budget when it must. */
  grow(bytes: number): void {
    this.#budget.take(bytes);
    this.#bytes += bytes;
  }

  /** Gives everything back; a second call does nothing. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
