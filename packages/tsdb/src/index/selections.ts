/** What was selected in one state of the index: dashboards ask for the same series again and again. */
import type { Matcher } from '@promontory/model';
import type { RefSet } from './ref-sets.ts';

const SELECTIONS_MAX = 1000;
/** Of all selections together: 4 MiB. */
const REFS_MAX = 1024 * 1024;

export interface Selection {
  /** Shared: not to be changed. */
  readonly refs: RefSet;
  /** Nothing that was looked at is damaged. What is damaged is to be told of every time. */
  readonly isWhole: boolean;
}

/** Starts anew when it is full. */
export class Selections {
  readonly #known = new Map<string, RefSet>();
  #refCount = 0;

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
    if (refs.length > REFS_MAX) return;
    if (this.#known.size === SELECTIONS_MAX || this.#refCount + refs.length > REFS_MAX) {
      this.#known.clear();
      this.#refCount = 0;
    }
    this.#known.set(key, refs);
    this.#refCount += refs.length;
  }
}
