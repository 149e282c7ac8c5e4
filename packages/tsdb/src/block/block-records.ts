/**
 * Where a reader gets the records of a block from: LMDB, or when LMDB must not open the data file because pages of
 * its tree are damaged, the data file itself. Segments of more than some 2 KB lie in pages of their own and are
 * found there by their headers; they have their own checksums, so nothing wrong comes of it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_STORE_READ } from '../error-codes.ts';
import { DATA_FILE, listLargeValues } from '../store/environment-seal.ts';
import { LmdbEnvironment, type LmdbTable } from '../store/lmdb-environment.ts';
import { SEGMENT_KEY_END, SEGMENT_KEY_MIN, segmentNumberOfKey } from './block-folder.ts';
import { DIRECTORY_AT, readSegmentPlace } from './segment-builder.ts';

export interface BlockRecords {
  /** Length of the data file. */
  readonly bytes: number;
  /** @returns the record's value, valid until the next call for any block in this thread */
  get(key: Buffer): Buffer | undefined;
  /** Ascending. */
  segmentNumbers(): number[];
  close(): Promise<void>;
}

export class StoredBlockRecords implements BlockRecords {
  readonly #environment: LmdbEnvironment;
  readonly #table: LmdbTable;

  /** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION, ERR_STORE_READ */
  constructor(path: string) {
    this.#environment = LmdbEnvironment.openBuilt(path);
    this.#table = this.#environment.rootTable();
  }

  get bytes(): number {
    return this.#environment.builtBytes;
  }

  get(key: Buffer): Buffer | undefined {
    return this.#table.unsafeView(key);
  }

  segmentNumbers(): number[] {
    return [...this.#table.keys(SEGMENT_KEY_MIN, SEGMENT_KEY_END)]
      .map(segmentNumberOfKey)
      .filter((segmentNumber) => segmentNumber !== null);
  }

  async close(): Promise<void> {
    await this.#environment.close();
  }
}

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

export class SalvagedBlockRecords implements BlockRecords {
  readonly bytes: number;
  readonly #blockId: number;
  readonly #descriptor: number;
  readonly #places = new Map<number, Place>();

  /** Reads a header in every run of pages. The descriptor is closed by `close`. */
  private constructor(descriptor: number, blockId: number) {
    this.#blockId = blockId;
    this.#descriptor = descriptor;
    this.bytes = fstatSync(descriptor).size;
    const header = Buffer.alloc(DIRECTORY_AT);
    for (const { offset, bytesMax } of listLargeValues(descriptor, this.bytes)) {
      const read = readSync(descriptor, header, 0, DIRECTORY_AT, offset);
      const place = readSegmentPlace(header.subarray(0, read));
      if (place?.blockId === blockId && place.bytes <= bytesMax)
        this.#places.set(place.segmentNumber, { offset, bytes: place.bytes });
    }
  }

  /**
   * @returns null when there is no data file
   * @throws PromontoryError ERR_STORE_READ
   */
  static tryOpen(path: string, blockId: number): SalvagedBlockRecords | null {
    let descriptor = -1;
    try {
      descriptor = openSync(join(path, DATA_FILE), 'r');
      return new SalvagedBlockRecords(descriptor, blockId);
    } catch (error) {
      if (descriptor >= 0) closeSync(descriptor);
      if (errorCode(error) === 'ENOENT') return null;
      throw unreadable(blockId, error);
    }
  }

  /** @throws PromontoryError ERR_STORE_READ */
  get(key: Buffer): Buffer | undefined {
    const place = this.#places.get(segmentNumberOfKey(key) ?? -1);
    if (place === undefined) return undefined;
    const value = Buffer.allocUnsafe(place.bytes);
    try {
      const read = readSync(this.#descriptor, value, 0, place.bytes, place.offset);
      return value.subarray(0, read);
    } catch (error) {
      throw unreadable(this.#blockId, error);
    }
  }

  segmentNumbers(): number[] {
    return [...this.#places.keys()].sort((left, right) => left - right);
  }

  close(): Promise<void> {
    closeSync(this.#descriptor);
    return Promise.resolve();
  }
}

function unreadable(blockId: number, cause: unknown): PromontoryError {
  return new PromontoryError(`cannot read block ${blockId}: ${errorMessage(cause)}`, {
    code: ERR_STORE_READ,
    kind: 'unavailable',
    cause,
  });
}
