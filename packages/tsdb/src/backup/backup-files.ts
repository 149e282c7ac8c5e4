/** Files of backups: empty folders, copies and links that are on disk when the call returns, checksums. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { constants, copyFile, link, open } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { crc32 } from 'node:zlib';
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_BACKUP_TARGET, ERR_BACKUP_WRITE } from '../error-codes.ts';

const READ_BYTES = 1 << 20;
/** Between file systems, or on one without links. */
const NO_LINK_CODES: ReadonlySet<unknown> = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP']);

/** Called between pieces of work; throws when the work is to end. */
export type MustGoOn = () => void;

/** @throws PromontoryError ERR_BACKUP_TARGET (bad-data) when something is there that is not an empty folder */
export function mustBeFree(directory: string): void {
  if (!existsSync(directory)) return;
  if (!statSync(directory).isDirectory()) throw takenTarget(directory, 'it is not a folder');
  if (readdirSync(directory).length > 0) throw takenTarget(directory, 'it is not empty');
}

/** @throws PromontoryError ERR_BACKUP_TARGET (bad-data) when the folder is in the database's own, by whatever name */
export function mustBeOutside(directory: string, databaseDirectory: string): void {
  const way = relative(realpathSync(databaseDirectory), realPathOf(resolve(directory)));
  if (way.split(sep)[0] === '..') return;
  throw takenTarget(directory, 'it is in the folder of the database');
}

/** @param path absolute; its last parts need not be there */
function realPathOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realPathOf(dirname(path)), basename(path));
}

export function takenTarget(directory: string, why: string): PromontoryError {
  return new PromontoryError(`cannot write to ${directory}: ${why}; choose an empty or new folder`, {
    code: ERR_BACKUP_TARGET,
    kind: 'bad-data',
    context: { directory },
  });
}

/** What the system says, as an error of this package; those that are stay as they are. */
export function backupWriteError(directory: string, cause: unknown): PromontoryError {
  if (cause instanceof PromontoryError) return cause;
  return new PromontoryError(`cannot write to ${directory}: ${errorMessage(cause)}`, {
    code: ERR_BACKUP_WRITE,
    kind: 'unavailable',
    context: { directory },
    cause,
  });
}

/** Copies a file to a name that is free, and syncs the copy. Its folder is the caller's to sync. */
export async function copyFileDurably(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await syncFile(target);
}

/** Gives a file, which never changes, a second name; copies it where that is not possible. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if (!NO_LINK_CODES.has(errorCode(error))) throw error;
    await copyFileDurably(source, target);
  }
}

export async function writeFileDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The CRC-32 of a whole file. */
export async function fileChecksum(path: string, mustGoOn: MustGoOn): Promise<number> {
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let checksum = 0;
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return checksum;
      checksum = crc32(buffer.subarray(0, bytesRead), checksum);
      mustGoOn();
    }
  } finally {
    await file.close();
  }
}
