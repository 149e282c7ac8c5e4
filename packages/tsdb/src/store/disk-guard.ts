/**
 * Refuses to write before the disk is full. LMDB survives a write that fails, but what is around it does not always:
 * its lock file is mapped, and lmdb-js may end the process where it reports the failure. A database without room could not
 * even delete. What is refused here can be written again once space returned.
 */
import { statfsSync } from 'node:fs';
import { PromontoryError } from '@promontory/base';
import { ERR_DISK_FULL } from '../error-codes.ts';

export type FreeBytesOf = (directory: string) => number;

/** Bytes that an unprivileged process may still write to the file system of `directory`. */
export function freeDiskBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

export class DiskGuard {
  readonly #directory: string;
  readonly #reserveBytes: number;
  readonly #freeBytesOf: FreeBytesOf;

  /** @param reserveBytes that stay free */
  constructor(directory: string, reserveBytes: number, freeBytesOf: FreeBytesOf = freeDiskBytes) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
    this.#freeBytesOf = freeBytesOf;
  }

  /** Bytes that may be written to the database's disk without using the reserve; below 0 when it is in use. */
  roomBytes(): number {
    return this.#freeBytesOf(this.#directory) - this.#reserveBytes;
  }

  /**
   * @param bytes about to be written, at most
   * @param directory on the disk that they go to. Default: the database's own
   * @throws PromontoryError ERR_DISK_FULL (unavailable) when that would use the reserve
   */
  mustHaveRoom(bytes: number, directory = this.#directory): void {
    const freeBytes = this.#freeBytesOf(directory);
    if (freeBytes - bytes >= this.#reserveBytes) return;
    throw new PromontoryError(
      `cannot write ${bytes} bytes: ${freeBytes} bytes are free on the disk of ${directory}, and ${this.#reserveBytes} stay in reserve (diskReserveBytes); free space and try again`,
      { code: ERR_DISK_FULL, kind: 'unavailable', context: { bytes, freeBytes } },
    );
  }
}
