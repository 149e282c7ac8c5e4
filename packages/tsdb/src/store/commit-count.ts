/**
 * Tells readers in other threads whether `main` changed: a word in shared memory that is odd while a transaction may be
 * committing, and that no two commits leave alike (a sequence lock, as in Linux's seqlock.h). What was read of a snapshot
 * that was opened between two equal even counts is true of every other snapshot opened so.
 */
export class CommitCount {
  readonly #word: Int32Array;

  /** @param word one word of shared memory */
  constructor(word: Int32Array) {
    this.#word = word;
  }

  /** The writer, around each transaction. */
  begin(): void {
    Atomics.add(this.#word, 0, 1);
  }

  end(): void {
    Atomics.add(this.#word, 0, 1);
  }

  /** @returns null while a transaction may be committing */
  settled(): number | null {
    const count = Atomics.load(this.#word, 0);
    return (count & 1) === 0 ? count : null;
  }
}
