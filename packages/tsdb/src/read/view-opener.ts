/** Opens views of a database in one thread, and closes those that nobody closed in time. */
import { join } from 'node:path';
import { type Clock, PromontoryError, type WorkTicker } from '@promontory/base';
import type { Block } from '../block/block-header.ts';
import type { BlockReader } from '../block/block-reader.ts';
import { BLOCKS_FOLDER } from '../block/block-store.ts';
import { OpenBlocks } from '../block/open-blocks.ts';
import { ColumnCodec } from '../chunk/column-codec.ts';
import { TombstoneReader } from '../deletion/tombstones.ts';
import { ERR_STORE_CORRUPT, ERR_STORE_READ } from '../error-codes.ts';
import { type GenerationsMemory, GenerationsReader, mainCommits, type Pin } from '../head/generations.ts';
import { IndexReader } from '../index/index-reader.ts';
import { SeriesPages } from '../index/series-pages.ts';
import { WaitingSeriesCache } from '../index/waiting-series.ts';
import { LabelCache } from '../label-cache.ts';
import type { OnDamage } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import { Store } from '../store/store.ts';
import { DatabaseView, type TimeBounds } from './database-view.ts';
import { type MainState, MainStateReader } from './main-state.ts';

/** A block may be deleted between being listed and being opened; then the list is read again. Each time it is another block. */
const ATTEMPTS_MAX = 16;

export interface ViewOpenerOptions {
  readonly directory: string;
  readonly memory: GenerationsMemory;
  readonly ownerId: number;
  readonly labelCacheEntriesMax: number;
  readonly decodedBytesMax: number;
  readonly clock: Clock;
  readonly lifeMsMax: number;
  readonly mayScan: boolean;
  readonly onDamage: OnDamage;
}

interface OpenedMain {
  readonly bounds: TimeBounds;
  readonly ticker: WorkTicker;
  readonly pin: Pin;
  readonly snapshot: LmdbSnapshot;
  readonly state: MainState;
}

export class ViewOpener {
  readonly store: Store;
  readonly #options: ViewOpenerOptions;
  readonly #generations: GenerationsReader;
  readonly #blocks: OpenBlocks;
  readonly #labels: LabelCache;
  readonly #pages: SeriesPages;
  readonly #waiting: WaitingSeriesCache;
  readonly #main: MainStateReader;
  readonly #open = new Set<DatabaseView>();

  constructor(options: ViewOpenerOptions) {
    const { onDamage } = options;
    this.#options = options;
    this.store = new Store(options.directory);
    this.#generations = new GenerationsReader(options.memory, options.ownerId);
    this.#blocks = new OpenBlocks({
      blocksDirectory: join(options.directory, BLOCKS_FOLDER),
      codec: new ColumnCodec(),
      decodedBytesMax: options.decodedBytesMax,
      onDamage,
    });
    this.#labels = new LabelCache(options.labelCacheEntriesMax);
    this.#pages = new SeriesPages(this.store, onDamage);
    const seed = this.store.readMeta()?.fingerprintKey[0] ?? 0;
    this.#waiting = new WaitingSeriesCache(this.store, seed, onDamage);
    this.#main = new MainStateReader({
      store: this.store,
      commits: mainCommits(options.memory),
      tombstones: new TombstoneReader(this.store, onDamage),
      ownHeader: (id) => this.#blocks.header(id),
      onDamage,
    });
    this.store.environment.releaseReads();
  }

  /**
   * @param ticker of what the view is opened for
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION
   */
  open(bounds: TimeBounds, ticker: WorkTicker): DatabaseView {
    this.closeExpired();
    const missing = new Set<number>();
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const view = this.#tryOpen(bounds, ticker, missing);
      if (view !== null) return view;
    }
    throw deletedMeanwhile();
  }

  /** What expired views pin is given back. */
  closeExpired(): void {
    for (const view of this.#open) if (view.hasExpired) view.close();
  }

  async close(): Promise<void> {
    for (const view of this.#open) view.close();
    this.#generations.close();
    await this.#blocks.close();
    await this.store.close();
  }

  /**
   * @param missing as of `OpenBlocks.tryAcquire`
   * @returns null when a block without files was added to it
   */
  #tryOpen(bounds: TimeBounds, ticker: WorkTicker, missing: Set<number>): DatabaseView | null {
    const pin = this.#generations.pin();
    let snapshot: LmdbSnapshot | null = null;
    let blocks: readonly BlockReader[] | null = null;
    try {
      const opened = this.#main.open();
      snapshot = opened.snapshot;
      const { state } = opened;
      this.#blocks.closeOthers(new Set(state.blocks.map(({ id }) => id)));
      const wanted = state.blocks.filter((block) => reachesInto(block, bounds));
      blocks = this.#blocks.tryAcquire(wanted, missing);
      if (blocks !== null) return this.#viewOf({ bounds, ticker, pin, snapshot, state }, wanted, blocks);
    } catch (error) {
      if (blocks !== null) this.#blocks.release(blocks);
      snapshot?.close();
      pin.unpin();
      throw error;
    }
    snapshot.close();
    pin.unpin();
    return null;
  }

  /** @param blocks as listed, one for one */
  #viewOf(
    { bounds, ticker, pin, snapshot, state }: OpenedMain,
    listed: readonly Block[],
    blocks: readonly BlockReader[],
  ): DatabaseView {
    const { clock, lifeMsMax, mayScan, onDamage } = this.#options;
    const { meta, index, tombstones, selections } = state;
    if (meta === null) throw metaMissing();
    const waiting = this.#waiting.open(index, snapshot);
    const parts = {
      store: this.store,
      snapshot,
      state: index,
      pages: this.#pages,
      waiting,
      onDamage,
      mayScan,
      ticker,
    };
    const view: DatabaseView = new DatabaseView({
      bounds,
      pin,
      snapshot,
      heads: pin.heads.filter((head) => head.generation > meta.flushedGeneration),
      blocks,
      blocksOfHistograms: blocks.filter((_, index) => listed[index]?.histogramCount !== 0),
      blocksOfStartTimestamps: blocks.filter((_, index) => listed[index]?.startTimestampCount !== 0),
      listedBlocks: state.blocks,
      tombstones,
      index: new IndexReader(parts),
      selections,
      labels: this.#labels,
      clock,
      lifeMsMax,
      ticker,
      release: () => {
        this.#open.delete(view);
        this.#blocks.release(blocks);
        snapshot.close();
        pin.unpin();
      },
    });
    this.#open.add(view);
    return view;
  }
}

function reachesInto(block: Block, bounds: TimeBounds): boolean {
  return (
    block.lastTimestampMs >= bounds.rangeStartMsInclusive &&
    block.firstTimestampMs <= bounds.rangeEndMsInclusive
  );
}

function deletedMeanwhile(): PromontoryError {
  return new PromontoryError(
    `cannot open a view: blocks were deleted while they were opened, ${ATTEMPTS_MAX} times; try again`,
    { code: ERR_STORE_READ, kind: 'unavailable' },
  );
}

function metaMissing(): PromontoryError {
  return new PromontoryError('cannot read the database: the meta record is missing', {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
  });
}
