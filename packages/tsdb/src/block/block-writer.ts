// HOT PATH: little above the codec's own cost, no allocation a sample; block.bench.ts.
/**
 * Writes a block: streams in order of (ref, kind) go into segments, segments into transactions of some MB that
 * are not synced. `finish` writes index and header, and syncs everything once: a block whose folder was not
 * finished has no record in `main` and is deleted at the next open.
 *
 * Memory is bounded by one transaction and one segment. Between any two calls the caller may do other things.
 */
import { mkdirSync } from 'node:fs';
import { assert, errorMessage, PromontoryError } from '@promontory/base';
import type { HistogramSample, NativeHistogram, SampleColumns } from '@promontory/model';
import { type ColumnCodec, SAMPLES_PER_CHUNK_MAX, valueColumnBytesMax } from '../chunk/column-codec.ts';
import { encodeHistogramColumn, histogramsPerColumn } from '../chunk/histogram-column.ts';
import { ERR_STORE_WRITE } from '../error-codes.ts';
import { makeDirectoryDurably } from '../store/durable-directory.ts';
import { LmdbEnvironment, type LmdbTable } from '../store/lmdb-environment.ts';
import { BLOCK_HEADER_KEY, BLOCK_INDEX_KEY, blockPath, deleteBlock, segmentKey } from './block-folder.ts';
import { type Block, encodeBlockHeader } from './block-header.ts';
import { BlockIndexBuilder } from './block-index.ts';
import { type EncodedChunk, type EncodedColumn, encodedColumn } from './encoded-chunk.ts';
import { SegmentBuilder, TIMESTAMP_MS_MAX } from './segment-builder.ts';
import { FLOATS, HISTOGRAMS, START_TIMESTAMPS, type StreamKind, streamKey } from './stream-kind.ts';
import { TimestampColumnCache } from './timestamp-column-cache.ts';

/** Histograms are some hundred bytes each: fewer of them make a chunk worth decoding alone. */
const HISTOGRAMS_PER_CHUNK_MAX = 128;
const TRANSACTION_BYTES = 2 * 1024 ** 2;

export function samplesPerChunkMax(kind: StreamKind): number {
  return kind === HISTOGRAMS ? HISTOGRAMS_PER_CHUNK_MAX : SAMPLES_PER_CHUNK_MAX;
}

export interface BlockWriterOptions {
  /** The folder of all blocks; made when it is not there. */
  readonly blocksDirectory: string;
  /** Must have no folder. */
  readonly blockId: number;
  /** As in `Block`. */
  readonly level: number;
  readonly firstGeneration: number;
  readonly lastGeneration: number;
  readonly codec: ColumnCodec;
}

export class BlockWriter {
  readonly #options: BlockWriterOptions;
  readonly #codec: ColumnCodec;
  readonly #environment: LmdbEnvironment;
  readonly #table: LmdbTable;
  readonly #timestamps: TimestampColumnCache;
  readonly #valueBytes = Buffer.allocUnsafe(valueColumnBytesMax(SAMPLES_PER_CHUNK_MAX));
  readonly #segment: SegmentBuilder;
  readonly #index = new BlockIndexBuilder();
  /** Sealed and not yet written. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Segments that were sealed, written or not. */
  #segmentCount = 0;
  #lastStreamKey = -1;
  #streamEndMs = Number.NEGATIVE_INFINITY;
  #firstTimestampMs = Number.POSITIVE_INFINITY;
  #lastTimestampMs = Number.NEGATIVE_INFINITY;
  readonly #sampleCounts: [floats: number, histograms: number, startTimestamps: number] = [0, 0, 0];
  #isOpen = true;

  /** @throws PromontoryError ERR_STORE_WRITE */
  constructor(options: BlockWriterOptions) {
    this.#options = options;
    this.#codec = options.codec;
    this.#timestamps = new TimestampColumnCache(options.codec);
    this.#segment = new SegmentBuilder(options.blockId);
    this.#environment = makeEnvironment(options);
    this.#table = this.#environment.rootTable();
  }

  /** Samples of all kinds so far. */
  get sampleCount(): number {
    return this.#sampleCounts[0] + this.#sampleCounts[1] + this.#sampleCounts[2];
  }

  /**
   * Adds all samples of the columns: ascending, after those that the same stream has. Every call makes chunks of
   * its own, so give a stream in multiples of a chunk.
   *
   * After ERR_STORE_WRITE only `abort` is left; the same holds for the other methods.
   *
   * @throws PromontoryError ERR_STORE_WRITE
   */
  addFloats(ref: number, columns: SampleColumns): void {
    this.#addColumns(ref, FLOATS, columns);
  }

  /** As `addFloats`; the value of each sample is its start timestamp. */
  addStartTimestamps(ref: number, columns: SampleColumns): void {
    this.#addColumns(ref, START_TIMESTAMPS, columns);
  }

  /** As `addFloats`. */
  addHistograms(ref: number, samples: readonly HistogramSample[]): void {
    const timestampMs = Float64Array.from(samples, (sample) => sample.timestampMs);
    const histograms = samples.map((sample) => sample.histogram);
    for (let start = 0; start < samples.length;) {
      const most = Math.min(samples.length - start, HISTOGRAMS_PER_CHUNK_MAX);
      start += this.addHistogramChunk(ref, timestampMs, histograms, start, most);
    }
  }

  /** Adds samples [start, start + count), at most SAMPLES_PER_CHUNK_MAX, as one chunk. */
  addSampleChunk(ref: number, kind: StreamKind, columns: SampleColumns, start: number, count: number): void {
    const end = this.#codec.encodeValues(columns, start, count, this.#valueBytes, 0);
    const values = encodedColumn(this.#valueBytes.subarray(0, end));
    this.#addChunk(ref, kind, columns.timestampMs, start, count, values);
  }

  /**
   * Adds histograms from `start` on as one chunk: `countMax` of them, at most HISTOGRAMS_PER_CHUNK_MAX, or fewer when
   * their layouts differ too much.
   *
   * @returns how many
   */
  addHistogramChunk(
    ref: number,
    timestampMs: Float64Array,
    histograms: readonly NativeHistogram[],
    start: number,
    countMax: number,
  ): number {
    const count = histogramsPerColumn(histograms, start, start + countMax);
    const bytes = encodeHistogramColumn(this.#codec, histograms.slice(start, start + count));
    this.#addChunk(ref, HISTOGRAMS, timestampMs, start, count, encodedColumn(bytes));
    return count;
  }

  /** Adds a chunk of another block as it is. Its bytes are copied. */
  addEncodedChunk(ref: number, kind: StreamKind, chunk: EncodedChunk): void {
    assert(this.#isOpen, 'block is being written');
    const key = streamKey(ref, kind);
    if (key !== this.#lastStreamKey) {
      assert(key > this.#lastStreamKey && ref < 2 ** 31, 'streams come in order', { ref, kind });
      this.#lastStreamKey = key;
      this.#streamEndMs = -TIMESTAMP_MS_MAX - 1;
      this.#index.addRef(ref);
    }
    const { firstTimestampMs, lastTimestampMs, sampleCount } = chunk;
    assert(
      firstTimestampMs > this.#streamEndMs &&
        lastTimestampMs >= firstTimestampMs &&
        lastTimestampMs <= TIMESTAMP_MS_MAX,
      'chunks of a stream ascend',
      { ref, kind, firstTimestampMs, lastTimestampMs },
    );
    this.#streamEndMs = lastTimestampMs;
    if (!this.#segment.tryAdd(ref, kind, chunk)) {
      this.#sealSegment();
      this.#segment.tryAdd(ref, kind, chunk);
    }
    this.#sampleCounts[kind] += sampleCount;
    this.#firstTimestampMs = Math.min(this.#firstTimestampMs, firstTimestampMs);
    this.#lastTimestampMs = Math.max(this.#lastTimestampMs, lastTimestampMs);
  }

  /**
   * Writes what is left and returns when all of it is on disk.
   *
   * @returns the block, or null when nothing was added: there is no folder then
   * @throws PromontoryError ERR_STORE_WRITE; then `abort`
   */
  async finish(): Promise<Block | null> {
    assert(this.#isOpen, 'block is being written');
    if (this.#lastStreamKey < 0) {
      await this.abort();
      return null;
    }
    if (!this.#segment.isEmpty) this.#sealSegment();
    const { blockId, level, firstGeneration, lastGeneration } = this.#options;
    const header = {
      id: blockId,
      level,
      firstGeneration,
      lastGeneration,
      firstTimestampMs: this.#firstTimestampMs,
      lastTimestampMs: this.#lastTimestampMs,
      seriesCount: this.#index.seriesCount,
      segmentCount: this.#segmentCount,
      floatCount: this.#sampleCounts[FLOATS],
      histogramCount: this.#sampleCounts[HISTOGRAMS],
      startTimestampCount: this.#sampleCounts[START_TIMESTAMPS],
    };
    const index = this.#index.build().encode(blockId);
    // With the last segments: a transaction of its own would leave the pages that it rewrites free for ever.
    this.#environment.writeUnsynced(() => {
      this.#table.put(BLOCK_HEADER_KEY, encodeBlockHeader(header));
      this.#table.put(BLOCK_INDEX_KEY, index);
      this.#putPending();
    });
    this.#pending = [];
    this.#isOpen = false;
    const bytes = await this.#environment.finishBuilding();
    return { ...header, bytes };
  }

  /** Deletes what was written, also after `finish`. Calling it twice is fine. */
  async abort(): Promise<void> {
    this.#isOpen = false;
    this.#pending = [];
    await this.#environment.close();
    deleteBlock(this.#options.blocksDirectory, this.#options.blockId);
  }

  #addColumns(ref: number, kind: StreamKind, columns: SampleColumns): void {
    for (let start = 0; start < columns.count; start += SAMPLES_PER_CHUNK_MAX) {
      this.addSampleChunk(ref, kind, columns, start, Math.min(columns.count - start, SAMPLES_PER_CHUNK_MAX));
    }
  }

  #addChunk(
    ref: number,
    kind: StreamKind,
    timestampMs: Float64Array,
    start: number,
    count: number,
    values: EncodedColumn,
  ): void {
    this.addEncodedChunk(ref, kind, {
      sampleCount: count,
      firstTimestampMs: timestampMs[start]!,
      lastTimestampMs: timestampMs[start + count - 1]!,
      timestamps: this.#timestamps.encode(timestampMs, start, count),
      values,
    });
  }

  #sealSegment(): void {
    const { firstStreamKey, firstTimestampMs } = this.#segment;
    this.#index.addSegment(this.#segmentCount, firstStreamKey, firstTimestampMs);
    const bytes = this.#segment.seal(this.#segmentCount++);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= TRANSACTION_BYTES) this.#writePending();
  }

  #writePending(): void {
    this.#environment.writeUnsynced(() => this.#putPending());
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #putPending(): void {
    const firstNumber = this.#segmentCount - this.#pending.length;
    for (const [index, bytes] of this.#pending.entries())
      this.#table.put(segmentKey(firstNumber + index), bytes);
  }
}

function makeEnvironment({ blocksDirectory, blockId }: BlockWriterOptions): LmdbEnvironment {
  const path = blockPath(blocksDirectory, blockId);
  let isMade = false;
  try {
    makeDirectoryDurably(blocksDirectory);
    mkdirSync(path);
    isMade = true;
    return new LmdbEnvironment(path, 'building');
  } catch (cause) {
    if (isMade) tryDeleteBlock(blocksDirectory, blockId);
    throw new PromontoryError(`cannot make block ${blockId}: ${errorMessage(cause)}`, {
      code: ERR_STORE_WRITE,
      kind: 'unavailable',
      cause,
    });
  }
}

/** For when another error is to be told. The name is free as soon as the folder is renamed; the rest goes at the next open. */
function tryDeleteBlock(blocksDirectory: string, blockId: number): void {
  try {
    deleteBlock(blocksDirectory, blockId);
  } catch {
    // What hindered it mostly is what hindered the making, such as too many open files.
  }
}
