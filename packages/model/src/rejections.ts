/** Why part of a write was not stored, counted by code with one example each. For the cold path. */
export interface Rejection {
  /** One of the registered `ERR_…` codes. */
  readonly code: string;
  /** Samples that were refused for this reason. */
  readonly count: number;
  /** The first such series and what was wrong with it, for a person to read. */
  readonly example: string;
}

export class RejectionTally {
  readonly #byCode = new Map<string, { count: number; example: string }>();

  /** @param describe called for the first rejection of a code only */
  add(code: string, count: number, describe: () => string): void {
    const entry = this.#byCode.get(code);
    if (entry === undefined) this.#byCode.set(code, { count, example: describe() });
    else entry.count += count;
  }

  addAll(rejections: readonly Rejection[]): void {
    for (const { code, count, example } of rejections) this.add(code, count, () => example);
  }

  get isEmpty(): boolean {
    return this.#byCode.size === 0;
  }

  clear(): void {
    this.#byCode.clear();
  }

  toArray(): Rejection[] {
    return [...this.#byCode].map(([code, { count, example }]) => ({ code, count, example }));
  }
}
