/**
 * Encodes timestamp columns, the same ones once: the series of one scrape have the same timestamps, and
 * comparing them costs a tenth of encoding them.
 */
import { type ColumnCodec, SAMPLES_PER_CHUNK_MAX, timestampColumnBytesMax } from '../chunk/column-codec.ts';
import { type EncodedColumn, encodedColumn } from './encoded-chunk.ts';

const ENTRIES_MAX = 16;

interface Entry {
  readonly timestampMs: Float64Array;
  readonly buffer: Buffer;
  count: number;
  column: EncodedColumn;
}

export class TimestampColumnCache {
  readonly #codec: ColumnCodec;
  readonly #entries: Entry[] = [];
  /** The entry that is replaced next. */
  #oldest = 0;

  constructor(codec: ColumnCodec) {
    this.#codec = codec;
  }

  /** @returns the column of timestampMs[start, start + count), valid until 15 other columns were asked for */
  encode(timestampMs: Float64Array, start: number, count: number): EncodedColumn {
    for (const entry of this.#entries) {
      if (isEqual(entry, timestampMs, start, count)) return entry.column;
    }
    const entry = this.#takeEntry();
    entry.count = count;
    for (let index = 0; index < count; index++) entry.timestampMs[index] = timestampMs[start + index]!;
    const end = this.#codec.encodeTimestamps(timestampMs, start, count, entry.buffer, 0);
    entry.column = encodedColumn(entry.buffer.subarray(0, end));
    return entry.column;
  }

  #takeEntry(): Entry {
    const reused = this.#entries[this.#oldest];
    this.#oldest = (this.#oldest + 1) % ENTRIES_MAX;
    if (reused !== undefined) return reused;
    const buffer = Buffer.allocUnsafe(timestampColumnBytesMax(SAMPLES_PER_CHUNK_MAX));
    const timestampMs = new Float64Array(SAMPLES_PER_CHUNK_MAX);
    const entry = { timestampMs, buffer, count: 0, column: { bytes: buffer, checksum: 0 } };
    this.#entries.push(entry);
    return entry;
  }
}

function isEqual(entry: Entry, timestampMs: Float64Array, start: number, count: number): boolean {
  if (entry.count !== count) return false;
  const cached = entry.timestampMs;
  // The last differs first, of most columns.
  if (cached[count - 1] !== timestampMs[start + count - 1]) return false;
  for (let index = 0; index < count; index++) {
    if (cached[index] !== timestampMs[start + index]) return false;
  }
  return true;
}
