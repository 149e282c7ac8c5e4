/**
 * Drops blocks that are past the retention in time, and the oldest ones while there are too many bytes; and exemplars
 * and metadata past the retention.
 */
import type { Block } from '../block/block-header.ts';
import { type RefSet, union } from '../index/ref-sets.ts';
import type { DatabaseParts } from './database-parts.ts';

const CHECK_INTERVAL_MS = 60_000;

export class RetentionTask {
  readonly #parts: DatabaseParts;
  readonly #onRemoved: (refs: RefSet) => void;
  #checkedMs = Number.NEGATIVE_INFINITY;

  /** @param onRemoved told of the series of dropped blocks */
  constructor(parts: DatabaseParts, onRemoved: (refs: RefSet) => void) {
    this.#parts = parts;
    this.#onRemoved = onRemoved;
  }

  /**
   * Looks once a minute. Blocks go first: they are what makes room.
   *
   * @returns whether blocks were dropped
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ; it is tried again with the next look
   */
  step(): boolean {
    const { clock, store, limits, metadata } = this.#parts;
    if (clock.monotonicMs() - this.#checkedMs < CHECK_INTERVAL_MS) return false;
    this.#checkedMs = clock.monotonicMs();
    const oldestMs = clock.nowMs() - limits.retentionMs;
    const dropped = [...this.#expired(oldestMs), ...this.#surplus(oldestMs)];
    if (dropped.length > 0) this.#drop(dropped);
    store.environment.dropStaleReaders();
    metadata.forget(oldestMs);
    this.#dropExemplars(oldestMs);
    return dropped.length > 0;
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
    // What is free in the file of the index does not count: dropping blocks does not make it shorter.
    const logBytes = head.logs.reduce((sum, log) => sum + log.bytesUsed(), 0);
    let bytes = kept.reduce((sum, block) => sum + block.bytes, logBytes + store.bytesUsed());
    const surplus: Block[] = [];
    for (const block of kept) {
      if (bytes <= limits.retentionBytesMax) break;
      surplus.push(block);
      bytes -= block.bytes;
    }
    return surplus;
  }

  #drop(dropped: readonly Block[]): void {
    const { blocks, head, store, registry, statistics } = this.#parts;
    const known = dropped.map((block) => this.#tryRefsOf(block)).filter((found) => found !== null);
    const refs = known.length < dropped.length ? registry.indexedRefs() : union(known);
    const lastMs = dropped.reduce(
      (last, block) => Math.max(last, block.lastTimestampMs),
      Number.NEGATIVE_INFINITY,
    );
    // From here on nothing fails that would keep the series of blocks that are gone.
    store.environment.writeDurably(() => blocks.putReplacement(dropped, []));
    statistics.blocksDropped += dropped.length;
    head.newestTimes.forgetUpTo(refs, lastMs);
    this.#onRemoved(refs);
    blocks.replace(dropped, []);
  }

  /** @returns null when the block does not tell its series: it is dropped all the same */
  #tryRefsOf(block: Block): RefSet | null {
    try {
      return this.#parts.blocks.refsOf(block);
    } catch {
      return null;
    }
  }

  #dropExemplars(oldestMs: number): void {
    const { exemplars, store } = this.#parts;
    const keys = exemplars.findKeys({ startMsInclusive: 0, endMsInclusive: oldestMs - 1 }, () => true);
    if (keys.length === 0) return;
    store.environment.writeDurably(() => exemplars.removeKeys(keys));
    exemplars.markRemoved();
  }
}
