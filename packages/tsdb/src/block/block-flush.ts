/**
 * Writes a frozen generation as a block, some series a step, so that ingestion goes on in between.
 *
 * Chunks are put in key order (block, ref, index) at the end of their table. The block's own record comes
 * in the last transaction, together with the generation's number in the meta record: until then the chunks
 * are not visible, and after a crash they are swept away and written again from the log.
 */
import { SampleColumns } from '@promontory/model';
import { ChunkCodec, SAMPLES_PER_CHUNK_MAX } from '../chunk/chunk-codec.ts';
import { HeadReader } from '../head/head-reader.ts';
import type { HeadWriter } from '../head/head-writer.ts';
import { chunkKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Block } from './block-record.ts';
import { mergeSamples } from './merge-samples.ts';

interface Totals {
  firstTimestampMs: number;
  lastTimestampMs: number;
  sampleCount: number;
  chunkBytes: number;
}

export class BlockFlush {
  readonly generation: number;
  readonly #store: Store;
  readonly #blockId: number;
  readonly #head: HeadReader;
  readonly #refs: Int32Array;
  readonly #codec = new ChunkCodec();
  readonly #columns = new SampleColumns();
  #nextIndex = 0;
  #totals: Totals = {
    firstTimestampMs: Number.POSITIVE_INFINITY,
    lastTimestampMs: Number.NEGATIVE_INFINITY,
    sampleCount: 0,
    chunkBytes: 0,
  };

  /** @param frozen takes no more samples */
  constructor(store: Store, frozen: HeadWriter, blockId: number) {
    this.generation = frozen.generation;
    this.#store = store;
    this.#blockId = blockId;
    this.#head = new HeadReader(frozen.memory);
    this.#refs = frozen.copySortedRefs();
  }

  get isComplete(): boolean {
    return this.#nextIndex === this.#refs.length;
  }

  /**
   * Writes the chunks of up to `seriesMax` series in one durable transaction.
   *
   * @throws PromontoryError ERR_STORE_WRITE; the step can be tried again
   */
  step(seriesMax: number): void {
    const end = Math.min(this.#refs.length, this.#nextIndex + seriesMax);
    const totals = { ...this.#totals };
    this.#store.environment.writeDurably(() => {
      for (let index = this.#nextIndex; index < end; index++) this.#putSeries(this.#refs[index]!, totals);
    });
    this.#totals = totals;
    this.#nextIndex = end;
  }

  /** The finished block, or null when the generation held no samples. */
  block(): Block | null {
    if (this.#refs.length === 0) return null;
    return { id: this.#blockId, seriesCount: this.#refs.length, ...this.#totals };
  }

  #putSeries(ref: number, totals: Totals): void {
    const columns = this.#columns;
    columns.clear();
    this.#head.read(ref, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, columns);
    mergeSamples(columns);
    const { timestampMs, count } = columns;
    if (count === 0) return;
    totals.firstTimestampMs = Math.min(totals.firstTimestampMs, timestampMs[0]!);
    totals.lastTimestampMs = Math.max(totals.lastTimestampMs, timestampMs[count - 1]!);
    for (let start = 0, index = 0; start < count; start += SAMPLES_PER_CHUNK_MAX, index++) {
      const chunk = this.#codec.encode(columns, start, Math.min(SAMPLES_PER_CHUNK_MAX, count - start));
      this.#store.chunks.put(chunkKey(this.#blockId, ref, index), chunk);
      totals.chunkBytes += chunk.length;
    }
    totals.sampleCount += count;
  }
}
