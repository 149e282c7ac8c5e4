/**
 * What a commit leaves behind whose write of its meta page failed. LMDB gives that page its number from before back,
 * but not its trees: a commit looks the same whose number was damaged later, and the check of the file refuses that.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_FILE } from './environment-seal.ts';
import {
  META_BYTES,
  META_MAP_SIZE_AT,
  META_TRANSACTION_AT,
  PAGE_BYTES,
  PAGE_HEADER_BYTES,
  readU64,
} from './lmdb-page.ts';

/**
 * Gives the meta page that is not in use the trees of the one that is, so that nothing of the commit is left.
 *
 * @param directory of an environment in which LMDB takes no transactions any more
 * @throws what the file system throws
 */
export function eraseFailedCommit(directory: string): void {
  const fd = openSync(join(directory, DATA_FILE), 'r+');
  try {
    const even = readMeta(fd, 0);
    const odd = readMeta(fd, 1);
    const isOddNewer = readU64(odd, META_TRANSACTION_AT) > readU64(even, META_TRANSACTION_AT);
    const trees = (isOddNewer ? odd : even).subarray(META_MAP_SIZE_AT, META_TRANSACTION_AT);
    writeSync(fd, trees, 0, trees.length, metaAt(isOddNewer ? 0 : 1) + META_MAP_SIZE_AT);
  } finally {
    closeSync(fd);
  }
}

function readMeta(fd: number, page: number): Buffer {
  const bytes = Buffer.alloc(META_BYTES);
  readSync(fd, bytes, 0, META_BYTES, metaAt(page));
  return bytes;
}

function metaAt(page: number): number {
  return page * PAGE_BYTES + PAGE_HEADER_BYTES;
}
