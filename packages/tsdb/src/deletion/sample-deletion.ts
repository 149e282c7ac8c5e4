/**
 * Deletes samples: finds what some matchers select in a range of time, counts it, and puts tombstones that hide
 * it from then on. The rewriting of blocks gives the space back later (maintenance/rewrite-task.ts).
 *
 * Everything that was there before the call is in blocks by now, and no block comes or goes meanwhile. So the
 * tombstones hold for exactly the blocks that were counted. What is appended before they are put may be deleted with
 * the rest: a flush takes it along, or an equal sample in a block has it count as there already. What is appended
 * after that stays.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PromontoryError } from '@promontory/base';
import { type Matcher, SampleColumns } from '@promontory/model';
import type { BlockReader } from '../block/block-reader.ts';
import { overlapsAny, type TimeRange } from '../block/time-range.ts';
import { ERR_DELETION_INVALID, ERR_DELETIONS_MAX } from '../error-codes.ts';
import { hasRef, intersect, type RefSet, union } from '../index/ref-sets.ts';
import type { DatabaseParts } from '../maintenance/database-parts.ts';
import { refKey } from '../store/keys.ts';
import { encodeTombstone, TOMBSTONE_REFS_MAX } from './tombstone.ts';
import { outsideRanges, removeRanges } from './tombstones.ts';

/** Deletions that blocks have not caught up with: each costs every read a look. */
const TOMBSTONES_MAX = 1000;
const SERIES_PER_TURN = 500;

export interface DeletionOptions {
  /** Alternatives, each a conjunction with at least one matcher that does not accept the empty value. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  /** Milliseconds since the epoch, or -Infinity. */
  readonly rangeStartMsInclusive: number;
  /** Milliseconds since the epoch, or Infinity. */
  readonly rangeEndMsInclusive: number;
  /** Whether it only counts. Default: false. */
  readonly dryRun?: boolean;
}

/** What was deleted, or would be. */
export interface DeletionResult {
  /** Series that lose samples. */
  readonly seriesCount: number;
  readonly floatCount: number;
  readonly histogramCount: number;
  readonly exemplarCount: number;
}

/** @throws PromontoryError ERR_DELETION_INVALID (bad-data) */
export function checkDeletion(options: DeletionOptions): void {
  const { matcherSets, rangeStartMsInclusive, rangeEndMsInclusive } = options;
  if (matcherSets.length === 0) throw invalid('no matchers: it would delete everything');
  for (const matchers of matcherSets) {
    if (matchers.every((matcher) => matcher.matchesValue('')))
      throw invalid('a set of matchers accepts series without any of their labels; add one that does not');
  }
  if (!(rangeStartMsInclusive <= rangeEndMsInclusive))
    throw invalid(`the range ${rangeStartMsInclusive} to ${rangeEndMsInclusive} is not one`);
}

export class SampleDeletion {
  readonly #parts: DatabaseParts;
  readonly #range: TimeRange;
  readonly #selected: RefSet;
  readonly #columns = new SampleColumns();
  /** Series with samples to delete, by block. */
  readonly #hit: RefSet[] = [];
  #floatCount = 0;
  #histogramCount = 0;

  /** @param options checked */
  constructor(parts: DatabaseParts, options: DeletionOptions) {
    const { rangeStartMsInclusive, rangeEndMsInclusive } = options;
    this.#parts = parts;
    this.#range = { startMsInclusive: rangeStartMsInclusive, endMsInclusive: rangeEndMsInclusive };
    this.#selected = parts.registry.selectAny(options.matcherSets);
  }

  /**
   * Looks at all blocks, in short pieces.
   *
   * @param mustGoOn called between them
   * @throws PromontoryError ERR_STORE_READ, ERR_STORE_FORMAT_VERSION, and what `mustGoOn` throws
   */
  async count(mustGoOn: () => void): Promise<void> {
    const { blocks } = this.#parts;
    for (const block of blocks.list) {
      if (!overlapsAny([this.#range], block.firstTimestampMs, block.lastTimestampMs)) continue;
      const readers = blocks.open.acquire([block]);
      try {
        for (const reader of readers) await this.#countBlock(reader, mustGoOn);
      } finally {
        blocks.open.release(readers);
      }
    }
  }

  /**
   * Hides the samples and removes the exemplars, in one transaction, unless it is a dry run.
   *
   * @throws PromontoryError ERR_STORE_WRITE, ERR_DISK_FULL, ERR_STORE_FAILED, ERR_DELETIONS_MAX (overload);
   *   nothing is deleted then
   */
  finish(isDryRun: boolean): DeletionResult {
    const { exemplars } = this.#parts;
    const refs = union(this.#hit);
    const exemplarKeys = exemplars.findKeys(this.#range, (ref) => hasRef(this.#selected, ref));
    if (!isDryRun && refs.length + exemplarKeys.length > 0) this.#put(refs, exemplarKeys);
    return {
      seriesCount: refs.length,
      floatCount: this.#floatCount,
      histogramCount: this.#histogramCount,
      exemplarCount: exemplarKeys.length,
    };
  }

  async #countBlock(reader: BlockReader, mustGoOn: () => void): Promise<void> {
    const hit: number[] = [];
    for (const [index, ref] of intersect(this.#selected, reader.refs()).entries()) {
      if (index % SERIES_PER_TURN === SERIES_PER_TURN - 1) {
        await nextTurn();
        mustGoOn();
      }
      if (this.#countSeries(reader, ref)) hit.push(ref);
    }
    this.#hit.push(Int32Array.from(hit));
  }

  /** @returns whether the series has samples to delete in the block */
  #countSeries(reader: BlockReader, ref: number): boolean {
    const { startMsInclusive, endMsInclusive } = this.#range;
    const hidden = this.#parts.blocks.tombstones.rangesOf(ref, reader.blockId);
    const counts = overlapsAny(hidden, startMsInclusive, endMsInclusive)
      ? this.#countVisible(reader, ref, hidden)
      : reader.counts(ref, startMsInclusive, endMsInclusive);
    this.#floatCount += counts.floats;
    this.#histogramCount += counts.histograms;
    return counts.floats + counts.histograms > 0;
  }

  /** Without those that earlier deletions hide. */
  #countVisible(
    reader: BlockReader,
    ref: number,
    hidden: readonly TimeRange[],
  ): { floats: number; histograms: number } {
    const { startMsInclusive, endMsInclusive } = this.#range;
    const isInRange = (timestampMs: number): boolean =>
      timestampMs >= startMsInclusive && timestampMs <= endMsInclusive;
    const columns = this.#columns;
    columns.clear();
    reader.read(ref, startMsInclusive, endMsInclusive, columns);
    removeRanges(columns, 0, hidden);
    const histograms = outsideRanges(reader.readHistograms(ref, startMsInclusive, endMsInclusive), hidden);
    return {
      floats: columns.timestampMs.subarray(0, columns.count).filter(isInRange).length,
      histograms: histograms.filter(({ timestampMs }) => isInRange(timestampMs)).length,
    };
  }

  #put(refs: RefSet, exemplarKeys: readonly Buffer[]): void {
    const { store, meta, blocks, head, exemplars, guard } = this.#parts;
    const { nextBlockId, nextTombstoneId } = meta.current;
    const records: Buffer[] = [];
    for (let start = 0; start < refs.length; start += TOMBSTONE_REFS_MAX) {
      const id = nextTombstoneId + records.length;
      const part = refs.subarray(start, start + TOMBSTONE_REFS_MAX);
      records.push(encodeTombstone({ ...this.#range, id, blockIdEnd: nextBlockId, refs: part }));
    }
    mustHaveRoom(blocks.tombstones.list.length, records.length);
    guard.mustHaveRoom(records.reduce((bytes, record) => bytes + record.length, 0));
    store.environment.writeDurably(() => {
      for (const [index, record] of records.entries())
        store.tombstones.put(refKey(nextTombstoneId + index), record);
      exemplars.removeKeys(exemplarKeys);
      meta.put({ nextTombstoneId: nextTombstoneId + records.length });
    });
    meta.mark();
    exemplars.markRemoved();
    blocks.reloadTombstones();
    head.newestTimes.forgetUpTo(refs, this.#range.endMsInclusive);
  }
}

function mustHaveRoom(count: number, added: number): void {
  if (count + added <= TOMBSTONES_MAX) return;
  throw new PromontoryError(
    `cannot delete samples: ${count} deletions wait for the rewriting of their blocks, and ${TOMBSTONES_MAX} may; try again later`,
    { code: ERR_DELETIONS_MAX, kind: 'overload', context: { count, added } },
  );
}

function invalid(why: string): PromontoryError {
  return new PromontoryError(`cannot delete samples: ${why}`, {
    code: ERR_DELETION_INVALID,
    kind: 'bad-data',
  });
}
