/**
 * Verifies a block: every checksum, every chunk decoded, the order of streams and times, and what index and
 * header say against what is there. Whatever is wrong is reported through the block's reader.
 */
import type { ColumnCodec } from '../chunk/column-codec.ts';
import { BlockCursor } from './block-cursor.ts';
import type { BlockReader } from './block-reader.ts';
import { SampleRun } from './sample-run.ts';
import { kindOfStreamKey, refOfStreamKey, type StreamKind } from './stream-kind.ts';

/** A chunk that is intact. */
export interface VerifiedChunk {
  readonly ref: number;
  readonly kind: StreamKind;
  readonly sampleCount: number;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
}

class Verification {
  readonly #reader: BlockReader;
  readonly #run = new SampleRun();
  readonly #refs: number[] = [];
  readonly #sampleCounts = [0, 0, 0];
  #firstTimestampMs = Number.POSITIVE_INFINITY;
  #lastTimestampMs = Number.NEGATIVE_INFINITY;
  #streamKey = -1;
  #streamEndMs = Number.NEGATIVE_INFINITY;

  constructor(reader: BlockReader) {
    this.#reader = reader;
  }

  /** @returns the chunk when it is intact */
  checkChunk(cursor: BlockCursor): VerifiedChunk | null {
    const ref = refOfStreamKey(cursor.streamKey);
    const kind = kindOfStreamKey(cursor.streamKey);
    const { sampleCount, firstTimestampMs, lastTimestampMs } = cursor;
    if (this.#refs.at(-1) !== ref) this.#refs.push(ref);
    const isInOrder =
      cursor.streamKey > this.#streamKey ||
      (cursor.streamKey === this.#streamKey && firstTimestampMs > this.#streamEndMs);
    this.#streamKey = cursor.streamKey;
    this.#streamEndMs = lastTimestampMs;
    if (!cursor.tryDecode(this.#run)) return null;
    if (!isInOrder || !isAscending(this.#run)) {
      this.#reportOrder('samples are not in order', { ref, kind, firstTimestampMs, lastTimestampMs });
      return null;
    }
    this.#sampleCounts[kind]! += sampleCount;
    this.#firstTimestampMs = Math.min(this.#firstTimestampMs, firstTimestampMs);
    this.#lastTimestampMs = Math.max(this.#lastTimestampMs, lastTimestampMs);
    return { ref, kind, sampleCount, firstTimestampMs, lastTimestampMs };
  }

  checkTotals(segmentCount: number): void {
    const block = this.#reader.block();
    if (block === null) return;
    const [floats, histograms, startTimestamps] = this.#sampleCounts;
    const facts: readonly (readonly [what: string, found: number | undefined, stated: number])[] = [
      ['segments', segmentCount, block.segmentCount],
      ['series', this.#refs.length, block.seriesCount],
      ['floats', floats, block.floatCount],
      ['histograms', histograms, block.histogramCount],
      ['start timestamps', startTimestamps, block.startTimestampCount],
      ['first timestamp', this.#firstTimestampMs, block.firstTimestampMs],
      ['last timestamp', this.#lastTimestampMs, block.lastTimestampMs],
    ];
    for (const [what, found, stated] of facts) {
      if (found !== stated) this.#reportOrder(`${what}: found ${found}, the header says ${stated}`);
    }
    const refs = this.#reader.refs();
    if (refs.length !== this.#refs.length || this.#refs.some((ref, index) => ref !== refs[index]))
      this.#reportOrder('the index has other series than the segments');
  }

  #reportOrder(reason: string, where: Partial<VerifiedChunk> = {}): void {
    const { ref, kind, firstTimestampMs, lastTimestampMs } = where;
    this.#reader.report({
      what: 'order',
      blockId: this.#reader.blockId,
      ...(ref !== undefined && { ref }),
      ...(kind !== undefined && { kind }),
      ...(firstTimestampMs !== undefined && { firstTimestampMs }),
      ...(lastTimestampMs !== undefined && { lastTimestampMs }),
      reason,
    });
  }
}

/**
 * Verifies the block in steps of a chunk: pause between them as you like.
 *
 * @param visit gets every intact chunk, in order; for checks across blocks and the index of series
 */
export function* verifyBlock(
  reader: BlockReader,
  codec: ColumnCodec,
  visit: (chunk: VerifiedChunk) => void,
): Generator<void, void> {
  const verification = new Verification(reader);
  const cursor = new BlockCursor(reader, codec);
  while (Number.isFinite(cursor.streamKey)) {
    const chunk = verification.checkChunk(cursor);
    if (chunk !== null) visit(chunk);
    cursor.next();
    yield;
  }
  verification.checkTotals(reader.index().segmentCount);
}

function isAscending({ columns }: SampleRun): boolean {
  for (let index = 1; index < columns.count; index++) {
    if (!(columns.timestampMs[index]! > columns.timestampMs[index - 1]!)) return false;
  }
  return true;
}
