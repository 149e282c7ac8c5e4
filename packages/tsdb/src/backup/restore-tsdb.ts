/**
 * Makes a database of a backup. It is copied beside its place, checked, synced, and renamed when it is whole: a
 * crash leaves the place as it was, or the whole database. What an earlier restore left beside it is deleted.
 */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '@promontory/base';
import { blockPath } from '../block/block-folder.ts';
import { BLOCKS_FOLDER } from '../block/block-store.ts';
import { LOG_FOLDER, logPath, RECORDS_TABLE } from '../log/log.ts';
import { DEFAULT_TSDB_LIMITS } from '../options.ts';
import { DirectoryLock } from '../store/directory-lock.ts';
import { DiskGuard, type FreeBytesOf } from '../store/disk-guard.ts';
import { makeDirectoryDurably, syncDirectory } from '../store/durable-directory.ts';
import { DATA_FILE, SEAL_FILE } from '../store/environment-seal.ts';
import { checkLmdbFile } from '../store/lmdb-file-check.ts';
import { MAIN_FOLDER, TABLE_NAMES } from '../store/store.ts';
import { backupWriteError, copyFileDurably, fileChecksum, mustBeFree, takenTarget } from './backup-files.ts';
import {
  type BackupManifest,
  type BlockFile,
  type DataFile,
  invalidBackup,
  readManifest,
} from './backup-manifest.ts';
import { type BackupSummary, summaryOf, whyNotSealed } from './make-backup.ts';

export interface RestoreOptions {
  readonly backupDirectory: string;
  /** Where the database goes: empty or not there. */
  readonly directory: string;
  /** Bytes that stay free on its disk. Default: as of a database. */
  readonly diskReserveBytes?: number;
  /** Free bytes of the disk of a folder, for tests. Default: what the file system says. */
  readonly freeBytesOf?: FreeBytesOf;
}

/**
 * @throws PromontoryError ERR_BACKUP_INVALID (corrupt) when the backup is unfinished or damaged, ERR_BACKUP_TARGET
 *   (bad-data), ERR_BACKUP_WRITE, ERR_DISK_FULL, ERR_STORE_LOCKED (unavailable), ERR_STORE_FORMAT_VERSION;
 *   `directory` is as it was then
 */
export async function restoreTsdb(options: RestoreOptions): Promise<BackupSummary> {
  const directory = resolve(options.directory);
  const manifest = readManifest(options.backupDirectory);
  mustBeFree(directory);
  const unfinished = `${directory}.restoring`;
  try {
    makeDirectoryDurably(unfinished);
    const lock = await DirectoryLock.acquire(unfinished);
    try {
      await restoreInto(unfinished, manifest, options);
      moveTo(unfinished, directory);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw error;
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw backupWriteError(directory, error);
  }
  return summaryOf(manifest);
}

async function restoreInto(target: string, manifest: BackupManifest, options: RestoreOptions): Promise<void> {
  const { backupDirectory, diskReserveBytes = DEFAULT_TSDB_LIMITS.diskReserveBytes, freeBytesOf } = options;
  for (const name of [MAIN_FOLDER, LOG_FOLDER, BLOCKS_FOLDER])
    rmSync(join(target, name), { recursive: true, force: true });
  new DiskGuard(target, diskReserveBytes, freeBytesOf).mustHaveRoom(summaryOf(manifest).bytes);
  await restoreEnvironment(
    join(backupDirectory, MAIN_FOLDER),
    join(target, MAIN_FOLDER),
    manifest.main,
    TABLE_NAMES,
  );
  const logs = join(target, LOG_FOLDER);
  mkdirSync(logs);
  for (const log of manifest.logs) {
    const source = logPath(join(backupDirectory, LOG_FOLDER), log.generation);
    await restoreEnvironment(source, logPath(logs, log.generation), log, [RECORDS_TABLE]);
  }
  const blocks = join(target, BLOCKS_FOLDER);
  mkdirSync(blocks);
  for (const block of manifest.blocks) {
    const source = blockPath(join(backupDirectory, BLOCKS_FOLDER), block.id);
    await restoreBlock(source, blockPath(blocks, block.id), block);
  }
  for (const path of [logs, blocks, target]) syncDirectory(path);
}

/** Checks the copy, not the source: it is what will be used. */
async function restoreEnvironment(
  source: string,
  target: string,
  wanted: DataFile,
  tableNames: readonly string[],
): Promise<void> {
  mkdirSync(target);
  const file = join(target, DATA_FILE);
  await copyOut(join(source, DATA_FILE), file);
  const bytes = statSync(file).size;
  if (bytes !== wanted.bytes) throw invalidBackup(`${source} has ${bytes} bytes, want ${wanted.bytes}`);
  if ((await fileChecksum(file, () => undefined)) !== wanted.checksum)
    throw invalidBackup(`the checksum of ${source} does not match`);
  const damage = checkLmdbFile(target, tableNames);
  if (damage !== null) throw invalidBackup(`${source} is damaged: ${damage.reason}`);
  syncDirectory(target);
}

async function restoreBlock(source: string, target: string, block: BlockFile): Promise<void> {
  mkdirSync(target);
  for (const name of [DATA_FILE, SEAL_FILE]) {
    if (block.isIntact || isThere(join(source, name))) await copyOut(join(source, name), join(target, name));
  }
  const reason = block.isIntact ? whyNotSealed(target) : null;
  if (reason !== null) throw invalidBackup(`block ${block.id} is damaged: ${reason}`);
  syncDirectory(target);
}

async function copyOut(source: string, target: string): Promise<void> {
  try {
    await copyFileDurably(source, target);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw invalidBackup(`${source} is missing`, error);
    throw error;
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The name is free, or that of an empty folder, which gives way. */
function moveTo(unfinished: string, directory: string): void {
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? ''))
      throw takenTarget(directory, 'something was put there meanwhile');
    throw error;
  }
  syncDirectory(dirname(directory));
}
