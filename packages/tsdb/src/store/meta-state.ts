/** The meta record in memory: changed inside a write transaction, valid once that is on disk. */
import { randomBytes } from 'node:crypto';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { EMPTY_INDEX_STATE } from '../index/index-state-record.ts';
import type { Meta } from './meta-record.ts';
import type { Store } from './store.ts';

export class MetaState {
  readonly #store: Store;
  #current: Meta;
  #next: Meta;

  /**
   * Reads the record, or makes the first one of a new database.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION, ERR_STORE_WRITE
   */
  constructor(store: Store) {
    this.#store = store;
    this.#current = store.readMeta() ?? createMeta(store);
    this.#next = this.#current;
  }

  get current(): Meta {
    return this.#current;
  }

  /** Inside a write transaction; then `mark`. */
  put(change: Partial<Meta>): void {
    this.#next = { ...this.#current, ...change };
    this.#store.putMeta(this.#next);
  }

  /** The transaction of `put` is on disk. */
  mark(): void {
    this.#current = this.#next;
  }
}

function createMeta(store: Store): Meta {
  if (store.hasRecords()) {
    throw new PromontoryError('cannot read the database: the meta record is missing', {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
    });
  }
  const key = randomBytes(12);
  const meta: Meta = {
    fingerprintKey: Int32Array.of(key.readInt32LE(0), key.readInt32LE(4), key.readInt32LE(8)),
    nextBlockId: 1,
    nextTombstoneId: 1,
    flushedGeneration: 0,
  };
  store.environment.writeDurably(() => {
    store.putMeta(meta);
    store.putIndexState(EMPTY_INDEX_STATE);
  });
  return meta;
}
