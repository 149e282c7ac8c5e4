import type { Labels } from '@promontory/model';

/**
 * Labels by ref. Labels of a ref never change, so entries are never stale; when the cache is full, it starts
 * anew with the newer half.
 */
export class LabelCache {
  readonly #entriesMax: number;
  #young = new Map<number, Labels>();
  #old = new Map<number, Labels>();

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(ref: number, load: (ref: number) => Labels): Labels {
    const young = this.#young.get(ref);
    if (young !== undefined) return young;
    const labels = this.#old.get(ref) ?? load(ref);
    if (this.#young.size * 2 >= this.#entriesMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ref, labels);
    return labels;
  }
}
