/**
 * One LMDB environment: the one file that imports lmdb.
 *
 * Writes are synchronous transactions that return when LMDB has synced data and meta page to disk
 * (`overlappingSync` off: lmdb-js would otherwise resolve before the sync), but for an environment that is being
 * built, which is synced once, at the end. Keys and values are bytes.
 * An environment may be opened once per thread; readers in any thread see the newest committed snapshot and
 * never block the writer.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { assert, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_BACKUP_WRITE, ERR_STORE_WRITE } from '../error-codes.ts';
import type { CommitCount } from './commit-count.ts';
import { makeDirectoryDurably, syncDirectory } from './durable-directory.ts';
import { DATA_FILE, mustMatchEnvironmentSeal, writeEnvironmentSeal } from './environment-seal.ts';
import { eraseFailedCommit } from './failed-commit.ts';
import { failedError, readError, writeError } from './lmdb-errors.ts';
import { PAGE_BYTES } from './lmdb-page.ts';

/** Address space, not memory or disk: large enough that the map never has to move. */
const MAP_BYTES = 256 * 1024 ** 3;
const TABLES_MAX = 16;
/** Snapshots open at once, over all threads. */
const READERS_MAX = 4096;
/** The same for an environment that does not change: a thread has one snapshot of it. */
const BUILT_READERS_MAX = 256;

/**
 * `durable`: every transaction is synced. `unsynced`: none is, ever: what was committed survives the process, and
 * after a loss of power the file may be anything. `building`: none is; `finishBuilding` syncs all of them at once, and
 * until then a crash may leave anything. `built`: read only, the files do not change.
 */
export type LmdbMode = 'durable' | 'unsynced' | 'building' | 'built';

/** What lmdb-js has beyond its declared types. */
interface EnvironmentStatistics {
  readonly lastPageNumber: number;
}

interface TableStatistics {
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

type BytesDatabase = Database<Buffer, Buffer>;

export class LmdbEnvironment {
  readonly directory: string;
  /** Length of the data file of a built environment; 0 for others. */
  readonly builtBytes: number;
  readonly #mode: LmdbMode;
  readonly #root: RootDatabase<Buffer, Buffer>;
  #commits: CommitCount | null = null;
  #closed = false;

  /** For `durable` and `unsynced` one that `createIfMissing` made; for `built` use `openBuilt`. */
  constructor(directory: string, mode: LmdbMode = 'durable', builtBytes = 0) {
    this.directory = directory;
    this.#mode = mode;
    this.builtBytes = builtBytes;
    this.#root = open<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      maxDbs: TABLES_MAX,
      mapSize: mode === 'built' ? builtBytes : MAP_BYTES,
      pageSize: PAGE_BYTES,
      overlappingSync: false,
      noSync: mode === 'building' || mode === 'unsynced',
      readOnly: mode === 'built',
      maxReaders: mode === 'durable' || mode === 'unsynced' ? READERS_MAX : BUILT_READERS_MAX,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    this.#root.readerCheck();
  }

  /**
   * Makes an environment with empty tables when there is none. It is made beside its place and renamed when it
   * is whole and on disk: what has the name of an environment is one, whenever the power failed.
   *
   * @throws PromontoryError ERR_STORE_WRITE
   */
  static createIfMissing(directory: string, tableNames: readonly string[]): void {
    if (existsSync(join(directory, DATA_FILE))) return;
    try {
      LmdbEnvironment.#create(directory, tableNames);
    } catch (cause) {
      throw new PromontoryError(`cannot make ${directory}: ${errorMessage(cause)}`, {
        code: ERR_STORE_WRITE,
        kind: 'unavailable',
        cause,
      });
    }
  }

  static #create(directory: string, tableNames: readonly string[]): void {
    const unfinished = `${directory}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    makeDirectoryDurably(unfinished);
    const environment = new LmdbEnvironment(unfinished);
    for (const name of tableNames) environment.table(name);
    environment.#closeNow();
    syncDirectory(unfinished);
    renameSync(unfinished, directory);
    syncDirectory(dirname(directory));
  }

  /**
   * Opens what `finishBuilding` left, to read. Its map is no larger than its file, so that many can be open.
   * The seal is checked first: LMDB does not survive everything that can be wrong with a file.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT when the files are missing or damaged; ERR_STORE_FORMAT_VERSION,
   *   ERR_STORE_READ
   */
  static openBuilt(directory: string): LmdbEnvironment {
    try {
      return new LmdbEnvironment(directory, 'built', mustMatchEnvironmentSeal(directory));
    } catch (cause) {
      throw readError(directory, cause);
    }
  }

  /** From now on every transaction is counted, for readers in other threads. */
  countCommits(commits: CommitCount): void {
    this.#commits = commits;
  }

  /** Length of the data file without the pages at its end that are free; those in its midst count. */
  bytesUsed(): number {
    const statistics = this.#root.getStats() as EnvironmentStatistics;
    return (statistics.lastPageNumber + 1) * PAGE_BYTES;
  }

  /** The one table of an environment that needs no more: keys lie at its root. */
  rootTable(): LmdbTable {
    return new LmdbTable(this.#root);
  }

  /** Opens a table, making it when it is not there yet. Not inside a transaction. */
  table(name: string): LmdbTable {
    return new LmdbTable(
      this.#root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' }),
    );
  }

  /**
   * Runs `action` in one write transaction and returns when it is on disk, or in an `unsynced` environment with the
   * system. When it throws, nothing of the
   * transaction is kept.
   *
   * @throws PromontoryError ERR_STORE_WRITE (unavailable) when LMDB cannot commit: it can be tried again;
   *   ERR_STORE_FAILED (unavailable) when LMDB takes no transaction any more until it is opened again, as
   *   after a failed write of its meta page
   */
  writeDurably(action: () => void): void {
    assert(this.#mode === 'durable' || this.#mode === 'unsynced', 'environment is not a built one');
    this.#write(action);
  }

  /** As `writeDurably`, for an environment that is being built: nothing is on disk before `finishBuilding`. */
  writeUnsynced(action: () => void): void {
    assert(this.#mode === 'building', 'environment is being built');
    this.#write(action);
  }

  /**
   * Closes an environment that was being built, seals it, and syncs its files, its folder and the folder's folder.
   *
   * @returns the length of the data file
   * @throws PromontoryError ERR_STORE_WRITE (unavailable); it must not be relied on then
   */
  async finishBuilding(): Promise<number> {
    assert(this.#mode === 'building' && !this.#closed, 'environment is being built');
    try {
      const bytesUsed = this.bytesUsed();
      await this.close();
      const file = await openFile(join(this.directory, DATA_FILE), 'r+');
      try {
        // The last pages may have been given back before they were ever written.
        if ((await file.stat()).size < bytesUsed) await file.truncate(bytesUsed);
        await file.sync();
      } finally {
        await file.close();
      }
      const bytes = await writeEnvironmentSeal(this.directory);
      syncDirectory(this.directory);
      syncDirectory(dirname(this.directory));
      return bytes;
    } catch (cause) {
      throw writeError(this.directory, cause);
    }
  }

  /**
   * Copies what is committed now, or shortly after, to a folder without a data file, while writes go on. LMDB does
   * it in a thread of its own. The copy is on disk when it resolves.
   *
   * @throws PromontoryError ERR_BACKUP_WRITE (unavailable); part of a file may be there then
   */
  async copyTo(directory: string): Promise<void> {
    try {
      mkdirSync(directory, { recursive: true });
      await this.#root.backup(directory, false);
      const file = await openFile(join(directory, DATA_FILE), 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      syncDirectory(directory);
      syncDirectory(dirname(directory));
    } catch (cause) {
      throw new PromontoryError(`cannot copy ${this.directory} to ${directory}: ${errorMessage(cause)}`, {
        code: ERR_BACKUP_WRITE,
        kind: 'unavailable',
        cause,
      });
    }
  }

  /**
   * This thread's reads without a snapshot share one of LMDB's own, which lmdb-js renews when the event loop turns.
   * It is let go before the transaction, so that it pins no pages that the transaction could use, and after it,
   * so that what was committed is read at once.
   */
  #write(action: () => void): void {
    this.#commits?.begin();
    try {
      this.releaseReads();
      this.#root.transactionSync(action);
      this.releaseReads();
    } catch (cause) {
      // One that is being built is thrown away instead.
      const mayFail = this.#mode !== 'building' && !(cause instanceof PromontoryError);
      if (mayFail && this.#refusesTransactions()) {
        this.#eraseFailedCommit();
        throw failedError(this.directory, cause);
      }
      throw writeError(this.directory, cause);
    } finally {
      this.#commits?.end();
    }
  }

  #eraseFailedCommit(): void {
    try {
      eraseFailedCommit(this.directory);
    } catch {
      // The disk fails. The check of the file tells at the next open, should this have been needed.
    }
  }

  #refusesTransactions(): boolean {
    try {
      this.#root.transactionSync(() => undefined);
      return false;
    } catch {
      return true;
    }
  }

  /**
   * A view of the newest committed state that later commits do not change. Close it soon: it pins pages.
   *
   * @throws PromontoryError ERR_STORE_READ (unavailable) when as many are open as may be
   */
  openSnapshot(): LmdbSnapshot {
    try {
      this.#root.resetReadTxn();
      return new LmdbSnapshot(this.#root.useReadTransaction(), () => this.releaseReads());
    } catch (cause) {
      throw readError(this.directory, cause);
    }
  }

  /**
   * Lets go of the snapshot that this thread's reads without one share. lmdb-js does so when the event loop turns,
   * which the loop of a worker that waits for tasks does not: it would pin pages for as long as it waits.
   */
  releaseReads(): void {
    this.#root.resetReadTxn();
  }

  /** Drops reader slots of threads and processes that are gone. */
  dropStaleReaders(): void {
    this.#root.readerCheck();
  }

  /** Synchronous when no snapshot is open. Calling it twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.close();
  }

  /** For an environment of which no snapshot is open: it is closed when this returns. */
  #closeNow(): void {
    this.#closed = true;
    // lmdb-js closes at once when nothing is under way, and keeps errors of it to itself.
    void this.#root.close();
    const { status } = this.#root as { readonly status?: string };
    assert(status === 'closed', 'nothing is under way in the environment', { status: status ?? 'unknown' });
  }
}

export class LmdbSnapshot {
  /** @internal */
  readonly transaction: Transaction;
  readonly #onClose: () => void;
  #closed = false;

  /** @internal */
  constructor(transaction: Transaction, onClose: () => void) {
    this.transaction = transaction;
    this.#onClose = onClose;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.transaction.done();
    this.#onClose();
  }
}

export interface LmdbEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export class LmdbTable {
  readonly #database: BytesDatabase;

  /** @internal */
  constructor(database: BytesDatabase) {
    this.#database = database;
  }

  /** @returns owned bytes, or undefined */
  get(key: Buffer, snapshot?: LmdbSnapshot): Buffer | undefined {
    return this.#database.get(key, snapshot === undefined ? {} : { transaction: snapshot.transaction });
  }

  /**
   * The value without an allocation of its own.
   *
   * @returns bytes that belong to LMDB and are overwritten by the next read of any table in this thread
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_READ
   */
  unsafeView(key: Buffer): Buffer | undefined {
    try {
      const value = this.#database.getBinaryFast(key);
      // Its length is overridden on a larger buffer, which native code would see.
      return value?.subarray(0, value.length);
    } catch (cause) {
      throw readError('a table', cause);
    }
  }

  /** Entries in the newest committed state. */
  entryCount(): number {
    return this.#statistics().entryCount;
  }

  /** Of the pages of the newest committed state: free ones are not the table's. */
  bytesUsed(): number {
    const { treeBranchPageCount, treeLeafPageCount, overflowPages } = this.#statistics();
    return (treeBranchPageCount + treeLeafPageCount + overflowPages) * PAGE_BYTES;
  }

  #statistics(): TableStatistics {
    return this.#database.getStats() as TableStatistics;
  }

  /** Inside `writeDurably` or `writeUnsynced` only. The value is copied before the call returns. */
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
