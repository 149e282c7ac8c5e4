// HOT PATH: about 4 us to find a series, then the codec's own cost; no allocation a sample; block.bench.ts.
/**
 * Reads one block. Opening is put off to the first read, and the index is read once; then a stream is found by
 * binary search over segments, and a segment that is not in the thread's cache is one read of LMDB.
 *
 * What is damaged is reported and left out, every time it is met. A block never changes, so results depend on
 * nothing but the arguments. One object serves one thread; every thread may have its own. A block that was deleted
 * while it is open can be read until it is closed.
 */
import { assert, PromontoryError } from '@promontory/base';
import type { HistogramSample, SampleColumns } from '@promontory/model';
import type { ColumnCodec } from '../chunk/column-codec.ts';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { damageReason } from '../store/damage.ts';
import type { BlockDamage, OnBlockDamage } from './block-damage.ts';
import { BLOCK_HEADER_KEY, BLOCK_INDEX_KEY, blockPath, segmentKey } from './block-folder.ts';
import { type Block, decodeBlockHeader } from './block-header.ts';
import { type BlockIndex, BlockIndexBuilder, decodeBlockIndex } from './block-index.ts';
import { type BlockRecords, SalvagedBlockRecords, StoredBlockRecords } from './block-records.ts';
import type { CachedSegment, SegmentCache } from './segment-cache.ts';
import { SegmentReader } from './segment-reader.ts';
import {
  FLOATS,
  HISTOGRAMS,
  kindOfStreamKey,
  refOfStreamKey,
  START_TIMESTAMPS,
  type StreamKind,
  streamKey,
} from './stream-kind.ts';
import type { TimeRange } from './time-range.ts';

export interface BlockReaderOptions {
  readonly blocksDirectory: string;
  readonly blockId: number;
  readonly codec: ColumnCodec;
  /** Of the thread. */
  readonly segments: SegmentCache;
  /** Called during the read that meets it. */
  readonly onDamage: OnBlockDamage;
}

export interface BlockSampleCounts {
  readonly floats: number;
  readonly histograms: number;
  readonly startTimestamps: number;
}

/** What is done with a chunk of a loaded segment. @returns true to stop */
type ChunkAction = (segment: CachedSegment, chunk: number) => boolean;

export class BlockReader {
  readonly blockId: number;
  readonly #options: BlockReaderOptions;
  #records: BlockRecords | null = null;
  #index: BlockIndex | null = null;
  /** The segment that was read last; the cache may have given it away since. */
  #current: CachedSegment | null = null;
  #isClosed = false;

  constructor(options: BlockReaderOptions) {
    this.blockId = options.blockId;
    this.#options = options;
  }

  /**
   * Opens the files now rather than at the first read: once open, they may be deleted.
   *
   * @returns false when they are gone, which is not reported before something is read
   * @throws PromontoryError ERR_STORE_FORMAT_VERSION, ERR_STORE_READ
   */
  tryOpenFiles(): boolean {
    if (this.#records !== null) return true;
    const damage = this.#openRecords();
    if (this.#records === null) return false;
    if (damage !== null) this.#reportBlock(damage);
    return true;
  }

  /**
   * Appends the floats in [start, end] to `target`, ascending.
   *
   * @throws PromontoryError ERR_STORE_FORMAT_VERSION, ERR_STORE_READ; the same holds for the other methods
   */
  read(ref: number, startMsInclusive: number, endMsInclusive: number, target: SampleColumns): void {
    this.#readSamples(ref, FLOATS, startMsInclusive, endMsInclusive, target);
  }

  /** As `read`; values are start timestamps. */
  readStartTimestamps(
    ref: number,
    startMsInclusive: number,
    endMsInclusive: number,
    target: SampleColumns,
  ): void {
    this.#readSamples(ref, START_TIMESTAMPS, startMsInclusive, endMsInclusive, target);
  }

  /** As `read`, as samples that belong to the caller. */
  readHistograms(ref: number, startMsInclusive: number, endMsInclusive: number): HistogramSample[] {
    const samples: HistogramSample[] = [];
    this.#walk(ref, HISTOGRAMS, startMsInclusive, endMsInclusive, ({ reader }, chunk) => {
      const timestampMs = reader.timestampMs(chunk);
      for (const [index, histogram] of reader.histograms(chunk).entries())
        samples.push({ timestampMs: timestampMs[index]!, histogram });
      return false;
    });
    return samples;
  }

  /**
   * Whether the series has a float or a histogram in [start, end], and in none of the ranges that are hidden. Values
   * are not looked at.
   */
  has(
    ref: number,
    startMsInclusive: number,
    endMsInclusive: number,
    hidden: readonly TimeRange[] = [],
  ): boolean {
    let isFound = false;
    const action: ChunkAction = ({ reader }, chunk) =>
      (isFound = reader.hasVisible(chunk, startMsInclusive, endMsInclusive, hidden));
    for (const kind of [FLOATS, HISTOGRAMS]) {
      if (!isFound) this.#walk(ref, kind, startMsInclusive, endMsInclusive, action);
    }
    return isFound;
  }

  /** How many samples the series has in [start, end]. Values are not looked at. */
  counts(ref: number, startMsInclusive: number, endMsInclusive: number): BlockSampleCounts {
    const count = (kind: StreamKind): number => {
      let sum = 0;
      this.#walk(ref, kind, startMsInclusive, endMsInclusive, ({ reader }, chunk) => {
        sum += reader.countIn(chunk, startMsInclusive, endMsInclusive);
        return false;
      });
      return sum;
    };
    return { floats: count(FLOATS), histograms: count(HISTOGRAMS), startTimestamps: count(START_TIMESTAMPS) };
  }

  /** The series in the block, ascending, each once; owned by the caller. */
  refs(): Int32Array {
    return this.index().copyRefs();
  }

  /** @returns null when the header is damaged */
  block(): Block | null {
    const records = this.#tryOpen();
    if (records === null) return null;
    try {
      const value = records.get(BLOCK_HEADER_KEY);
      if (value === undefined) throw missing();
      return decodeBlockHeader(value, this.blockId, records.bytes);
    } catch (error) {
      this.report({ what: 'header', blockId: this.blockId, reason: damageReason(error) });
      return null;
    }
  }

  /** For walking the whole block. Without segments when the block cannot be opened. */
  index(): BlockIndex {
    if (this.#index !== null) return this.#index;
    const records = this.#tryOpen();
    if (records === null) return new BlockIndexBuilder().build();
    try {
      const value = records.get(BLOCK_INDEX_KEY);
      if (value === undefined) throw missing();
      this.#index = decodeBlockIndex(value, this.blockId);
    } catch (error) {
      this.report({ what: 'index', blockId: this.blockId, reason: damageReason(error) });
      this.#index = this.#rebuildIndex(records);
    }
    return this.#index;
  }

  /**
   * For walking the whole block: loads the segment of an entry of the index into a reader of the caller's.
   *
   * @returns false when it is damaged, which is reported
   */
  tryLoad(entry: number, target: Pick<SegmentReader, 'load'>): boolean {
    const index = this.index();
    const segmentNumber = index.segmentNumbers[entry]!;
    try {
      this.#load(segmentNumber, target);
      return true;
    } catch (error) {
      const firstKey = index.firstStreamKeys[entry]!;
      const nextKey = index.firstStreamKeys[entry + 1];
      const isOneStream = nextKey === firstKey;
      this.report({
        what: 'segment',
        blockId: this.blockId,
        segmentNumber,
        ref: refOfStreamKey(firstKey),
        ...(nextKey !== undefined && { lastRef: refOfStreamKey(nextKey) }),
        ...(isOneStream && {
          kind: kindOfStreamKey(firstKey),
          firstTimestampMs: index.firstTimestampMs[entry]!,
          lastTimestampMs: index.firstTimestampMs[entry + 1]! - 1,
        }),
        reason: damageReason(error),
      });
      return false;
    }
  }

  /** For walking the whole block: says what its walker found damaged. */
  report(damage: BlockDamage): void {
    this.#options.onDamage(damage);
  }

  /** Calling it twice is fine. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#index = null;
    this.#current = null;
    const records = this.#records;
    this.#records = null;
    await records?.close();
  }

  #readSamples(
    ref: number,
    kind: StreamKind,
    startMsInclusive: number,
    endMsInclusive: number,
    target: SampleColumns,
  ): void {
    this.#walk(ref, kind, startMsInclusive, endMsInclusive, (segment, chunk) => {
      segment.appendSamples(chunk, startMsInclusive, endMsInclusive, target);
      return false;
    });
  }

  /** Calls `action` for each chunk of the stream that overlaps [start, end], in order of time. */
  #walk(ref: number, kind: StreamKind, startMs: number, endMs: number, action: ChunkAction): void {
    const index = this.index();
    if (!index.hasRef(ref)) return;
    const key = streamKey(ref, kind);
    const isAhead = (entry: number): boolean =>
      entry < index.segmentCount &&
      index.firstStreamKeys[entry] === key &&
      index.firstTimestampMs[entry]! <= endMs;
    let entry = index.find(key, startMs);
    do {
      const segment = this.#segmentOf(entry);
      if (segment !== null && this.#walkSegment(segment, key, startMs, endMs, action)) return;
      entry++;
    } while (isAhead(entry));
  }

  /** @returns true to stop */
  #walkSegment(
    cached: CachedSegment,
    key: number,
    startMs: number,
    endMs: number,
    action: ChunkAction,
  ): boolean {
    const { segment } = cached.reader;
    const stream = segment.findStream(key);
    if (stream < 0) return false;
    const chunksEnd = segment.streamChunkStart[stream + 1]!;
    for (let chunk = segment.streamChunkStart[stream]!; chunk < chunksEnd; chunk++) {
      if (segment.lastTimestampMsOf(chunk) < startMs) continue;
      if (segment.firstTimestampMsOf(chunk) > endMs) return true;
      try {
        if (action(cached, chunk)) return true;
      } catch (error) {
        this.reportChunk(cached.reader, key, chunk, damageReason(error));
      }
    }
    return false;
  }

  /** For walking the whole block: says that a chunk of a loaded segment is damaged. */
  reportChunk(reader: SegmentReader, key: number, chunk: number, reason: string): void {
    this.report({
      what: 'chunk',
      blockId: this.blockId,
      ref: refOfStreamKey(key),
      kind: kindOfStreamKey(key),
      firstTimestampMs: reader.segment.firstTimestampMsOf(chunk),
      lastTimestampMs: reader.segment.lastTimestampMsOf(chunk),
      reason,
    });
  }

  #segmentOf(entry: number): CachedSegment | null {
    const segmentNumber = this.index().segmentNumbers[entry];
    if (segmentNumber === undefined) return null;
    if (this.#current?.isOf(this.blockId, segmentNumber) !== true) {
      this.#current = this.#options.segments.get(this.blockId, segmentNumber, (target) =>
        this.tryLoad(entry, target),
      );
    }
    return this.#current;
  }

  #load(segmentNumber: number, target: Pick<SegmentReader, 'load'>): void {
    const value = this.#tryOpen()?.get(segmentKey(segmentNumber));
    if (value === undefined) throw missing();
    target.load(value, this.blockId, segmentNumber);
  }

  #rebuildIndex(records: BlockRecords): BlockIndex {
    const builder = new BlockIndexBuilder();
    const reader = new SegmentReader(this.#options.codec);
    for (const segmentNumber of records.segmentNumbers()) {
      try {
        this.#load(segmentNumber, reader);
      } catch (error) {
        const reason = damageReason(error);
        this.report({ what: 'segment', blockId: this.blockId, segmentNumber, reason });
        continue;
      }
      const { segment } = reader;
      builder.addSegment(segmentNumber, segment.streamKeys[0]!, segment.firstTimestampMsOf(0));
      for (let stream = 0; stream < segment.streamCount; stream++)
        builder.addRef(refOfStreamKey(segment.streamKeys[stream]!));
    }
    return builder.build();
  }

  /** @returns null when the block's data file is gone, which is reported */
  #tryOpen(): BlockRecords | null {
    if (this.#records !== null) return this.#records;
    const damage = this.#openRecords();
    if (damage !== null) this.#reportBlock(damage);
    return this.#records;
  }

  /** @returns what is wrong with the files, null for nothing */
  #openRecords(): string | null {
    assert(!this.#isClosed, 'block reader is open');
    const path = blockPath(this.#options.blocksDirectory, this.blockId);
    try {
      this.#records = new StoredBlockRecords(path);
      return null;
    } catch (error) {
      const reason = damageReason(error);
      this.#records = SalvagedBlockRecords.tryOpen(path, this.blockId);
      return reason;
    }
  }

  #reportBlock(reason: string): void {
    this.report({ what: 'block', blockId: this.blockId, reason });
  }
}

function missing(): PromontoryError {
  return new PromontoryError('cannot read record: it is missing', {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
  });
}
