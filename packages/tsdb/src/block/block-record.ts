/**
 * A block's record in `main`, by which it counts (docs/format/tsdb.md, `blocks`): what its own header says, and
 * the length of its data file.
 *
 *   crc32 u32 | the header's fields, from its version on | bytes f64
 */
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import { KEY_END, KEY_START } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { OnDamage } from '../store/damage.ts';
import type { Store } from '../store/store.ts';
import { damageReason } from '../store/damage.ts';
import { BLOCK_HEADER_BYTES, type Block, decodeBlockHeader, encodeBlockHeader } from './block-header.ts';

const RECORD_BYTES = BLOCK_HEADER_BYTES + 8;

export function encodeBlockRecord(block: Block): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  encodeBlockHeader(block).copy(record);
  record.writeDoubleLE(block.bytes, BLOCK_HEADER_BYTES);
  return sealRecord(record);
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION */
export function decodeBlockRecord(bytes: Buffer, blockId: number): Block {
  const record = mustBeIntact(bytes, `record of block ${blockId}`);
  const header = sealRecord(Buffer.from(record.subarray(0, BLOCK_HEADER_BYTES)));
  const fileBytes = record.length === RECORD_BYTES ? record.readDoubleLE(BLOCK_HEADER_BYTES) : 0;
  return decodeBlockHeader(header, blockId, fileBytes);
}

/**
 * All blocks, by id. One whose record is damaged is described by its own header.
 *
 * @param ownHeader reads that; null when it cannot be read either
 */
export function readBlocks(
  store: Store,
  ownHeader: (blockId: number) => Block | null,
  onDamage: OnDamage,
  snapshot?: LmdbSnapshot,
): Block[] {
  const blocks: Block[] = [];
  for (const { key, value } of store.blocks.range(KEY_START, KEY_END, snapshot)) {
    const blockId = key.readUInt32BE(0);
    try {
      blocks.push(decodeBlockRecord(value, blockId));
    } catch (error) {
      onDamage({ what: 'block record', where: `block ${blockId}`, reason: damageReason(error) });
      const block = ownHeader(blockId);
      if (block !== null) blocks.push(block);
    }
  }
  return blocks;
}
