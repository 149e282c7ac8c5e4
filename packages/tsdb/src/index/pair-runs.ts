/**
 * The runs of one label pair in one snapshot: their keys first, the refs only where they matter.
 *
 * Runs of a pair ascend without overlap, so that a set of refs is compared only with those runs that its refs
 * could be in.
 */
import { type OnDamage, readOrReport } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import { firstRefOfKey, isIndexable, pairRange, readPostingKey } from './posting-keys.ts';
import { PostingsRun, RUN_REFS_MAX } from './postings-record.ts';
import { intersectInto, positionOf, type RefSet, subtractInto } from './ref-sets.ts';

export class PairRuns {
  readonly #store: Store;
  readonly #snapshot: LmdbSnapshot | undefined;
  readonly #onDamage: OnDamage;
  readonly #value: string;
  readonly #keys: readonly Buffer[];
  /** Whether a run could not be read: what was returned is not to be used then. */
  isDamaged = false;

  constructor(
    store: Store,
    snapshot: LmdbSnapshot | undefined,
    onDamage: OnDamage,
    name: string,
    value: string,
  ) {
    this.#store = store;
    this.#snapshot = snapshot;
    this.#onDamage = onDamage;
    this.#value = value;
    this.#keys = value === '' || !isIndexable(name) ? [] : this.#readKeys(name);
  }

  get keys(): readonly Buffer[] {
    return this.#keys;
  }

  /** An upper bound of the number of refs; exact for pairs of one run. */
  countMax(): number {
    const [key] = this.#keys;
    if (key === undefined) return 0;
    if (this.#keys.length > 1) return this.#keys.length * RUN_REFS_MAX;
    return this.#read(key)?.count ?? 0;
  }

  /** The number of refs, exactly. Reads all runs, decodes none. */
  count(): number {
    return this.#keys.reduce((sum, key) => sum + (this.#read(key)?.count ?? 0), 0);
  }

  /** All refs; owned. */
  refs(): RefSet {
    const runs = this.#keys.map((key) => this.#read(key));
    const refs = new Int32Array(runs.reduce((sum, run) => sum + (run?.count ?? 0), 0));
    let count = 0;
    for (const run of runs) {
      if (run === null) continue;
      run.decodeInto(refs.subarray(count));
      count += run.count;
    }
    return refs;
  }

  /** Those of `refs` that have the pair. */
  intersect(refs: RefSet): RefSet {
    const result = new Int32Array(refs.length);
    let count = 0;
    this.#forEachPart(refs, (part, run) => {
      if (run !== null) count += intersectInto(part, run, result.subarray(count));
    });
    return result.subarray(0, count);
  }

  /** Those of `refs` that do not have the pair. */
  subtract(refs: RefSet): RefSet {
    const result = new Int32Array(refs.length);
    let count = 0;
    this.#forEachPart(refs, (part, run) => {
      if (run === null) {
        result.set(part, count);
        count += part.length;
      } else count += subtractInto(part, run, result.subarray(count));
    });
    return result.subarray(0, count);
  }

  /** Cuts `refs` where runs begin; the part before the first run, and parts of damaged runs, come with null. */
  #forEachPart(refs: RefSet, visit: (part: RefSet, run: RefSet | null) => void): void {
    const scratch = new Int32Array(RUN_REFS_MAX);
    const keys = this.#keys;
    let start = keys.length === 0 ? refs.length : positionOf(refs, 0, firstRefOfKey(keys[0]!));
    if (start > 0) visit(refs.subarray(0, start), null);
    for (let index = 0; index < keys.length && start < refs.length; index++) {
      const next = keys[index + 1];
      const end = next === undefined ? refs.length : positionOf(refs, start, firstRefOfKey(next));
      if (end === start) continue;
      const run = this.#read(keys[index]!);
      run?.decodeInto(scratch);
      visit(refs.subarray(start, end), run === null ? null : scratch.subarray(0, run.count));
      start = end;
    }
  }

  #readKeys(name: string): Buffer[] {
    const { start, endExclusive } = pairRange(name, this.#value);
    const keys = [...this.#store.postings.keys(start, endExclusive, this.#snapshot)];
    const [first] = keys;
    if (first === undefined || readPostingKey(first).value !== null) return keys;
    return keys.filter((key) => this.#read(key)?.cutValue() === this.#value);
  }

  #read(key: Buffer): PostingsRun | null {
    const record = this.#store.postings.get(key, this.#snapshot);
    const run =
      record === undefined
        ? null
        : readOrReport(this.#onDamage, 'postings run', key, () => new PostingsRun(key, record));
    if (run === null) this.isDamaged = true;
    return run;
  }
}
