/**
 * The blocks that one thread has open. A block is opened when a reader first needs it and closed when it is not
 * listed any more and nobody reads it. The writer may delete a block's files meanwhile: who has it open goes on
 * reading.
 */
import { existsSync } from 'node:fs';
import { assert } from '@promontory/base';
import type { ColumnCodec } from '../chunk/column-codec.ts';
import type { OnDamage } from '../store/damage.ts';
import type { BlockDamage } from './block-damage.ts';
import { blockPath } from './block-folder.ts';
import type { Block } from './block-header.ts';
import { BlockReader } from './block-reader.ts';

interface OpenBlock {
  readonly reader: BlockReader;
  uses: number;
}

export class OpenBlocks {
  readonly #blocksDirectory: string;
  readonly #codec: ColumnCodec;
  readonly #onDamage: OnDamage;
  readonly #open = new Map<number, OpenBlock>();

  constructor(blocksDirectory: string, codec: ColumnCodec, onDamage: OnDamage) {
    this.#blocksDirectory = blocksDirectory;
    this.#codec = codec;
    this.#onDamage = onDamage;
  }

  /**
   * Opens the blocks, to be given back by `release`.
   *
   * @returns readers in the order of the blocks, or null when one has no files: it was deleted since the blocks
   *   were listed
   */
  tryAcquire(blocks: readonly Block[]): readonly BlockReader[] | null {
    const acquired: BlockReader[] = [];
    for (const { id } of blocks) {
      const reader = this.#tryOpen(id);
      if (reader === null) {
        this.release(acquired);
        return null;
      }
      acquired.push(reader);
    }
    return acquired;
  }

  /** As `tryAcquire`; a block without files is reported as damaged and reads as empty. */
  acquire(blocks: readonly Block[]): readonly BlockReader[] {
    return blocks.map(({ id }) => this.#tryOpen(id) ?? this.#use(id));
  }

  release(readers: readonly BlockReader[]): void {
    for (const { blockId } of readers) {
      const open = this.#open.get(blockId);
      assert(open !== undefined && open.uses > 0, 'a block is released by who acquired it', { blockId });
      open.uses--;
    }
  }

  /** Closes the blocks that are not listed any more, but those in use. */
  closeOthers(listed: ReadonlySet<number>): void {
    for (const [id, { reader, uses }] of this.#open) {
      if (uses > 0 || listed.has(id)) continue;
      this.#open.delete(id);
      void reader.close();
    }
  }

  /** What a block says about itself; null when it cannot be read. */
  header(blockId: number): Block | null {
    const reader = this.#use(blockId);
    try {
      return reader.block();
    } finally {
      this.release([reader]);
    }
  }

  async close(): Promise<void> {
    for (const { reader } of this.#open.values()) await reader.close();
    this.#open.clear();
  }

  #tryOpen(blockId: number): BlockReader | null {
    const isOpen = this.#open.has(blockId);
    if (!isOpen && !existsSync(blockPath(this.#blocksDirectory, blockId))) return null;
    const reader = this.#use(blockId);
    reader.open();
    return reader;
  }

  #use(blockId: number): BlockReader {
    let open = this.#open.get(blockId);
    if (open === undefined) {
      const reader = new BlockReader({
        blocksDirectory: this.#blocksDirectory,
        blockId,
        codec: this.#codec,
        onDamage: (damage) => this.#onDamage(describe(damage)),
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
