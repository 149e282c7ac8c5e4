/** Turns frozen generations into blocks: a step a call. */
import { errorCode } from '@promontory/base';
import { BlockFlush } from '../block/block-flush.ts';
import { ERR_STORE_FAILED } from '../error-codes.ts';
import type { DatabaseParts } from './database-parts.ts';

const SERIES_PER_STEP = 1000;

export class FlushTask {
  readonly #parts: DatabaseParts;
  readonly #onRetired: (refs: Int32Array) => void;
  #flush: BlockFlush | null = null;

  /** @param onRetired told of the series of each generation that left memory */
  constructor(parts: DatabaseParts, onRetired: (refs: Int32Array) => void) {
    this.#parts = parts;
    this.#onRetired = onRetired;
  }

  /**
   * @returns false when there is no frozen generation
   * @throws PromontoryError ERR_STORE_WRITE, ERR_DISK_FULL; the flush starts again at the next call;
   *   ERR_STORE_FAILED
   */
  async step(): Promise<boolean> {
    const { head, blocks, guard, meta } = this.#parts;
    const frozen = head.oldestFrozen;
    if (frozen === null) return false;
    try {
      if (this.#flush === null) {
        guard.mustHaveRoom(head.logBytesOf(frozen.generation));
        const { codec, directory: blocksDirectory } = blocks;
        const blockId = meta.current.nextBlockId;
        blocks.mustBeGone(blockId);
        this.#flush = new BlockFlush(frozen, { blocksDirectory, blockId, codec });
      }
      if (this.#flush.step(SERIES_PER_STEP)) await this.#finish(this.#flush);
    } catch (error) {
      // The block's record may be on disk: its files stay. If it is not, they go at the next open.
      if (errorCode(error) === ERR_STORE_FAILED) this.#flush = null;
      await this.abort();
      throw error;
    }
    return true;
  }

  /** Forgets a flush that is under way; the generation stays in memory and log. */
  async abort(): Promise<void> {
    const flush = this.#flush;
    this.#flush = null;
    try {
      await flush?.abort();
    } catch {
      if (flush !== null) this.#parts.blocks.discard(flush.blockId);
    }
  }

  /** From the block's record on, what is in the block counts, and the log does not. */
  async #finish(flush: BlockFlush): Promise<void> {
    const { store, blocks, registry, meta, head, statistics } = this.#parts;
    const block = await flush.finish();
    const added = block === null ? [] : [block];
    store.environment.writeDurably(() => {
      blocks.putReplacement([], added);
      registry.put(true);
      meta.put({ nextBlockId: meta.current.nextBlockId + 1, flushedGeneration: flush.generation });
    });
    this.#flush = null;
    registry.markPut();
    meta.mark();
    blocks.replace([], added);
    statistics.blocksWritten++;
    this.#onRetired(flush.refs);
    await head.retireOldest();
  }
}
