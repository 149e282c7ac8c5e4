/**
 * The index of a block: where each segment starts, and which series the block has (docs/format/block.md).
 *
 *   crc32 u32 | version u8 | 0 u24 | block id u32 | segment count u32 | run count u32 |
 *   first stream key f64 × segments | first timestamp f64 × segments |
 *   runs of refs: (gap to the end of the run before varint, length varint) × runs
 *
 * A segment is found by binary search. A stream that goes on over several segments is first in all of them
 * but maybe one, and their first timestamps ascend.
 */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { mustBeIntact, sealRecord } from '../store/checksum.ts';
import { ByteReader, VARINT_BYTES_MAX, writeVarint } from '../store/varint.ts';

const BLOCK_INDEX_VERSION = 1;
const COLUMNS_AT = 20;
const SEGMENT_BYTES = 16;

/** Gathers what the index holds while a block is written or read through. */
export class BlockIndexBuilder {
  readonly #segmentNumbers: number[] = [];
  readonly #firstStreamKeys: number[] = [];
  readonly #firstTimestampMs: number[] = [];
  /** Start and end (exclusive) of each run of consecutive refs. */
  readonly #runs: number[] = [];
  #seriesCount = 0;

  get seriesCount(): number {
    return this.#seriesCount;
  }

  addSegment(segmentNumber: number, firstStreamKey: number, firstTimestampMs: number): void {
    this.#segmentNumbers.push(segmentNumber);
    this.#firstStreamKeys.push(firstStreamKey);
    this.#firstTimestampMs.push(firstTimestampMs);
  }

  /** Refs come ascending; the same may come again at once. */
  addRef(ref: number): void {
    const runs = this.#runs;
    const end = runs.at(-1) ?? -1;
    if (ref === end - 1) return;
    this.#seriesCount++;
    if (ref === end) runs[runs.length - 1] = end + 1;
    else runs.push(ref, ref + 1);
  }

  build(): BlockIndex {
    return new BlockIndex({
      segmentNumbers: Int32Array.from(this.#segmentNumbers),
      firstStreamKeys: Float64Array.from(this.#firstStreamKeys),
      firstTimestampMs: Float64Array.from(this.#firstTimestampMs),
      runs: Int32Array.from(this.#runs),
    });
  }
}

interface BlockIndexColumns {
  readonly segmentNumbers: Int32Array;
  readonly firstStreamKeys: Float64Array;
  readonly firstTimestampMs: Float64Array;
  /** Start and end (exclusive) of each run. */
  readonly runs: Int32Array;
}

export class BlockIndex {
  /** Entries in order: 0, 1, 2, … but for an index that was rebuilt without damaged segments. */
  readonly segmentNumbers: Int32Array;
  readonly firstStreamKeys: Float64Array;
  readonly firstTimestampMs: Float64Array;
  readonly #runs: Int32Array;

  constructor(columns: BlockIndexColumns) {
    this.segmentNumbers = columns.segmentNumbers;
    this.firstStreamKeys = columns.firstStreamKeys;
    this.firstTimestampMs = columns.firstTimestampMs;
    this.#runs = columns.runs;
  }

  get segmentCount(): number {
    return this.segmentNumbers.length;
  }

  /** The last entry that starts at or before this stream and time; 0 when none does. */
  find(streamKey: number, timestampMs: number): number {
    let low = 0;
    let high = this.segmentCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = this.firstStreamKeys[middle]!;
      if (key < streamKey || (key === streamKey && this.firstTimestampMs[middle]! <= timestampMs))
        low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** @returns the refs of all series, ascending, owned by the caller */
  copyRefs(): Int32Array {
    let count = 0;
    for (let run = 0; run < this.#runs.length; run += 2) count += this.#runs[run + 1]! - this.#runs[run]!;
    const refs = new Int32Array(count);
    let written = 0;
    for (let run = 0; run < this.#runs.length; run += 2) {
      for (let ref = this.#runs[run]!; ref < this.#runs[run + 1]!; ref++) refs[written++] = ref;
    }
    return refs;
  }

  hasRef(ref: number): boolean {
    let low = 0;
    let high = this.#runs.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[2 * middle + 1]! <= ref) low = middle + 1;
      else high = middle;
    }
    return 2 * low < this.#runs.length && this.#runs[2 * low]! <= ref;
  }

  /** Only of an index without gaps. */
  encode(blockId: number): Buffer {
    const runCount = this.#runs.length / 2;
    const record = Buffer.alloc(
      COLUMNS_AT + SEGMENT_BYTES * this.segmentCount + 2 * VARINT_BYTES_MAX * runCount,
    );
    record.writeUInt8(BLOCK_INDEX_VERSION, 4);
    record.writeUInt32LE(blockId, 8);
    record.writeUInt32LE(this.segmentCount, 12);
    record.writeUInt32LE(runCount, 16);
    let end = COLUMNS_AT;
    for (const key of this.firstStreamKeys) end = record.writeDoubleLE(key, end);
    for (const timestampMs of this.firstTimestampMs) end = record.writeDoubleLE(timestampMs, end);
    let previousEnd = 0;
    for (let run = 0; run < this.#runs.length; run += 2) {
      end = writeVarint(record, end, this.#runs[run]! - previousEnd);
      end = writeVarint(record, end, this.#runs[run + 1]! - this.#runs[run]!);
      previousEnd = this.#runs[run + 1]!;
    }
    return sealRecord(record.subarray(0, end));
  }
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION */
export function decodeBlockIndex(value: Buffer, blockId: number): BlockIndex {
  const record = mustBeIntact(value, `index of block ${blockId}`);
  const version = record.length > 4 ? record.readUInt8(4) : 0;
  if (version !== BLOCK_INDEX_VERSION) {
    throw new PromontoryError(
      `cannot read index of block ${blockId}: version ${version}, want ${BLOCK_INDEX_VERSION}`,
      { code: ERR_STORE_FORMAT_VERSION, kind: 'corrupt', context: { version, blockId } },
    );
  }
  if (record.length < COLUMNS_AT || record.readUInt32LE(8) !== blockId) throw malformed(blockId);
  const segmentCount = record.readUInt32LE(12);
  const runCount = record.readUInt32LE(16);
  const runsAt = COLUMNS_AT + SEGMENT_BYTES * segmentCount;
  if (runsAt + 2 * runCount > record.length) throw malformed(blockId);
  const firstStreamKeys = new Float64Array(segmentCount);
  const firstTimestampMs = new Float64Array(segmentCount);
  const timestampsAt = COLUMNS_AT + 8 * segmentCount;
  for (let index = 0; index < segmentCount; index++) {
    firstStreamKeys[index] = record.readDoubleLE(COLUMNS_AT + 8 * index);
    firstTimestampMs[index] = record.readDoubleLE(timestampsAt + 8 * index);
  }
  const runs = readRuns(new ByteReader().reset(record, runsAt, record.length), runCount, blockId);
  const segmentNumbers = Int32Array.from({ length: segmentCount }, (_, index) => index);
  return new BlockIndex({ segmentNumbers, firstStreamKeys, firstTimestampMs, runs });
}

function readRuns(reader: ByteReader, runCount: number, blockId: number): Int32Array {
  const runs = new Int32Array(2 * runCount);
  let ref = 0;
  for (let index = 0; index < runs.length; index++) {
    ref += reader.readVarint();
    runs[index] = ref;
  }
  if (ref > 2 ** 31 - 1) throw malformed(blockId);
  return runs;
}

function malformed(blockId: number): PromontoryError {
  return new PromontoryError(`cannot read index of block ${blockId}: malformed`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { blockId },
  });
}
