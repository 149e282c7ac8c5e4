/** What a view takes from `main`: read once for all views of the same state of it. */
import type { Block } from '../block/block-header.ts';
import { readBlocks } from '../block/block-record.ts';
import type { TombstoneReader, Tombstones } from '../deletion/tombstones.ts';
import type { IndexState } from '../index/index-state-record.ts';
import { Selections } from '../index/selections.ts';
import type { CommitCount } from '../store/commit-count.ts';
import type { OnDamage } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Meta } from '../store/meta-record.ts';
import type { Store } from '../store/store.ts';

export interface MainState {
  /** In the order of time: samples of most series then need no merging. */
  readonly blocks: readonly Block[];
  /** null: the record is missing. */
  readonly meta: Meta | null;
  readonly index: IndexState;
  readonly tombstones: Tombstones;
  readonly selections: Selections;
}

export interface MainStateReaderOptions {
  readonly store: Store;
  readonly commits: CommitCount;
  readonly tombstones: TombstoneReader;
  /** What a block says about itself when its record in `main` is damaged. */
  readonly ownHeader: (blockId: number) => Block | null;
  readonly onDamage: OnDamage;
}

export class MainStateReader {
  readonly #options: MainStateReaderOptions;
  #known: { readonly commits: number; readonly state: MainState } | null = null;

  constructor(options: MainStateReaderOptions) {
    this.#options = options;
  }

  /** @returns a snapshot of `main`, the caller's, and its state */
  open(): { snapshot: LmdbSnapshot; state: MainState } {
    const { store, commits } = this.#options;
    const before = commits.settled();
    const snapshot = store.environment.openSnapshot();
    try {
      const isSettled = before !== null && commits.settled() === before;
      if (isSettled && this.#known?.commits === before) return { snapshot, state: this.#known.state };
      const { state, isDamaged } = this.#read(snapshot);
      // Damage is to be told of for every view.
      this.#known = isSettled && !isDamaged ? { commits: before, state } : null;
      return { snapshot, state };
    } catch (error) {
      snapshot.close();
      throw error;
    }
  }

  #read(snapshot: LmdbSnapshot): { state: MainState; isDamaged: boolean } {
    const { store, tombstones, ownHeader } = this.#options;
    let isDamaged = false;
    const onDamage: OnDamage = (damage) => {
      isDamaged = true;
      this.#options.onDamage(damage);
    };
    const blocks = readBlocks(store, ownHeader, onDamage, snapshot);
    blocks.sort((left, right) => left.firstTimestampMs - right.firstTimestampMs);
    const state = {
      blocks,
      meta: store.readMeta(snapshot),
      index: store.readIndexState(snapshot),
      tombstones: tombstones.read(snapshot),
      selections: new Selections(),
    };
    return { state, isDamaged: isDamaged || tombstones.isDamaged };
  }
}
