/**
 * One LMDB environment: the one file that imports lmdb.
 *
 * Writes are synchronous transactions that return when LMDB has synced data and meta page to disk
 * (`overlappingSync` off: lmdb-js would otherwise resolve before the sync). Keys and values are bytes.
 * An environment may be opened once per thread; readers in any thread see the newest committed snapshot and
 * never block the writer.
 */
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_WRITE } from '../error-codes.ts';

/** Address space, not memory or disk: large enough that the map never has to move. */
const MAP_BYTES = 256 * 1024 ** 3;
const TABLES_MAX = 16;
/** Snapshots open at once, over all threads. */
const READERS_MAX = 4096;

type BytesDatabase = Database<Buffer, Buffer>;

export class LmdbEnvironment {
  readonly directory: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  #closed = false;

  constructor(directory: string) {
    this.directory = directory;
    this.#root = open<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      maxDbs: TABLES_MAX,
      mapSize: MAP_BYTES,
      pageSize: 4096,
      overlappingSync: false,
      maxReaders: READERS_MAX,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    this.#root.readerCheck();
  }

  /** Opens a table, making it when it is not there yet. Not inside a transaction. */
  table(name: string): LmdbTable {
    return new LmdbTable(
      this.#root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' }),
    );
  }

  /**
   * Runs `action` in one write transaction and returns when it is on disk. When it throws, nothing of the
   * transaction is kept.
   *
   * @throws PromontoryError ERR_STORE_WRITE (unavailable) when LMDB cannot commit
   */
  writeDurably(action: () => void): void {
    try {
      this.#root.transactionSync(action);
    } catch (cause) {
      if (cause instanceof PromontoryError) throw cause;
      throw new PromontoryError(
        `cannot commit to ${this.directory}: ${cause instanceof Error ? cause.message : String(cause)}`,
        { code: ERR_STORE_WRITE, kind: 'unavailable', cause },
      );
    }
  }

  /** A view of the newest committed state that later commits do not change. Close it soon: it pins pages. */
  openSnapshot(): LmdbSnapshot {
    this.#root.resetReadTxn();
    return new LmdbSnapshot(this.#root.useReadTransaction());
  }

  /** Drops reader slots of threads and processes that are gone. */
  dropStaleReaders(): void {
    this.#root.readerCheck();
  }

  /** Calling it twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.close();
  }
}

export class LmdbSnapshot {
  readonly transaction: Transaction;
  #closed = false;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.transaction.done();
  }
}

export interface LmdbEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export class LmdbTable {
  readonly #database: BytesDatabase;

  constructor(database: BytesDatabase) {
    this.#database = database;
  }

  /** @returns owned bytes, or undefined */
  get(key: Buffer, snapshot?: LmdbSnapshot): Buffer | undefined {
    return this.#database.get(key, snapshot === undefined ? {} : { transaction: snapshot.transaction });
  }

  /** Inside `writeDurably` only. The value is copied before the call returns. */
  put(key: Buffer, value: Uint8Array): void {
    this.#database.putSync(key, asBuffer(value));
  }

  /** Inside `writeDurably` only. */
  remove(key: Buffer): void {
    this.#database.removeSync(key);
  }

  /**
   * Entries with `start` <= key < `endExclusive`, ascending. Keys and values are owned by the caller.
   *
   * @param countMax stop after so many
   */
  range(
    start: Buffer,
    endExclusive: Buffer,
    snapshot?: LmdbSnapshot,
    countMax?: number,
  ): Iterable<LmdbEntry> {
    return this.#database.getRange({
      start,
      end: endExclusive,
      ...(snapshot && { transaction: snapshot.transaction }),
      ...(countMax !== undefined && { limit: countMax }),
    });
  }

  /** As `range`, without the values. */
  keys(start: Buffer, endExclusive: Buffer, snapshot?: LmdbSnapshot, countMax?: number): Iterable<Buffer> {
    return this.#database.getKeys({
      start,
      end: endExclusive,
      ...(snapshot && { transaction: snapshot.transaction }),
      ...(countMax !== undefined && { limit: countMax }),
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
