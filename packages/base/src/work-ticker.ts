/** How many items are worked on between two calls: of those that take longest, a tenth of a millisecond each, 50 ms. */
const TICKS_PER_CHECKPOINT = 500;

/** Work over very many items that may be given up: told of each item, it calls the checkpoint once in a while. */
export class WorkTicker {
  readonly #checkpoint: (() => void) | undefined;
  #ticks = 0;

  /** @param checkpoint throws when the work is to be given up. Default: it goes on to its end. */
  constructor(checkpoint?: () => void) {
    this.#checkpoint = checkpoint;
  }

  /** Throws what the checkpoint throws. */
  tick(itemCount = 1): void {
    this.#ticks += itemCount;
    if (this.#ticks < TICKS_PER_CHECKPOINT) return;
    this.#ticks = 0;
    this.#checkpoint?.();
  }

  /** The comparison with a tick in it: a long sort ends like any other work. */
  ticking<T>(compare: (left: T, right: T) => number): (left: T, right: T) => number {
    return (left, right) => {
      this.tick();
      return compare(left, right);
    };
  }
}
