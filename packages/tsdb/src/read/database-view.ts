/**
 * A view of the database: the series that there were when it was opened, and at least the samples that they had then.
 *
 * The head's generations are pinned first and the LMDB snapshot is opened after: whatever a flush moves in
 * between is then in both, and the generations that the snapshot has as blocks are left out. What was committed
 * before is in one of the two. What flushes, merges, deletions and the retention do afterwards is not seen; samples that
 * are appended afterwards to a generation that is pinned are.
 *
 * A view pins head memory and pages of the main environment, and so has a limited life: read too late, it
 * answers ERR_READ_EXPIRED.
 */
import { type Clock, PromontoryError, type WorkTicker } from '@promontory/base';
import { type HistogramSample, type Labels, SampleColumns } from '@promontory/model';
import type { Block } from '../block/block-header.ts';
import type { BlockReader } from '../block/block-reader.ts';
import { mergeHistograms, mergeSamples } from '../block/merge-samples.ts';
import { outsideRanges, removeRanges, type Tombstones } from '../deletion/tombstones.ts';
import { ERR_READ_EXPIRED, ERR_STORE_CORRUPT } from '../error-codes.ts';
import type { Pin } from '../head/generations.ts';
import type { HeadReader } from '../head/head-reader.ts';
import type { IndexReader } from '../index/index-reader.ts';
import type { RefSet } from '../index/ref-sets.ts';
import type { Selections } from '../index/selections.ts';
import type { LabelCache } from '../label-cache.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import { estimateSamples, type SampleEstimate, type TimeExtent, timeExtentOf } from './estimate-samples.ts';
import type { TimeBounds } from './time-bounds.ts';

export type { TimeBounds } from './time-bounds.ts';

export interface DatabaseViewParts {
  readonly bounds: TimeBounds;
  readonly pin: Pin;
  readonly snapshot: LmdbSnapshot;
  /** Those that are not in blocks, as the snapshot says, oldest first. */
  readonly heads: readonly HeadReader[];
  /** Of blocks that reach into the bounds, in the order of their first samples. */
  readonly blocks: readonly BlockReader[];
  /** Those of them that hold native histograms, or start timestamps: most hold neither, and need not be looked into. */
  readonly blocksOfHistograms: readonly BlockReader[];
  readonly blocksOfStartTimestamps: readonly BlockReader[];
  /** All that the snapshot lists, in the order of their first samples. */
  readonly listedBlocks: readonly Block[];
  readonly tombstones: Tombstones;
  readonly index: IndexReader;
  /** Of the same state of the index. */
  readonly selections: Selections;
  readonly labels: LabelCache;
  readonly clock: Clock;
  readonly lifeMsMax: number;
  /** Told of the items that the call looks at which the view was opened for. */
  readonly ticker: WorkTicker;
  /** Gives the parts back; called once. */
  readonly release: () => void;
}

export class DatabaseView {
  readonly index: IndexReader;
  readonly selections: Selections;
  readonly snapshot: LmdbSnapshot;
  readonly ticker: WorkTicker;
  readonly #parts: DatabaseViewParts;
  readonly #expiresMs: number;
  readonly #scratch = new SampleColumns(1);
  #inside: ReadonlySet<BlockReader> | null = null;
  #isClosed = false;

  constructor(parts: DatabaseViewParts) {
    this.#parts = parts;
    this.index = parts.index;
    this.selections = parts.selections;
    this.snapshot = parts.snapshot;
    this.ticker = parts.ticker;
    this.#expiresMs = parts.clock.monotonicMs() + parts.lifeMsMax;
  }

  get hasExpired(): boolean {
    return this.#parts.clock.monotonicMs() > this.#expiresMs;
  }

  /** @throws PromontoryError ERR_STORE_CORRUPT, ERR_READ_EXPIRED */
  labels(ref: number): Labels {
    return this.#parts.labels.get(ref, () => {
      this.#mustBeOpen();
      const labels = this.index.labels(ref);
      if (labels === null) throw unreadable(ref);
      return labels;
    });
  }

  /**
   * Replaces the contents of `target` with the floats of a series in the bounds, ascending and unique.
   */
  read(ref: number, target: SampleColumns): void {
    this.#mustBeOpen();
    const { blocks, heads, tombstones, bounds } = this.#parts;
    const { rangeStartMsInclusive, rangeEndMsInclusive } = bounds;
    target.clear();
    for (const block of blocks) {
      const start = target.count;
      block.read(ref, rangeStartMsInclusive, rangeEndMsInclusive, target);
      removeRanges(target, start, tombstones.rangesOf(ref, block.blockId));
    }
    for (const head of heads) head.read(ref, rangeStartMsInclusive, rangeEndMsInclusive, target);
    mergeSamples(target);
  }

  /** The native histograms of a series, as `read`; owned by the caller. */
  readHistograms(ref: number): HistogramSample[] {
    const { blocksOfHistograms, heads, tombstones, bounds } = this.#parts;
    const mayHave = blocksOfHistograms.length > 0 || heads.some((head) => head.hasSide(ref));
    if (!mayHave && !this.#isClosed) return [];
    this.#mustBeOpen();
    const { rangeStartMsInclusive, rangeEndMsInclusive } = bounds;
    const gathered: HistogramSample[] = [];
    for (const block of blocksOfHistograms) {
      const stored = block.readHistograms(ref, rangeStartMsInclusive, rangeEndMsInclusive);
      for (const sample of outsideRanges(stored, tombstones.rangesOf(ref, block.blockId)))
        gathered.push(sample);
    }
    for (const head of heads) {
      for (const sample of head.readHistograms(ref, rangeStartMsInclusive, rangeEndMsInclusive))
        gathered.push(sample);
    }
    return gathered.length === 0 ? gathered : mergeHistograms(gathered);
  }

  /** As `read`, of the start timestamps: each at the time of its sample, with itself as the value. */
  readStartTimestamps(ref: number, target: SampleColumns): void {
    this.#mustBeOpen();
    const { blocksOfStartTimestamps, heads, tombstones, bounds } = this.#parts;
    const { rangeStartMsInclusive, rangeEndMsInclusive } = bounds;
    target.clear();
    for (const block of blocksOfStartTimestamps) {
      const start = target.count;
      block.readStartTimestamps(ref, rangeStartMsInclusive, rangeEndMsInclusive, target);
      removeRanges(target, start, tombstones.rangesOf(ref, block.blockId));
    }
    for (const head of heads)
      head.readStartTimestamps(ref, rangeStartMsInclusive, rangeEndMsInclusive, target);
    mergeSamples(target);
  }

  /** Whether a series has a sample in the bounds: of a block that lies in them, its index says so. */
  hasSamples(ref: number): boolean {
    this.#mustBeOpen();
    const { blocks, heads, tombstones, bounds } = this.#parts;
    const { rangeStartMsInclusive, rangeEndMsInclusive } = bounds;
    const columns = this.#scratch;
    for (const head of heads) {
      if (!head.has(ref)) continue;
      columns.clear();
      head.read(ref, rangeStartMsInclusive, rangeEndMsInclusive, columns);
      if (columns.count > 0) return true;
      if (head.readHistograms(ref, rangeStartMsInclusive, rangeEndMsInclusive).length > 0) return true;
    }
    return blocks.some((block) => {
      if (!block.index().hasRef(ref)) return false;
      const hidden = tombstones.rangesOf(ref, block.blockId);
      if (hidden.length === 0 && this.#blocksInside().has(block)) return true;
      return block.has(ref, rangeStartMsInclusive, rangeEndMsInclusive, hidden);
    });
  }

  /** All blocks that the snapshot lists, in the order of their first samples. */
  get listedBlocks(): readonly Block[] {
    return this.#parts.listedBlocks;
  }

  /** About how many samples the series have in the bounds; none is read. */
  estimate(refs: RefSet): SampleEstimate {
    this.#mustBeOpen();
    const { blocks, heads, bounds } = this.#parts;
    return estimateSamples({ blocks, heads, bounds }, refs);
  }

  /** The times of the oldest and the newest sample, in blocks and in the head; null when there is none. */
  timeExtent(): TimeExtent | null {
    this.#mustBeOpen();
    const { listedBlocks, heads } = this.#parts;
    return timeExtentOf(listedBlocks, heads, this.ticker);
  }

  /** Those that have all of their samples in the bounds. */
  #blocksInside(): ReadonlySet<BlockReader> {
    const { blocks, bounds } = this.#parts;
    this.#inside ??= new Set(
      blocks.filter((reader) => {
        const block = reader.block();
        return (
          block !== null &&
          block.firstTimestampMs >= bounds.rangeStartMsInclusive &&
          block.lastTimestampMs <= bounds.rangeEndMsInclusive
        );
      }),
    );
    return this.#inside;
  }

  /** Calling it twice is fine. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.release();
  }

  #mustBeOpen(): void {
    if (!this.#isClosed && !this.hasExpired) return;
    const { lifeMsMax } = this.#parts;
    const why = this.hasExpired ? `it was opened more than ${lifeMsMax} ms ago (readMsMax)` : 'it is closed';
    throw new PromontoryError(`cannot read series set: ${why}`, {
      code: ERR_READ_EXPIRED,
      kind: 'timeout',
      context: { lifeMsMax },
    });
  }
}

function unreadable(ref: number): PromontoryError {
  return new PromontoryError(`cannot read the labels of series ${ref}: damaged`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { ref },
  });
}
