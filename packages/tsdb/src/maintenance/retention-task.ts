/** Drops blocks that are past the retention in time, and the oldest ones while there are too many bytes. */
import type { Block } from '../block/block-header.ts';
import { NO_REFS, union } from '../index/ref-sets.ts';
import type { DatabaseParts } from './database-parts.ts';

const CHECK_INTERVAL_MS = 60_000;

export class RetentionTask {
  readonly #parts: DatabaseParts;
  readonly #onRemoved: (refs: Int32Array) => void;
  #checkedMs = Number.NEGATIVE_INFINITY;

  /** @param onRemoved told of the series of dropped blocks */
  constructor(parts: DatabaseParts, onRemoved: (refs: Int32Array) => void) {
    this.#parts = parts;
    this.#onRemoved = onRemoved;
  }

  /**
   * Looks once a minute.
   *
   * @returns whether blocks were dropped
   * @throws PromontoryError ERR_STORE_WRITE
   */
  step(): boolean {
    const { clock, store, limits, exemplars, metadata } = this.#parts;
    if (clock.monotonicMs() - this.#checkedMs < CHECK_INTERVAL_MS) return false;
    this.#checkedMs = clock.monotonicMs();
    store.environment.dropStaleReaders();
    const oldestMs = clock.nowMs() - limits.retentionMs;
    metadata.forget(oldestMs);
    store.environment.writeDurably(() => exemplars.remove(oldestMs, () => false));
    exemplars.markRemoved();
    return this.#drop([...this.#expired(oldestMs), ...this.#surplus(oldestMs)]);
  }

  #expired(oldestMs: number): readonly Block[] {
    return this.#parts.blocks.list.filter((block) => block.lastTimestampMs < oldestMs);
  }

  #surplus(oldestMs: number): readonly Block[] {
    const { blocks, head, store, limits } = this.#parts;
    if (limits.retentionBytesMax === 0) return [];
    const kept = blocks.list
      .filter((block) => block.lastTimestampMs >= oldestMs)
      .sort((left, right) => left.lastTimestampMs - right.lastTimestampMs);
    let bytes = kept.reduce((sum, block) => sum + block.bytes, head.logBytes + store.environment.bytesUsed());
    const surplus: Block[] = [];
    for (const block of kept) {
      if (bytes <= limits.retentionBytesMax) break;
      surplus.push(block);
      bytes -= block.bytes;
    }
    return surplus;
  }

  #drop(dropped: readonly Block[]): boolean {
    if (dropped.length === 0) return false;
    const { blocks, store, statistics } = this.#parts;
    const readers = blocks.open.acquire(dropped);
    const refs = readers.length === 0 ? NO_REFS : union(readers.map((reader) => reader.refs()));
    blocks.open.release(readers);
    store.environment.writeDurably(() => blocks.putReplacement(dropped, []));
    blocks.replace(dropped, []);
    statistics.blocksDropped += dropped.length;
    this.#onRemoved(refs);
    return true;
  }
}
