/**
 * Folders that survive a loss of power. A file's sync makes its contents certain, not its name: that is an
 * entry of its folder, which has to be synced too.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode } from '@promontory/base';

/** What says that a folder may not be read, or lies where folders are not synced: others made what is in it. */
const CANNOT_SYNC: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EINVAL', 'EROFS']);

/** Makes certain which entries the folder has. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes the folder and those above it that are missing, and makes certain that they are there.
 *
 * Each is certain before the next is made in it. So when a process died on the way, only the last one that is there
 * can be uncertain, and that one is made certain by the next call. One that was made now and cannot be made certain goes
 * again, so that the next call fails as this one does.
 */
export function makeDirectoryDurably(path: string): void {
  const folder = resolve(path);
  const parent = dirname(folder);
  if (!existsSync(folder)) makeDirectoryDurably(parent);
  const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
  try {
    syncDirectory(parent);
  } catch (error) {
    if (isNew) tryRemove(folder);
    if (isNew || !CANNOT_SYNC.has(errorCode(error))) throw error;
  }
}

function tryRemove(emptyFolder: string): void {
  try {
    rmdirSync(emptyFolder);
  } catch {
    // Another process put something into it, or the disk refuses that too: the error before is the one to tell.
  }
}
