/**
 * Copies a database while it is in use. The logs come first and `main` after them: a log record names only
 * series that were in `main` before it. Blocks never change, so that a second name for their files does where the
 * file system allows it. Nobody makes, merges or deletes blocks or retires a log meanwhile.
 *
 * The backup has the shape of a database, and the file `backup` besides, which is written when everything else is
 * on disk: without it a backup is not one.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '@promontory/base';
import { blockPath } from '../block/block-folder.ts';
import { BLOCKS_FOLDER } from '../block/block-store.ts';
import { LOG_FOLDER } from '../log/log.ts';
import type { DatabaseParts } from '../maintenance/database-parts.ts';
import { damageReason } from '../store/damage.ts';
import { makeDirectoryDurably, syncDirectory } from '../store/durable-directory.ts';
import { DATA_FILE, mustMatchEnvironmentSeal, SEAL_FILE } from '../store/environment-seal.ts';
import { MAIN_FOLDER } from '../store/store.ts';
import {
  backupWriteError,
  fileChecksum,
  linkOrCopy,
  mustBeFree,
  mustBeOutside,
  type MustGoOn,
  takenTarget,
  writeFileDurably,
} from './backup-files.ts';
import {
  type BackupManifest,
  type BlockFile,
  type DataFile,
  encodeManifest,
  type LogFile,
  MANIFEST_FILE,
} from './backup-manifest.ts';

export interface BackupSummary {
  readonly madeMs: number;
  /** Of the data files, whether copied or linked. */
  readonly bytes: number;
  readonly blockCount: number;
}

export function summaryOf({ madeMs, main, logs, blocks }: BackupManifest): BackupSummary {
  const files: readonly { readonly bytes: number }[] = [main, ...logs, ...blocks];
  return { madeMs, bytes: files.reduce((sum, file) => sum + file.bytes, 0), blockCount: blocks.length };
}

/**
 * @param parts with everything committed; no block and no log goes until it has ended
 * @param target empty or not there, outside of the database's folder
 * @param mustGoOn called between pieces of work
 * @throws PromontoryError ERR_BACKUP_TARGET (bad-data), ERR_BACKUP_WRITE, ERR_DISK_FULL (unavailable), and what
 *   `mustGoOn` throws; what was written is deleted then
 */
export async function makeBackup(
  parts: DatabaseParts,
  target: string,
  mustGoOn: MustGoOn,
): Promise<BackupSummary> {
  mustBeOutside(target, dirname(parts.store.environment.directory));
  mustBeFree(target);
  let isClaimed = false;
  try {
    makeDirectoryDurably(target);
    parts.guard.mustHaveRoom(bytesToWrite(parts, target), target);
    claim(target);
    isClaimed = true;
    return await new BackupRun(parts, target, mustGoOn).run();
  } catch (error) {
    if (isClaimed) removeParts(target);
    throw backupWriteError(target, error);
  }
}

class BackupRun {
  readonly #parts: DatabaseParts;
  readonly #target: string;
  readonly #mustGoOn: MustGoOn;

  constructor(parts: DatabaseParts, target: string, mustGoOn: MustGoOn) {
    this.#parts = parts;
    this.#target = target;
    this.#mustGoOn = mustGoOn;
  }

  async run(): Promise<BackupSummary> {
    const { clock } = this.#parts;
    const madeMs = clock.nowMs();
    const logs = await this.#copyLogs();
    const main = await this.#copyMain();
    const manifest = { madeMs, main, logs, blocks: await this.#linkBlocks() };
    const path = join(this.#target, MANIFEST_FILE);
    await writeFileDurably(`${path}.new`, encodeManifest(manifest));
    renameSync(`${path}.new`, path);
    syncDirectory(this.#target);
    return summaryOf(manifest);
  }

  async #copyLogs(): Promise<LogFile[]> {
    const directory = join(this.#target, LOG_FOLDER);
    makeDirectoryDurably(directory);
    const files: LogFile[] = [];
    for (const log of this.#parts.head.logs) {
      this.#mustGoOn();
      const path = await log.copyTo(directory);
      files.push({ generation: log.generation, ...(await this.#describe(path)) });
    }
    return files;
  }

  async #copyMain(): Promise<DataFile> {
    const path = join(this.#target, MAIN_FOLDER);
    await this.#parts.store.environment.copyTo(path);
    return this.#describe(path);
  }

  async #describe(path: string): Promise<DataFile> {
    const file = join(path, DATA_FILE);
    return { bytes: statSync(file).size, checksum: await fileChecksum(file, this.#mustGoOn) };
  }

  async #linkBlocks(): Promise<BlockFile[]> {
    const { blocks } = this.#parts;
    const directory = join(this.#target, BLOCKS_FOLDER);
    makeDirectoryDurably(directory);
    const files: BlockFile[] = [];
    for (const { id } of blocks.list) {
      this.#mustGoOn();
      const source = blockPath(blocks.directory, id);
      // One whose files are gone is damaged in the database already, and is in the copy.
      if (!existsSync(source)) continue;
      const target = blockPath(directory, id);
      mkdirSync(target);
      for (const name of [DATA_FILE, SEAL_FILE])
        if (existsSync(join(source, name))) await linkOrCopy(join(source, name), join(target, name));
      syncDirectory(target);
      files.push({ id, ...describeBlock(target) });
    }
    syncDirectory(directory);
    return files;
  }
}

function describeBlock(path: string): { readonly bytes: number; readonly isIntact: boolean } {
  const file = join(path, DATA_FILE);
  const bytes = existsSync(file) ? statSync(file).size : 0;
  return { bytes, isIntact: whyNotSealed(path) === null };
}

/** @returns null when the block's files match their seal */
export function whyNotSealed(path: string): string | null {
  try {
    mustMatchEnvironmentSeal(path);
    return null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'a file of it is missing';
    return damageReason(error);
  }
}

/** Of blocks only where they cannot be linked. */
function bytesToWrite(parts: DatabaseParts, target: string): number {
  const { store, head, blocks } = parts;
  const own = store.environment.bytesUsed() + head.logs.reduce((sum, log) => sum + log.bytesUsed(), 0);
  const isSameDisk = statSync(target).dev === statSync(store.environment.directory).dev;
  return own + (isSameDisk ? 0 : blocks.bytes);
}

/** Of two backups to one folder, the second ends here. */
function claim(target: string): void {
  try {
    mkdirSync(join(target, MAIN_FOLDER));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw takenTarget(target, 'another backup is being written to it');
    throw error;
  }
}

function removeParts(target: string): void {
  for (const name of [MAIN_FOLDER, LOG_FOLDER, BLOCKS_FOLDER, MANIFEST_FILE, `${MANIFEST_FILE}.new`])
    rmSync(join(target, name), { recursive: true, force: true });
}
