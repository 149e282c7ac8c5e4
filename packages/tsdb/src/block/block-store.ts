/**
 * The blocks of a database as its writer sees them: which there are, what a series has in them, dropping
 * those past the retention. Removing chunks goes in steps; the block's record goes first, so that readers
 * never see half a block, and chunks without a record are swept away at the next open.
 */
import { PromontoryError } from '@promontory/base';
import type { HistogramSample, SampleColumns } from '@promontory/model';
import { ChunkCodec } from '../chunk/chunk-codec.ts';
import { chunkKey, refKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type Block, encodeBlock, readBlocks } from './block-record.ts';
import { ChunkReader } from './chunk-reader.ts';

const CHUNKS_REMOVED_PER_STEP = 5000;
const CHUNK_KEY_END = Buffer.alloc(11, 0xff);

export class BlockStore {
  readonly #store: Store;
  readonly #reader: ChunkReader;
  #blocks: Block[];
  /** Ids of blocks whose records are gone and whose chunks are still to go. */
  #dropped: number[] = [];

  constructor(store: Store) {
    this.#store = store;
    this.#reader = new ChunkReader(store, new ChunkCodec());
    this.#blocks = readBlocks(store);
    this.#dropped = this.#findOrphans();
  }

  /** The newest timestamp in any block, -Infinity without blocks. */
  get newestMs(): number {
    return this.#blocks.reduce(
      (newest, block) => Math.max(newest, block.lastTimestampMs),
      Number.NEGATIVE_INFINITY,
    );
  }

  /** Above every id that a block or leftover chunks have: a new block must not mix with what a crash left. */
  get nextFreeId(): number {
    const ids = [...this.#blocks.map((block) => block.id), ...this.#dropped];
    return ids.reduce((next, id) => Math.max(next, id + 1), 1);
  }

  get hasChunksToRemove(): boolean {
    return this.#dropped.length > 0;
  }

  /** Inside a write transaction; then `add`. */
  put(block: Block): void {
    this.#store.blocks.put(refKey(block.id), encodeBlock(block));
  }

  add(block: Block): void {
    this.#blocks.push(block);
  }

  /**
   * Appends what blocks that reach to `fromMs` or later hold of the series; unordered across blocks. A damaged
   * chunk counts as missing: a new sample must not be refused for it.
   */
  readFrom(ref: number, fromMs: number, target: SampleColumns): void {
    for (const block of this.#blocks) {
      if (block.lastTimestampMs >= fromMs) this.#tryRead(block.id, ref, target);
    }
  }

  /** Blocks of this format hold floats only. */
  readHistogramsFrom(_ref: number, _fromMs: number): readonly HistogramSample[] {
    return [];
  }

  #tryRead(blockId: number, ref: number, target: SampleColumns): void {
    try {
      this.#reader.read(blockId, ref, target);
    } catch (error) {
      if (!(error instanceof PromontoryError) || error.kind !== 'corrupt') throw error;
    }
  }

  /** Drops the records of blocks that end before `oldestMs`. @returns how many */
  dropBefore(oldestMs: number): number {
    const old = this.#blocks.filter((block) => block.lastTimestampMs < oldestMs);
    if (old.length === 0) return 0;
    this.#store.environment.writeDurably(() => {
      for (const block of old) this.#store.blocks.remove(refKey(block.id));
    });
    this.#blocks = this.#blocks.filter((block) => !old.includes(block));
    this.#dropped.push(...old.map((block) => block.id));
    return old.length;
  }

  /** Removes some chunks of dropped blocks. */
  removeChunksStep(): void {
    const blockId = this.#dropped[0];
    if (blockId === undefined) return;
    const start = chunkKey(blockId, 0, 0);
    const end = chunkKey(blockId + 1, 0, 0);
    const keys = [...this.#store.chunks.keys(start, end, undefined, CHUNKS_REMOVED_PER_STEP)];
    this.#store.environment.writeDurably(() => {
      for (const key of keys) this.#store.chunks.remove(key);
    });
    if (keys.length < CHUNKS_REMOVED_PER_STEP) this.#dropped.shift();
  }

  /** Block ids that have chunks and no record: a flush or a drop that a crash cut off. */
  #findOrphans(): number[] {
    const known = new Set(this.#blocks.map((block) => block.id));
    const orphans: number[] = [];
    let start = chunkKey(0, 0, 0);
    for (;;) {
      const [key] = this.#store.chunks.keys(start, CHUNK_KEY_END, undefined, 1);
      if (key === undefined) return orphans;
      const blockId = key.readUInt32BE(0);
      if (!known.has(blockId)) orphans.push(blockId);
      start = chunkKey(blockId + 1, 0, 0);
    }
  }
}
