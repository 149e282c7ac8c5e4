/** Series are mostly looked at one after the other: a segment of every block is enough. */
const DECODED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The blocks of a database as its writer sees them: which count, what a series has in them, and the folders of
 * those that do not count any more.
 */
import { join } from 'node:path';
import type { HistogramSample, SampleColumns } from '@promontory/model';
import { ColumnCodec } from '../chunk/column-codec.ts';
import { outsideRanges, removeRanges, TombstoneReader, type Tombstones } from '../deletion/tombstones.ts';
import type { RefSet } from '../index/ref-sets.ts';
import type { OnDamage } from '../store/damage.ts';
import { refKey } from '../store/keys.ts';
import { deletionError } from '../store/lmdb-errors.ts';
import type { Store } from '../store/store.ts';
import { deleteBlock, finishDeletions, listBlockIds } from './block-folder.ts';
import type { Block } from './block-header.ts';
import { encodeBlockRecord, readBlocks } from './block-record.ts';
import { OpenBlocks } from './open-blocks.ts';

export const BLOCKS_FOLDER = 'blocks';

export class BlockStore {
  readonly directory: string;
  readonly open: OpenBlocks;
  readonly codec = new ColumnCodec();
  readonly #store: Store;
  readonly #tombstoneReader: TombstoneReader;
  #blocks: readonly Block[];
  #tombstones: Tombstones;
  /** Ids of removed and discarded blocks of which files are still there. */
  readonly #leaving = new Set<number>();

  /** Deletes the folders that crashes left; none when a record is damaged, whose block one of them may be. */
  constructor(databaseDirectory: string, store: Store, onDamage: OnDamage) {
    this.directory = join(databaseDirectory, BLOCKS_FOLDER);
    this.#store = store;
    this.open = new OpenBlocks({
      blocksDirectory: this.directory,
      codec: this.codec,
      decodedBytesMax: DECODED_BYTES_MAX,
      onDamage,
    });
    let isWhole = true;
    this.#blocks = readBlocks(
      store,
      (id) => this.open.header(id),
      (damage) => {
        isWhole = false;
        onDamage(damage);
      },
    );
    this.#tombstoneReader = new TombstoneReader(store, onDamage);
    this.#tombstones = this.#tombstoneReader.read();
    const listed = new Set(this.#blocks.map(({ id }) => id));
    const unlisted = isWhole ? listBlockIds(this.directory).filter((id) => !listed.has(id)) : [];
    for (const id of unlisted) deleteBlock(this.directory, id);
    finishDeletions(this.directory);
  }

  /** By id. */
  get list(): readonly Block[] {
    return this.#blocks;
  }

  get tombstones(): Tombstones {
    return this.#tombstones;
  }

  /** The newest timestamp in any block, -Infinity without blocks. */
  get newestMs(): number {
    return this.#blocks.reduce(
      (newest, block) => Math.max(newest, block.lastTimestampMs),
      Number.NEGATIVE_INFINITY,
    );
  }

  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.bytes, 0);
  }

  /** Inside a write transaction; then `replace`. */
  putReplacement(removed: readonly Block[], added: readonly Block[]): void {
    for (const { id } of removed) this.#store.blocks.remove(refKey(id));
    for (const block of added) this.#store.blocks.put(refKey(block.id), encodeBlockRecord(block));
  }

  /** The transaction of `putReplacement` is on disk: the files of removed blocks go, now or with `deleteRemoved`. */
  replace(removed: readonly Block[], added: readonly Block[]): void {
    const kept = this.#blocks.filter((block) => !removed.includes(block));
    this.#blocks = [...kept, ...added].sort((left, right) => left.id - right.id);
    this.open.closeOthers(new Set(this.#blocks.map(({ id }) => id)));
    for (const { id } of removed) this.#leaving.add(id);
    this.#tryDeleteRemoved();
  }

  /** A block that was being written does not come to be: what is there of it goes, now or with `deleteRemoved`. */
  discard(blockId: number): void {
    this.#leaving.add(blockId);
    this.#tryDeleteRemoved();
  }

  /**
   * To be called before a block is written under an id that one had which was discarded.
   *
   * @throws PromontoryError ERR_STORE_WRITE when something of it is still there
   */
  mustBeGone(blockId: number): void {
    if (!this.#leaving.has(blockId)) return;
    const causes = this.#tryDeleteRemoved();
    if (this.#leaving.has(blockId)) throw deletionError(this.directory, causes[0]);
  }

  /**
   * Deletes what is left of removed blocks whose files could not be deleted before.
   *
   * @throws PromontoryError ERR_STORE_WRITE; the next call tries again
   */
  deleteRemoved(): void {
    const causes = this.#tryDeleteRemoved();
    if (causes.length > 0) throw deletionError(this.directory, causes[0]);
  }

  /** After a transaction that changed the tombstones. */
  reloadTombstones(): void {
    this.#tombstones = this.#tombstoneReader.read();
  }

  /**
   * The series in a block, ascending.
   *
   * @returns null when damage hides some of them
   * @throws PromontoryError ERR_STORE_READ, ERR_STORE_FORMAT_VERSION
   */
  refsOf(block: Block): RefSet | null {
    const refs = this.open.use(block, (reader) => reader.refs());
    return refs.length < block.seriesCount ? null : refs;
  }

  /** Appends the floats at or after `fromMs`, and maybe some before; in order within a block only. */
  readFrom(ref: number, fromMs: number, target: SampleColumns): void {
    for (const block of this.#blocks) {
      if (block.lastTimestampMs < fromMs) continue;
      const start = target.count;
      this.open.use(block, (reader) => reader.read(ref, fromMs, Number.POSITIVE_INFINITY, target));
      removeRanges(target, start, this.#tombstones.rangesOf(ref, block.id));
    }
  }

  /** As `readFrom`, of histograms. */
  readHistogramsFrom(ref: number, fromMs: number): HistogramSample[] {
    const samples: HistogramSample[] = [];
    for (const block of this.#blocks) {
      if (block.lastTimestampMs < fromMs) continue;
      const found = this.open.use(block, (reader) =>
        reader.readHistograms(ref, fromMs, Number.POSITIVE_INFINITY),
      );
      const kept = outsideRanges(found, this.#tombstones.rangesOf(ref, block.id));
      for (const sample of kept) samples.push(sample);
    }
    return samples;
  }

  async close(): Promise<void> {
    await this.open.close();
  }

  /** @returns why some are still there */
  #tryDeleteRemoved(): unknown[] {
    const causes: unknown[] = [];
    for (const id of this.#leaving) {
      try {
        deleteBlock(this.directory, id);
        this.#leaving.delete(id);
      } catch (cause) {
        causes.push(cause);
      }
    }
    return causes;
  }
}
