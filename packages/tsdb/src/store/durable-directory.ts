/**
 * Folders that survive a loss of power. A file's sync makes its contents certain, not its name: that is an
 * entry of its folder, which has to be synced too.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes certain which entries the folder has. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the folder and those above it that are missing, and makes them certain. */
export function makeDirectoryDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    syncDirectory(folder);
    if (folder === top || folder === dirname(folder)) return;
  }
}
