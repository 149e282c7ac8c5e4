/**
 * Walks all chunks of a block in order of (ref, kind, time), one segment in memory at a time. Damaged segments
 * are reported through the block's reader and passed over.
 */
import type { ColumnCodec } from '../chunk/column-codec.ts';
import { damageReason } from '../store/damage.ts';
import type { BlockReader } from './block-reader.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import type { SampleRun } from './sample-run.ts';
import { SegmentReader } from './segment-reader.ts';
import { HISTOGRAMS, kindOfStreamKey } from './stream-kind.ts';

export class BlockCursor {
  /** Of the stream of the current chunk; Infinity at the end. */
  streamKey = -1;
  /** Of the current chunk. */
  sampleCount = 0;
  firstTimestampMs = 0;
  lastTimestampMs = 0;
  readonly #reader: BlockReader;
  readonly #segmentReader: SegmentReader;
  /** Of the segment that is loaded. */
  #entry = -1;
  #stream = 0;
  #chunk = -1;

  /** Stands on the first chunk. The reader must stay open. */
  constructor(reader: BlockReader, codec: ColumnCodec) {
    this.#reader = reader;
    this.#segmentReader = new SegmentReader(codec);
    this.next();
  }

  get blockId(): number {
    return this.#reader.blockId;
  }

  next(): void {
    const { segment } = this.#segmentReader;
    this.#chunk++;
    if (this.#entry < 0 || this.#chunk >= segment.chunkCount) {
      if (!this.#loadNextSegment()) {
        this.streamKey = Number.POSITIVE_INFINITY;
        return;
      }
    } else if (this.#chunk >= segment.streamChunkStart[this.#stream + 1]!) {
      this.#stream++;
    }
    this.streamKey = segment.streamKeys[this.#stream]!;
    this.sampleCount = segment.sampleCountOf(this.#chunk);
    this.firstTimestampMs = segment.firstTimestampMsOf(this.#chunk);
    this.lastTimestampMs = segment.lastTimestampMsOf(this.#chunk);
  }

  /**
   * Puts the current chunk's samples into `target` in place of what it holds.
   *
   * @returns false when the chunk is damaged, which is reported
   */
  tryDecode(target: SampleRun): boolean {
    target.clear();
    try {
      if (kindOfStreamKey(this.streamKey) === HISTOGRAMS) {
        const histograms = this.#segmentReader.histograms(this.#chunk);
        target.appendHistograms(this.#segmentReader.timestampMs(this.#chunk), histograms);
      } else {
        this.#segmentReader.appendSamples(this.#chunk, target.columns);
      }
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** @returns the current chunk as it is, valid until `next`; null when it is damaged, which is reported */
  tryEncoded(): EncodedChunk | null {
    try {
      return this.#segmentReader.encodedChunk(this.#chunk);
    } catch (error) {
      this.#report(error);
      return null;
    }
  }

  #loadNextSegment(): boolean {
    const index = this.#reader.index();
    for (this.#entry++; this.#entry < index.segmentCount; this.#entry++) {
      if (!this.#reader.tryLoad(this.#entry, this.#segmentReader)) continue;
      this.#stream = 0;
      this.#chunk = 0;
      return true;
    }
    return false;
  }

  #report(error: unknown): void {
    this.#reader.reportChunk(this.#segmentReader, this.streamKey, this.#chunk, damageReason(error));
  }
}
