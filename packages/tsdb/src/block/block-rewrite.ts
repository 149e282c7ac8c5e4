/**
 * Makes one block of several, or one anew without what was deleted from it, in steps. What the tombstones of the
 * moment when it starts take out of each input does not go into the new block; a tombstone that comes later
 * holds for the new block as well, whose id was given before.
 */
import type { ColumnCodec } from '../chunk/column-codec.ts';
import type { Tombstones } from '../deletion/tombstones.ts';
import type { Block } from './block-header.ts';
import { BlockMerge } from './block-merge.ts';
import type { BlockReader } from './block-reader.ts';
import { BlockWriter } from './block-writer.ts';
import type { OpenBlocks } from './open-blocks.ts';

export interface BlockRewriteOptions {
  readonly blocksDirectory: string;
  readonly blockId: number;
  readonly codec: ColumnCodec;
  readonly open: OpenBlocks;
  readonly tombstones: Tombstones;
  readonly inputs: readonly Block[];
}

export class BlockRewrite {
  /** In the order of their ids: of equal timestamps the earlier block's sample stays. */
  readonly inputs: readonly Block[];
  readonly #open: OpenBlocks;
  readonly #readers: readonly BlockReader[];
  readonly #writer: BlockWriter;
  readonly #merge: BlockMerge;

  /** @throws PromontoryError ERR_STORE_WRITE */
  constructor(options: BlockRewriteOptions) {
    const { blocksDirectory, blockId, codec, open, tombstones } = options;
    this.inputs = options.inputs.toSorted((left, right) => left.id - right.id);
    this.#open = open;
    const levels = this.inputs.map(({ level }) => level);
    this.#writer = new BlockWriter({
      blocksDirectory,
      blockId,
      codec,
      level: Math.max(...levels) + (levels.length > 1 ? 1 : 0),
      firstGeneration: Math.min(...this.inputs.map(({ firstGeneration }) => firstGeneration)),
      lastGeneration: Math.max(...this.inputs.map(({ lastGeneration }) => lastGeneration)),
    });
    this.#readers = open.acquire(this.inputs);
    this.#merge = new BlockMerge({
      readers: this.#readers,
      writer: this.#writer,
      codec,
      leaveOut: (ref, _kind, inputId) => tombstones.rangesOf(ref, inputId),
    });
  }

  /**
   * @returns true when all samples are written
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION; only `abort` is left then
   */
  step(samplesMax: number): boolean {
    return this.#merge.step(samplesMax);
  }

  /**
   * @returns the block on disk, null when nothing was left
   * @throws PromontoryError ERR_STORE_WRITE; only `abort` is left then
   */
  async finish(): Promise<Block | null> {
    const block = await this.#writer.finish();
    this.#open.release(this.#readers);
    return block;
  }

  async abort(): Promise<void> {
    await this.#writer.abort();
    this.#open.release(this.#readers);
  }
}
