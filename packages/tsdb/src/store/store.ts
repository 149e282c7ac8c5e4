/** The main environment of a database, `main/`, and its tables (docs/format/tsdb.md). */
import { join } from 'node:path';
import { LmdbEnvironment, type LmdbSnapshot, type LmdbTable } from './lmdb-environment.ts';
import { decodeMeta, encodeMeta, META_KEY, type Meta } from './meta-record.ts';

const TABLE_NAMES = [
  'meta',
  'series',
  'fingerprints',
  'postings',
  'blocks',
  'chunks',
  'exemplars',
  'metadata',
] as const;

export class Store {
  readonly environment: LmdbEnvironment;
  /** ref → sealed canonical label bytes. */
  readonly series: LmdbTable;
  /** first ref → fingerprints of consecutive refs. */
  readonly fingerprints: LmdbTable;
  /** (label name, label value, first ref) → run of refs. */
  readonly postings: LmdbTable;
  /** block id → block record. */
  readonly blocks: LmdbTable;
  /** (block id, ref, chunk index) → chunk. */
  readonly chunks: LmdbTable;
  /** (timestamp, ref, digest) → exemplar. */
  readonly exemplars: LmdbTable;
  /** (metric name, digest) → what a writer said about the metric. */
  readonly metadata: LmdbTable;
  readonly #meta: LmdbTable;

  constructor(directory: string) {
    const path = join(directory, 'main');
    LmdbEnvironment.createIfMissing(path, TABLE_NAMES);
    this.environment = new LmdbEnvironment(path);
    this.#meta = this.environment.table('meta');
    this.series = this.environment.table('series');
    this.fingerprints = this.environment.table('fingerprints');
    this.postings = this.environment.table('postings');
    this.blocks = this.environment.table('blocks');
    this.chunks = this.environment.table('chunks');
    this.exemplars = this.environment.table('exemplars');
    this.metadata = this.environment.table('metadata');
  }

  /** @returns null for a database that was just made */
  readMeta(snapshot?: LmdbSnapshot): Meta | null {
    const record = this.#meta.get(META_KEY, snapshot);
    return record === undefined ? null : decodeMeta(record);
  }

  /** Inside a write transaction only. */
  putMeta(meta: Meta): void {
    this.#meta.put(META_KEY, encodeMeta(meta));
  }

  async close(): Promise<void> {
    await this.environment.close();
  }
}
