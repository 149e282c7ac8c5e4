/** Merges blocks, and makes those anew from which something was deleted: a step a call. */
import { deleteBlock } from '../block/block-folder.ts';
import type { Block } from '../block/block-header.ts';
import { BlockRewrite } from '../block/block-rewrite.ts';
import { chooseMerge } from '../block/merge-policy.ts';
import type { Tombstone } from '../deletion/tombstone.ts';
import { intersect } from '../index/ref-sets.ts';
import { refKey } from '../store/keys.ts';
import type { DatabaseParts } from './database-parts.ts';

const SAMPLES_PER_STEP = 50_000;

export class RewriteTask {
  readonly #parts: DatabaseParts;
  readonly #onRemoved: (refs: Int32Array) => void;
  #rewrite: BlockRewrite | null = null;

  /** @param onRemoved told of series that may have lost their last samples */
  constructor(parts: DatabaseParts, onRemoved: (refs: Int32Array) => void) {
    this.#parts = parts;
    this.#onRemoved = onRemoved;
  }

  /**
   * @returns false when nothing is to be rewritten
   * @throws PromontoryError ERR_STORE_WRITE, ERR_DISK_FULL, ERR_STORE_READ; the rewrite starts again later
   */
  async step(): Promise<boolean> {
    try {
      this.#rewrite ??= this.#start();
      if (this.#rewrite === null) return false;
      if (this.#rewrite.step(SAMPLES_PER_STEP)) await this.#finish(this.#rewrite);
      return true;
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /** Forgets a rewrite that is under way; its inputs stay. */
  async abort(): Promise<void> {
    const rewrite = this.#rewrite;
    this.#rewrite = null;
    await rewrite?.abort();
  }

  #start(): BlockRewrite | null {
    const { blocks, limits, meta, guard, store } = this.#parts;
    this.#removeDoneTombstones();
    const inputs = this.#chooseDeletion() ?? chooseMerge(blocks.list, limits.retentionMs);
    if (inputs === null) return null;
    guard.mustHaveRoom(inputs.reduce((bytes, block) => bytes + block.bytes, 0));
    const blockId = meta.current.nextBlockId;
    // The id is taken at once: a tombstone that is made meanwhile has to hold for the new block.
    store.environment.writeDurably(() => meta.put({ nextBlockId: blockId + 1 }));
    meta.mark();
    const { codec, directory: blocksDirectory, open, tombstones } = blocks;
    return new BlockRewrite({ blocksDirectory, blockId, codec, open, tombstones, inputs });
  }

  #chooseDeletion(): readonly Block[] | null {
    const { blocks } = this.#parts;
    for (const tombstone of blocks.tombstones.list) {
      const block = blocks.list.find((candidate) => this.#isHit(candidate, tombstone));
      if (block !== undefined) return [block];
    }
    return null;
  }

  #removeDoneTombstones(): void {
    const { blocks, store } = this.#parts;
    const done = blocks.tombstones.list.filter(
      (tombstone) => !blocks.list.some((block) => this.#isHit(block, tombstone)),
    );
    if (done.length === 0) return;
    store.environment.writeDurably(() => {
      for (const { id } of done) store.tombstones.remove(refKey(id));
    });
    blocks.reloadTombstones();
    for (const { refs } of done) this.#onRemoved(refs);
  }

  /** Whether the tombstone names series that the block has, at times that it has. */
  #isHit(block: Block, tombstone: Tombstone): boolean {
    if (block.id >= tombstone.blockIdEnd) return false;
    if (block.lastTimestampMs < tombstone.startMsInclusive) return false;
    if (block.firstTimestampMs > tombstone.endMsInclusive) return false;
    const { open } = this.#parts.blocks;
    const readers = open.acquire([block]);
    const isHit = readers.some((reader) => intersect(reader.refs(), tombstone.refs).length > 0);
    open.release(readers);
    return isHit;
  }

  async #finish(rewrite: BlockRewrite): Promise<void> {
    const { store, blocks, statistics } = this.#parts;
    const block = await rewrite.finish();
    const added = block === null ? [] : [block];
    this.#rewrite = null;
    try {
      store.environment.writeDurably(() => blocks.putReplacement(rewrite.inputs, added));
    } catch (error) {
      // It is made anew under another id.
      for (const { id } of added) deleteBlock(blocks.directory, id);
      throw error;
    }
    blocks.replace(rewrite.inputs, added);
    statistics.blocksMerged++;
  }
}
