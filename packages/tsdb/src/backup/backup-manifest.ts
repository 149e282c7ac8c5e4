/**
 * What says that a backup is whole: the file `backup`, written last (docs/format/tsdb.md, Backups).
 *
 *   crc32 u32 | version u8 | 0 u24 | format version u32 | log count u32 | block count u32 | made f64 ms |
 *   main: data file bytes f64, its crc32 u32 | logs: generation u32, bytes f64, crc32 u32 |
 *   blocks: id u32, bytes f64, is intact u8
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, PromontoryError } from '@promontory/base';
import { ERR_BACKUP_INVALID, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import { FORMAT_VERSION } from '../store/meta-record.ts';

export const MANIFEST_FILE = 'backup';
const VERSION = 1;
const MAIN_AT = 28;
const LOGS_AT = 40;
const LOG_BYTES = 16;
const BLOCK_BYTES = 13;

export interface DataFile {
  readonly bytes: number;
  /** CRC-32 of all of it. */
  readonly checksum: number;
}

export interface LogFile extends DataFile {
  readonly generation: number;
}

export interface BlockFile {
  readonly id: number;
  /** Of its data file; 0 when it has none. */
  readonly bytes: number;
  /** Whether it matched its seal; a block that was damaged before is kept as it is. */
  readonly isIntact: boolean;
}

export interface BackupManifest {
  readonly madeMs: number;
  readonly main: DataFile;
  readonly logs: readonly LogFile[];
  readonly blocks: readonly BlockFile[];
}

export function encodeManifest(manifest: BackupManifest): Buffer {
  const { madeMs, main, logs, blocks } = manifest;
  const record = Buffer.alloc(LOGS_AT + logs.length * LOG_BYTES + blocks.length * BLOCK_BYTES);
  record.writeUInt8(VERSION, 4);
  record.writeUInt32LE(FORMAT_VERSION, 8);
  record.writeUInt32LE(logs.length, 12);
  record.writeUInt32LE(blocks.length, 16);
  record.writeDoubleLE(madeMs, 20);
  let at = writeDataFile(record, MAIN_AT, main);
  for (const log of logs) at = writeDataFile(record, record.writeUInt32LE(log.generation, at), log);
  for (const { id, bytes, isIntact } of blocks) {
    at = record.writeUInt32LE(id, at);
    at = record.writeDoubleLE(bytes, at);
    at = record.writeUInt8(isIntact ? 1 : 0, at);
  }
  return sealRecord(record);
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION, ERR_BACKUP_INVALID */
export function decodeManifest(bytes: Buffer): BackupManifest {
  const record = mustBeIntact(bytes, 'backup manifest');
  const version = record.length < LOGS_AT ? 0 : record.readUInt8(4);
  const format = record.length < LOGS_AT ? 0 : record.readUInt32LE(8);
  if (version !== VERSION || format !== FORMAT_VERSION) throw unknownVersion(version, format);
  const logs = record.readUInt32LE(12);
  const blocks = record.readUInt32LE(16);
  const blocksAt = LOGS_AT + logs * LOG_BYTES;
  if (record.length !== blocksAt + blocks * BLOCK_BYTES) throw invalidBackup('its manifest is malformed');
  return {
    madeMs: record.readDoubleLE(20),
    main: readDataFile(record, MAIN_AT),
    logs: Array.from({ length: logs }, (_unused, index) => {
      const at = LOGS_AT + index * LOG_BYTES;
      return { generation: record.readUInt32LE(at), ...readDataFile(record, at + 4) };
    }),
    blocks: Array.from({ length: blocks }, (_unused, index) => {
      const at = blocksAt + index * BLOCK_BYTES;
      return {
        id: record.readUInt32LE(at),
        bytes: record.readDoubleLE(at + 4),
        isIntact: record.readUInt8(at + 12) === 1,
      };
    }),
  };
}

/** @throws PromontoryError ERR_BACKUP_INVALID (corrupt) when there is none or it is damaged; ERR_STORE_FORMAT_VERSION */
export function readManifest(backupDirectory: string): BackupManifest {
  const path = join(backupDirectory, MANIFEST_FILE);
  if (!existsSync(path)) {
    throw invalidBackup(
      `${backupDirectory} has no file ${MANIFEST_FILE}: it is no backup, or one that was not finished`,
    );
  }
  try {
    return decodeManifest(readFileSync(path));
  } catch (error) {
    if (error instanceof PromontoryError && error.code === ERR_STORE_FORMAT_VERSION) throw error;
    throw invalidBackup(errorMessage(error), error);
  }
}

export function invalidBackup(why: string, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot restore: ${why}`, { code: ERR_BACKUP_INVALID, kind: 'corrupt', cause });
}

function writeDataFile(record: Buffer, at: number, { bytes, checksum }: DataFile): number {
  return record.writeUInt32LE(checksum, record.writeDoubleLE(bytes, at));
}

function readDataFile(record: Buffer, at: number): DataFile {
  return { bytes: record.readDoubleLE(at), checksum: record.readUInt32LE(at + 8) };
}

function unknownVersion(version: number, format: number): PromontoryError {
  return new PromontoryError(
    `cannot restore: backup version ${version} of format version ${format}, want ${VERSION} and ${FORMAT_VERSION}`,
    { code: ERR_STORE_FORMAT_VERSION, kind: 'corrupt', context: { version, format } },
  );
}
