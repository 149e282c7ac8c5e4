// HOT PATH: about 50 ns a sample, reading the head included, no allocation a float; tsdb-writer.bench.ts.
/** Writes a frozen generation as a block, some series a step, so that ingestion goes on in between. */
import { SampleColumns } from '@promontory/model';
import { HeadReader } from '../head/head-reader.ts';
import type { HeadWriter } from '../head/head-writer.ts';
import type { Block } from './block-header.ts';
import { BlockWriter, type BlockWriterOptions } from './block-writer.ts';
import { mergeHistograms, mergeSamples } from './merge-samples.ts';

const ALWAYS = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

export class BlockFlush {
  readonly generation: number;
  readonly blockId: number;
  /** Of the series in the generation, ascending. */
  readonly refs: Int32Array;
  readonly #writer: BlockWriter;
  readonly #head: HeadReader;
  readonly #columns = new SampleColumns();
  #nextIndex = 0;

  /**
   * @param frozen takes no more samples
   * @throws PromontoryError ERR_STORE_WRITE
   */
  constructor(
    frozen: HeadWriter,
    options: Pick<BlockWriterOptions, 'blocksDirectory' | 'blockId' | 'codec'>,
  ) {
    this.generation = frozen.generation;
    this.blockId = options.blockId;
    this.refs = frozen.copySortedRefs();
    this.#head = new HeadReader(frozen.memory);
    const { generation } = frozen;
    this.#writer = new BlockWriter({
      ...options,
      level: 0,
      firstGeneration: generation,
      lastGeneration: generation,
    });
  }

  /**
   * Writes up to `seriesMax` series.
   *
   * @returns true when all are written
   * @throws PromontoryError ERR_STORE_WRITE; only `abort` is left then
   */
  step(seriesMax: number): boolean {
    const end = Math.min(this.refs.length, this.#nextIndex + seriesMax);
    while (this.#nextIndex < end) this.#addSeries(this.refs[this.#nextIndex++]!);
    return end === this.refs.length;
  }

  /**
   * @returns the block on disk, null when the generation held nothing
   * @throws PromontoryError ERR_STORE_WRITE; only `abort` is left then
   */
  async finish(): Promise<Block | null> {
    return this.#writer.finish();
  }

  async abort(): Promise<void> {
    await this.#writer.abort();
  }

  #addSeries(ref: number): void {
    const columns = this.#columns;
    columns.clear();
    this.#head.read(ref, ...ALWAYS, columns);
    if (columns.count > 0) {
      mergeSamples(columns);
      this.#writer.addFloats(ref, columns);
    }
    if (!this.#head.hasSide(ref)) return;
    const histograms = mergeHistograms(this.#head.readHistograms(ref, ...ALWAYS));
    if (histograms.length > 0) this.#writer.addHistograms(ref, histograms);
    columns.clear();
    this.#head.readStartTimestamps(ref, ...ALWAYS, columns);
    if (columns.count === 0) return;
    mergeSamples(columns);
    this.#writer.addStartTimestamps(ref, columns);
  }
}
