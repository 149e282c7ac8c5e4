/** The main environment of a database, `main/`, and its tables (docs/format/tsdb.md). */
import { join } from 'node:path';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import {
  decodeIndexState,
  encodeIndexState,
  INDEX_STATE_KEY,
  type IndexState,
} from '../index/index-state-record.ts';
import { LmdbEnvironment, type LmdbSnapshot, type LmdbTable } from './lmdb-environment.ts';
import { decodeMeta, encodeMeta, META_KEY, type Meta } from './meta-record.ts';

export const MAIN_FOLDER = 'main';

export const TABLE_NAMES = [
  'meta',
  'series',
  'waiting',
  'fingerprints',
  'postings',
  'blocks',
  'exemplars',
  'metadata',
  'tombstones',
] as const;

export class Store {
  readonly environment: LmdbEnvironment;
  /** page number → labels of up to 128 series. */
  readonly series: LmdbTable;
  /** first ref → label bytes of consecutive series that are not in the index yet. */
  readonly waiting: LmdbTable;
  /** fingerprint → ref. */
  readonly fingerprints: LmdbTable;
  /** (label name, label value, first ref) → run of refs. */
  readonly postings: LmdbTable;
  /** block id → block record. */
  readonly blocks: LmdbTable;
  /** (timestamp, ref, digest) → exemplar. */
  readonly exemplars: LmdbTable;
  /** (metric name, digest) → what a writer said about the metric. */
  readonly metadata: LmdbTable;
  /** number → deletion that blocks have not caught up with. */
  readonly tombstones: LmdbTable;
  readonly #meta: LmdbTable;

  constructor(directory: string) {
    const path = join(directory, MAIN_FOLDER);
    LmdbEnvironment.createIfMissing(path, TABLE_NAMES);
    this.environment = new LmdbEnvironment(path);
    this.#meta = this.environment.table('meta');
    this.series = this.environment.table('series');
    this.waiting = this.environment.table('waiting');
    this.fingerprints = this.environment.table('fingerprints');
    this.postings = this.environment.table('postings');
    this.blocks = this.environment.table('blocks');
    this.exemplars = this.environment.table('exemplars');
    this.metadata = this.environment.table('metadata');
    this.tombstones = this.environment.table('tombstones');
  }

  /** @returns null for a database that was just made */
  readMeta(snapshot?: LmdbSnapshot): Meta | null {
    const record = this.#meta.get(META_KEY, snapshot);
    return record === undefined ? null : decodeMeta(record);
  }

  /** Whether there is anything in any table. */
  hasRecords(): boolean {
    return this.#tables().some((table) => table.entryCount() > 0);
  }

  /** Of all tables; the file may be longer by pages that are free. */
  bytesUsed(): number {
    return this.#tables().reduce((sum, table) => sum + table.bytesUsed(), 0);
  }

  #tables(): LmdbTable[] {
    return [
      this.#meta,
      this.series,
      this.waiting,
      this.fingerprints,
      this.postings,
      this.blocks,
      this.exemplars,
      this.metadata,
      this.tombstones,
    ];
  }

  /** Inside a write transaction only. */
  putMeta(meta: Meta): void {
    this.#meta.put(META_KEY, encodeMeta(meta));
  }

  /**
   * The state of the index of a database that has a meta record.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
   */
  readIndexState(snapshot?: LmdbSnapshot): IndexState {
    const record = this.#meta.get(INDEX_STATE_KEY, snapshot);
    if (record !== undefined) return decodeIndexState(record);
    throw new PromontoryError('cannot read the database: the index state is missing', {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
    });
  }

  /** Inside a write transaction only. */
  putIndexState(state: IndexState): void {
    this.#meta.put(INDEX_STATE_KEY, encodeIndexState(state));
  }

  async close(): Promise<void> {
    await this.environment.close();
  }
}
