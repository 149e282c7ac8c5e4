/** What a folder takes on disk. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** POSIX counts allocated blocks in these, whatever the file system's own are. */
const STAT_BLOCK_BYTES = 512;

export interface FolderSize {
  /** Lengths of all files. */
  readonly apparentBytes: number;
  /** Disk blocks of all files and folders: holes count nothing, last blocks count whole. */
  readonly allocatedBytes: number;
}

export function folderSize(folder: string): FolderSize {
  let apparentBytes = 0;
  let allocatedBytes = lstatSync(folder).blocks * STAT_BLOCK_BYTES;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const stats = lstatSync(join(entry.parentPath, entry.name));
    allocatedBytes += stats.blocks * STAT_BLOCK_BYTES;
    if (entry.isFile()) apparentBytes += stats.size;
  }
  return { apparentBytes, allocatedBytes };
}
