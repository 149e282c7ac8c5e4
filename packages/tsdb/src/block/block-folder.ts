/**
 * Where blocks lie: `<blocks directory>/<block id, ten digits>/`, one LMDB environment each, and the keys in it.
 * A block counts when `main` has a record of it; a folder without one is what a crash left. `<block id>.deleted/`
 * is a folder on its way out.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@promontory/base';

const ID_DIGITS = 10;
const DELETED_SUFFIX = '.deleted';
const SEGMENT = 2;

/** First in key order. */
export const BLOCK_HEADER_KEY = Buffer.of(0);
export const BLOCK_INDEX_KEY = Buffer.of(1);
export const SEGMENT_KEY_MIN = Buffer.of(SEGMENT);
export const SEGMENT_KEY_END = Buffer.of(SEGMENT + 1);
const SEGMENT_KEY_BYTES = 5;

/** @returns owned bytes */
export function segmentKey(segmentNumber: number): Buffer {
  const key = Buffer.allocUnsafe(SEGMENT_KEY_BYTES);
  key.writeUInt8(SEGMENT, 0);
  key.writeUInt32BE(segmentNumber, 1);
  return key;
}

/** @returns null for a key that is not a segment's */
export function segmentNumberOfKey(key: Buffer): number | null {
  return key.length === SEGMENT_KEY_BYTES && key.readUInt8(0) === SEGMENT ? key.readUInt32BE(1) : null;
}

export function blockPath(blocksDirectory: string, blockId: number): string {
  return join(blocksDirectory, String(blockId).padStart(ID_DIGITS, '0'));
}

/** The ids that have a folder, ascending; of blocks that count and of what crashes left. */
export function listBlockIds(blocksDirectory: string): number[] {
  if (!existsSync(blocksDirectory)) return [];
  return readdirSync(blocksDirectory)
    .filter((name) => /^\d{10}$/.test(name))
    .map(Number)
    .sort((left, right) => left - right);
}

/**
 * Deletes the block's folder if it is there. It is renamed first: who opens the block's files by their names finds
 * all of them or none. Readers that have it open go on reading.
 */
export function deleteBlock(blocksDirectory: string, blockId: number): void {
  const path = blockPath(blocksDirectory, blockId);
  const aside = `${path}${DELETED_SUFFIX}`;
  rmSync(aside, { recursive: true, force: true });
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** Deletes what is left of folders whose deletion a crash cut off. */
export function finishDeletions(blocksDirectory: string): void {
  if (!existsSync(blocksDirectory)) return;
  for (const name of readdirSync(blocksDirectory))
    if (/^\d{10}\.deleted$/.test(name)) rmSync(join(blocksDirectory, name), { recursive: true, force: true });
}
