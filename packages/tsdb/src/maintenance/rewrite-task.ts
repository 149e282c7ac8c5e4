/**
 * Merges blocks, and makes those anew from which something was deleted: a step a call. A damaged block stays as it
 * is: in a new one nothing would tell what is missing. What there is no room for on the disk is passed over while there
 * is room for something else.
 */
import { errorCode } from '@promontory/base';
import type { Block } from '../block/block-header.ts';
import { BlockRewrite } from '../block/block-rewrite.ts';
import { chooseMerge, sumBytes } from '../block/merge-policy.ts';
import type { Tombstone } from '../deletion/tombstone.ts';
import type { Tombstones } from '../deletion/tombstones.ts';
import { ERR_STORE_FAILED } from '../error-codes.ts';
import { intersect } from '../index/ref-sets.ts';
import { refKey } from '../store/keys.ts';
import type { DatabaseParts } from './database-parts.ts';

const SAMPLES_PER_STEP = 50_000;

export class RewriteTask {
  readonly #parts: DatabaseParts;
  readonly #onRemoved: (refs: Int32Array) => void;
  #rewrite: BlockRewrite | null = null;
  /** The state in which nothing was to be rewritten. */
  #doneBlocks: readonly Block[] | null = null;
  #doneTombstones: Tombstones | null = null;

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
      const isWritten = this.#rewrite.step(SAMPLES_PER_STEP);
      if (!this.#mayReplace(this.#rewrite.inputs)) await this.abort();
      else if (isWritten) await this.#finish(this.#rewrite);
      return true;
    } catch (error) {
      // The new block's record may be on disk: its files stay. If it is not, they go at the next open.
      if (errorCode(error) === ERR_STORE_FAILED) this.#leave();
      else await this.abort();
      throw error;
    }
  }

  /**
   * Whether an intact block has samples that are to be left out of it; tombstones of which no block has any go now.
   *
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ
   */
  hasDeletions(): boolean {
    this.#removeDoneTombstones();
    return this.#chooseDeletion(this.#intactBlocks()) !== null;
  }

  /** Forgets a rewrite that is under way; its inputs stay. */
  async abort(): Promise<void> {
    const rewrite = this.#rewrite;
    this.#rewrite = null;
    try {
      await rewrite?.abort();
    } catch {
      if (rewrite !== null) this.#parts.blocks.discard(rewrite.blockId);
    }
  }

  #leave(): void {
    this.#rewrite?.release();
    this.#rewrite = null;
  }

  #start(): BlockRewrite | null {
    const inputs = this.#chooseInputs();
    if (inputs === null) return null;
    const { blocks, meta, guard, store } = this.#parts;
    guard.mustHaveRoom(sumBytes(inputs));
    const blockId = meta.current.nextBlockId;
    // The id is taken at once: a tombstone that is made meanwhile has to hold for the new block.
    store.environment.writeDurably(() => meta.put({ nextBlockId: blockId + 1 }));
    meta.mark();
    const { codec, directory: blocksDirectory, open, tombstones } = blocks;
    return new BlockRewrite({ blocksDirectory, blockId, codec, open, tombstones, inputs });
  }

  #chooseInputs(): readonly Block[] | null {
    const { blocks, guard } = this.#parts;
    if (blocks.list === this.#doneBlocks && blocks.tombstones === this.#doneTombstones) return null;
    this.#removeDoneTombstones();
    const intact = this.#intactBlocks();
    // With no room for any it is for the guard to say so.
    const inputs =
      this.#chooseWithin(intact, guard.roomBytes()) ?? this.#chooseWithin(intact, Number.POSITIVE_INFINITY);
    if (inputs === null) {
      this.#doneBlocks = blocks.list;
      this.#doneTombstones = blocks.tombstones;
    }
    return inputs;
  }

  #intactBlocks(): readonly Block[] {
    const { blocks } = this.#parts;
    return blocks.list.filter(({ id }) => !blocks.open.isDamaged(id));
  }

  #chooseWithin(intact: readonly Block[], roomBytes: number): readonly Block[] | null {
    const fitting = intact.filter(({ bytes }) => bytes <= roomBytes);
    return this.#chooseDeletion(fitting) ?? chooseMerge(intact, this.#parts.limits.retentionMs, roomBytes);
  }

  #chooseDeletion(blocks: readonly Block[]): readonly Block[] | null {
    for (const tombstone of this.#parts.blocks.tombstones.list) {
      const block = blocks.find((candidate) => this.#isHit(candidate, tombstone));
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

  /** Whether the tombstone names series that the block has, or may have, at times that it has. */
  #isHit(block: Block, tombstone: Tombstone): boolean {
    if (block.id >= tombstone.blockIdEnd) return false;
    if (block.lastTimestampMs < tombstone.startMsInclusive) return false;
    if (block.firstTimestampMs > tombstone.endMsInclusive) return false;
    const refs = this.#parts.blocks.refsOf(block);
    return refs === null || intersect(refs, tombstone.refs).length > 0;
  }

  /** Whether all are still there: retention may have dropped one, whose samples must not come back; and none is damaged. */
  #mayReplace(inputs: readonly Block[]): boolean {
    const { list, open } = this.#parts.blocks;
    return inputs.every((block) => list.includes(block) && !open.isDamaged(block.id));
  }

  async #finish(rewrite: BlockRewrite): Promise<void> {
    const { store, blocks, statistics } = this.#parts;
    const block = await rewrite.finish();
    const added = block === null ? [] : [block];
    store.environment.writeDurably(() => blocks.putReplacement(rewrite.inputs, added));
    this.#leave();
    statistics.blocksMerged++;
    blocks.replace(rewrite.inputs, added);
  }
}
