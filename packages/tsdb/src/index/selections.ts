/** What was selected in one state of the index: dashboards ask for the same series again and again. */
import type { Matcher } from '@promontory/model';
import type { RefSet } from './ref-sets.ts';

/** Of all selections together, their refs and what they are known by: 4 MiB. */
const WORDS_MAX = 1024 * 1024;
/** The objects of one. */
const ENTRY_WORDS = 100;

export interface Selection {
  /** Shared: not to be changed. */
  readonly refs: RefSet;
  /** Nothing that was looked at is damaged. What is damaged is to be told of every time. */
  readonly isWhole: boolean;
}

/** Starts anew when it is full. */
export class Selections {
  readonly #known = new Map<string, RefSet>();
  #wordCount = 0;

  /** @returns the refs of all series that every matcher accepts, ascending; shared: not to be changed */
  getOrFind(matchers: readonly Matcher[], find: () => Selection): RefSet {
    const key = JSON.stringify(matchers.map(({ name, operator, value }) => [name, operator, value]));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { refs, isWhole } = find();
    if (isWhole) this.#keep(key, refs);
    return refs;
  }

  #keep(key: string, refs: RefSet): void {
    const wordCount = refs.length + key.length + ENTRY_WORDS;
    if (wordCount > WORDS_MAX) return;
    if (this.#wordCount + wordCount > WORDS_MAX) {
      this.#known.clear();
      this.#wordCount = 0;
    }
    // A set may be a small part of the memory that it was made in.
    this.#known.set(key, refs.buffer.byteLength > refs.byteLength ? refs.slice() : refs);
    this.#wordCount += wordCount;
  }
}
