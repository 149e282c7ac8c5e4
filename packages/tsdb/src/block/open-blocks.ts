/**
 * The blocks that one thread has open. A block is opened when a reader first needs it and closed when it is not
 * listed any more and nobody reads it. The writer may delete a block's files meanwhile: who has it open goes on
 * reading.
 */
import { assert } from '@promontory/base';
import type { ColumnCodec } from '../chunk/column-codec.ts';
import type { OnDamage } from '../store/damage.ts';
import type { BlockDamage } from './block-damage.ts';
import type { Block } from './block-header.ts';
import { BlockReader } from './block-reader.ts';
import { SegmentCache } from './segment-cache.ts';

/** Damage by which samples are lost. */
const LOSSES: ReadonlySet<BlockDamage['what']> = new Set(['block', 'segment', 'chunk']);

export interface OpenBlocksOptions {
  readonly blocksDirectory: string;
  readonly codec: ColumnCodec;
  /** Bounds the segments that are kept, with what was decoded of them; one is kept even when it takes more. */
  readonly decodedBytesMax: number;
  readonly onDamage: OnDamage;
}

interface OpenBlock {
  readonly reader: BlockReader;
  uses: number;
}

export class OpenBlocks {
  readonly #options: OpenBlocksOptions;
  readonly #segments: SegmentCache;
  readonly #open = new Map<number, OpenBlock>();
  readonly #damaged = new Set<number>();
  /** Settles when all that `closeOthers` closed is closed. */
  #closing: Promise<void> = Promise.resolve();

  constructor(options: OpenBlocksOptions) {
    this.#options = options;
    this.#segments = new SegmentCache(options.codec, options.decodedBytesMax);
  }

  /**
   * Opens the blocks, to be given back by `release`. Files that are missing mean that a block was deleted since the
   * blocks were listed, or that it is damaged; a list that was read after they were missed tells which.
   *
   * @param missing ids of blocks whose files were missed before the blocks were listed: they are reported as
   *   damaged and read as empty. The id of another one without files is added.
   * @returns readers in the order of the blocks, or null when an id was added
   * @throws PromontoryError ERR_STORE_READ, ERR_STORE_FORMAT_VERSION; nothing is to be given back then
   */
  tryAcquire(blocks: readonly Block[], missing: Set<number>): readonly BlockReader[] | null {
    const acquired: BlockReader[] = [];
    try {
      for (const { id } of blocks) {
        const reader = this.#use(id);
        acquired.push(reader);
        if (reader.tryOpenFiles() || missing.has(id)) continue;
        missing.add(id);
        this.release(acquired);
        return null;
      }
      return acquired;
    } catch (error) {
      this.release(acquired);
      throw error;
    }
  }

  /** As `tryAcquire`, for who deletes blocks himself: one without files is damaged. */
  acquire(blocks: readonly Block[]): readonly BlockReader[] {
    const readers = this.tryAcquire(blocks, new Set(blocks.map(({ id }) => id)));
    assert(readers !== null, 'blocks without files are taken');
    return readers;
  }

  /** Runs `action` on a block's reader, as `acquire` gives it. */
  use<T>(block: Block, action: (reader: BlockReader) => T): T {
    const reader = this.#use(block.id);
    try {
      reader.tryOpenFiles();
      return action(reader);
    } finally {
      this.#release(block.id);
    }
  }

  /** Whether samples of the block were found lost in this thread. */
  isDamaged(blockId: number): boolean {
    return this.#damaged.has(blockId);
  }

  release(readers: readonly BlockReader[]): void {
    for (const { blockId } of readers) this.#release(blockId);
  }

  /** Closes the blocks that are not listed any more, but those in use, and forgets their damage. */
  closeOthers(listed: ReadonlySet<number>): void {
    for (const [id, { reader, uses }] of this.#open) {
      if (uses > 0 || listed.has(id)) continue;
      this.#open.delete(id);
      const closed = reader.close();
      this.#closing = this.#closing.then(() => closed);
    }
    for (const id of this.#damaged) if (!listed.has(id)) this.#damaged.delete(id);
    // An error is for `close` to throw.
    this.#closing.catch(() => undefined);
  }

  /** What a block says about itself; null when it cannot be read. */
  header(blockId: number): Block | null {
    const reader = this.#use(blockId);
    try {
      return reader.block();
    } finally {
      this.#release(blockId);
    }
  }

  async close(): Promise<void> {
    this.#segments.clear();
    for (const { reader } of this.#open.values()) await reader.close();
    this.#open.clear();
    await this.#closing;
  }

  #release(blockId: number): void {
    const open = this.#open.get(blockId);
    assert(open !== undefined && open.uses > 0, 'a block is released by who acquired it', { blockId });
    open.uses--;
  }

  #report(damage: BlockDamage): void {
    if (LOSSES.has(damage.what)) this.#damaged.add(damage.blockId);
    this.#options.onDamage(describe(damage));
  }

  #use(blockId: number): BlockReader {
    let open = this.#open.get(blockId);
    if (open === undefined) {
      const reader = new BlockReader({
        blocksDirectory: this.#options.blocksDirectory,
        blockId,
        codec: this.#options.codec,
        segments: this.#segments,
        onDamage: (damage) => this.#report(damage),
      });
      open = { reader, uses: 0 };
      this.#open.set(blockId, open);
    }
    open.uses++;
    return open.reader;
  }
}

function describe(damage: BlockDamage): Parameters<OnDamage>[0] {
  const { what, blockId, segmentNumber, ref, lastRef, firstTimestampMs, lastTimestampMs, reason } = damage;
  const places = [
    `block ${blockId}`,
    segmentNumber !== undefined && `segment ${segmentNumber}`,
    ref !== undefined && (lastRef === undefined ? `series ${ref}` : `series ${ref} to ${lastRef}`),
    what === 'chunk' && `chunk at ${firstTimestampMs}`,
    (what === 'index' || what === 'header' || what === 'order') && what,
  ];
  return {
    what: what === 'segment' || what === 'chunk' ? what : 'block',
    where: places.filter((place) => place !== false).join(', '),
    reason,
    ...(firstTimestampMs !== undefined && { firstTimestampMs }),
    ...(lastTimestampMs !== undefined && { lastTimestampMs }),
  };
}
