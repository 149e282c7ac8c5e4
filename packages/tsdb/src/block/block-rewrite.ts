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
  readonly blockId: number;
  readonly #options: BlockRewriteOptions;
  readonly #writer: BlockWriter;
  /** Until `release`. */
  #readers: readonly BlockReader[];
  /** Made by the first step: it reads. */
  #merge: BlockMerge | null = null;

  /** @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION */
  constructor(options: BlockRewriteOptions) {
    const { blocksDirectory, blockId, codec, open } = options;
    this.#options = options;
    this.blockId = blockId;
    this.inputs = options.inputs.toSorted((left, right) => left.id - right.id);
    const levels = this.inputs.map(({ level }) => level);
    this.#readers = open.acquire(this.inputs);
    try {
      this.#writer = new BlockWriter({
        blocksDirectory,
        blockId,
        codec,
        level: Math.max(...levels) + (levels.length > 1 ? 1 : 0),
        firstGeneration: Math.min(...this.inputs.map(({ firstGeneration }) => firstGeneration)),
        lastGeneration: Math.max(...this.inputs.map(({ lastGeneration }) => lastGeneration)),
      });
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /**
   * @returns true when all samples are written
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION; only `abort` is left then
   */
  step(samplesMax: number): boolean {
    const { codec, tombstones } = this.#options;
    this.#merge ??= new BlockMerge({
      readers: this.#readers,
      writer: this.#writer,
      codec,
      leaveOut: (ref, _kind, inputId) => tombstones.rangesOf(ref, inputId),
    });
    return this.#merge.step(samplesMax);
  }

  /**
   * @returns the block on disk, null when nothing was left; then `release`, or `abort`
   * @throws PromontoryError ERR_STORE_WRITE; only `abort` is left then
   */
  async finish(): Promise<Block | null> {
    return this.#writer.finish();
  }

  /** Gives the inputs back. Calling it twice is fine. */
  release(): void {
    const readers = this.#readers;
    this.#readers = [];
    this.#options.open.release(readers);
  }

  /** Deletes what was written, also after `finish`, and gives the inputs back. Calling it twice is fine. */
  async abort(): Promise<void> {
    try {
      await this.#writer.abort();
    } finally {
      this.release();
    }
  }
}
