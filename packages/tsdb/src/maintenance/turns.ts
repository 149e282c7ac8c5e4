/**
 * One at a time: whoever makes or deletes files of a database, or needs that nobody does, takes a turn. Turns are
 * taken in the order in which they were asked for.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  /** Whether somebody has a turn or waits for one. */
  get isTaken(): boolean {
    return this.#count > 0;
  }

  /** Waits for all turns that were asked for before. @returns what `action` returns */
  async take<T>(action: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    this.#count++;
    try {
      await before;
      return await action();
    } finally {
      this.#count--;
      resolve();
    }
  }
}
