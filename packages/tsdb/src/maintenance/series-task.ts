/**
 * Lets go of series that nobody sends any more: first from memory, when their last generation was flushed and
 * they were silent for a while; then, when no block has samples of theirs, from the index. A step a call.
 */
import { NO_REFS, type RefSet, subtract, union } from '../index/ref-sets.ts';
import { UNKNOWN_MS } from '../head/newest-times.ts';
import { DROP_SERIES_MAX } from '../series-registry.ts';
import type { DatabaseParts } from './database-parts.ts';

const IDLE_CHECK_INTERVAL_MS = 60_000;

export class SeriesTask {
  readonly #parts: DatabaseParts;
  /** In memory, and in no generation that was live at the last look. */
  #resting: RefSet = NO_REFS;
  #restingCheckedMs = Number.NEGATIVE_INFINITY;
  /** Without samples in the blocks looked at so far. */
  #candidates: RefSet = NO_REFS;
  /** Blocks that were looked at for the candidates, and for those that leave. */
  #checkedBlocks = new Set<number>();
  /** Without samples anywhere, out of memory, to leave the index. */
  #leaving: RefSet = NO_REFS;
  /** Out of the index; their exemplars are to go. */
  #dropped = new Set<number>();
  /** After an open, what is to leave is not known: all series are looked at once. */
  #lookedAtAll = false;

  constructor(parts: DatabaseParts) {
    this.#parts = parts;
  }

  /** @param refs of a generation that left memory */
  addRetired(refs: RefSet): void {
    this.#resting = union([this.#resting, refs]);
    this.#restingCheckedMs = Number.NEGATIVE_INFINITY;
  }

  /** @param refs of blocks that were dropped, or of samples that were deleted */
  addRemoved(refs: RefSet): void {
    if (refs.length === 0) return;
    this.#candidates = union([this.#candidates, this.#leaving, refs]);
    this.#leaving = NO_REFS;
    this.#checkedBlocks.clear();
  }

  /**
   * @returns whether anything was done
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ; it is tried again
   */
  step(): boolean {
    // Whose samples are on their way into memory has none there, and must not leave.
    if (this.#parts.head.hasPending) return false;
    return (
      this.#lookAtAll() ||
      this.#dropIdle() ||
      this.#checkBlock() ||
      this.#dropFromIndex() ||
      this.#dropExemplars()
    );
  }

  #lookAtAll(): boolean {
    if (this.#lookedAtAll) return false;
    this.#lookedAtAll = true;
    this.addRemoved(this.#parts.registry.indexedRefs());
    return true;
  }

  #dropIdle(): boolean {
    const { clock, limits, head, registry, statistics } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (this.#resting.length === 0 || nowMs - this.#restingCheckedMs < IDLE_CHECK_INTERVAL_MS) return false;
    this.#restingCheckedMs = nowMs;
    // Those in a live generation come back when it retires.
    const resting = this.#resting.filter((ref) => !head.has(ref));
    const silentSinceMs = clock.nowMs() - limits.seriesIdleMs;
    const isIdle = (ref: number): boolean => {
      const newestMs = head.newestTimes.get(ref);
      return newestMs === UNKNOWN_MS || newestMs < silentSinceMs;
    };
    const idle = resting.filter(isIdle);
    this.#resting = resting.filter((ref) => !isIdle(ref));
    if (idle.length === 0) return false;
    registry.dropFromMemory(idle);
    head.newestTimes.drop(idle);
    statistics.seriesIdled += idle.length;
    return true;
  }

  /** Looks at one block, or, when all were looked at, takes the candidates that are left out of memory. */
  #checkBlock(): boolean {
    if (this.#candidates.length === 0) return false;
    const { blocks, head, registry } = this.#parts;
    const block = blocks.list.find(({ id }) => !this.#checkedBlocks.has(id));
    if (block !== undefined) {
      const refs = blocks.refsOf(block);
      this.#checkedBlocks.add(block.id);
      // Of a damaged block nobody knows which series it holds: none leaves.
      this.#candidates = refs === null ? NO_REFS : subtract(this.#candidates, refs);
      return true;
    }
    this.#leaving = this.#candidates.filter((ref) => !head.has(ref));
    this.#candidates = NO_REFS;
    registry.dropFromMemory(this.#leaving);
    head.newestTimes.drop(this.#leaving);
    return true;
  }

  #dropFromIndex(): boolean {
    if (this.#leaving.length === 0) return false;
    const { blocks, registry, head, statistics } = this.#parts;
    if (blocks.list.some(({ id }) => !this.#checkedBlocks.has(id))) {
      // A generation became a block meanwhile, perhaps with samples of these series.
      this.#candidates = this.#leaving;
      this.#leaving = NO_REFS;
      return true;
    }
    if (!registry.mayDropFromIndex) return false;
    const step = this.#leaving.slice(0, DROP_SERIES_MAX).filter((ref) => !head.has(ref));
    this.#leaving = this.#leaving.slice(DROP_SERIES_MAX);
    const dropped = registry.dropFromIndex(step);
    statistics.seriesDropped += dropped.length;
    for (const ref of dropped) this.#dropped.add(ref);
    return true;
  }

  #dropExemplars(): boolean {
    if (this.#dropped.size === 0) return false;
    const { exemplars, store } = this.#parts;
    store.environment.writeDurably(() => exemplars.removeSeries((ref) => this.#dropped.has(ref)));
    exemplars.markRemoved();
    this.#dropped = new Set();
    return true;
  }
}
