/**
 * A log record: the accepted samples of one batch, columnar and checksummed (docs/format/log.md).
 *
 *   crc32 u32 | version u8 | timestamp mode u8 | 0 u16 | sample count u32 | first timestamp f64 ms |
 *   refs u32 × n | timestamps: nothing, i32 × n offsets in ms, or f64 × n | values: 8 bytes × n
 *
 * Little endian. The mode is the smallest that holds the batch's timestamps: most requests carry one.
 */
import { PromontoryError } from '@promontory/base';
import type { SampleBatch } from '@promontory/model';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { isRecordIntact, sealRecord } from '../store/checksum.ts';

const VERSION = 1;
const HEADER_BYTES = 20;
const MODE_SAME = 0;
const MODE_OFFSET = 1;
const MODE_FULL = 2;
const OFFSET_MAX = 0x7fffffff;

/** @returns an owned, sealed record of the batch's samples with a positive ref, or null when there is none */
export function encodeLogRecord(batch: SampleBatch): Buffer | null {
  const { ref, timestampMs, valueWords, sampleCount } = batch;
  const first = timestampMs[0]!;
  let count = 0;
  let reach = 0;
  for (let index = 0; index < sampleCount; index++) {
    if (ref[index]! <= 0) continue;
    count++;
    const distance = Math.abs(timestampMs[index]! - first);
    if (distance > reach) reach = distance;
  }
  if (count === 0) return null;
  const mode = reach === 0 ? MODE_SAME : reach <= OFFSET_MAX ? MODE_OFFSET : MODE_FULL;
  const timestampBytes = mode === MODE_SAME ? 0 : mode === MODE_OFFSET ? 4 : 8;
  const record = Buffer.allocUnsafeSlow(HEADER_BYTES + count * (4 + timestampBytes + 8));
  writeHeader(record, mode, count, first);
  const view = new DataView(record.buffer);
  let refAt = HEADER_BYTES;
  let timestampAt = refAt + 4 * count;
  let valueAt = timestampAt + timestampBytes * count;
  for (let index = 0; index < sampleCount; index++) {
    if (ref[index]! <= 0) continue;
    view.setInt32(refAt, ref[index]!, true);
    if (mode === MODE_OFFSET) view.setInt32(timestampAt, timestampMs[index]! - first, true);
    else if (mode === MODE_FULL) view.setFloat64(timestampAt, timestampMs[index]!, true);
    view.setInt32(valueAt, valueWords[2 * index]!, true);
    view.setInt32(valueAt + 4, valueWords[2 * index + 1]!, true);
    refAt += 4;
    timestampAt += timestampBytes;
    valueAt += 8;
  }
  return sealRecord(record);
}

function writeHeader(record: Buffer, mode: number, count: number, first: number): void {
  record.writeUInt8(VERSION, 4);
  record.writeUInt8(mode, 5);
  record.writeUInt16LE(0, 6);
  record.writeUInt32LE(count, 8);
  record.writeDoubleLE(first, 12);
}

/**
 * Decodes a record into a clear batch; every ref is positive.
 *
 * @param what names the record in errors
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
 */
export function decodeLogRecord(record: Buffer, batch: SampleBatch, what: string): void {
  if (!isRecordIntact(record) || record.length < HEADER_BYTES) throw corrupt(record, what);
  if (record.readUInt8(4) !== VERSION) {
    throw new PromontoryError(`cannot read ${what}: record version ${record.readUInt8(4)}, want ${VERSION}`, {
      code: ERR_STORE_FORMAT_VERSION,
      kind: 'corrupt',
    });
  }
  const mode = record.readUInt8(5);
  const count = record.readUInt32LE(8);
  const first = record.readDoubleLE(12);
  const timestampBytes = mode === MODE_SAME ? 0 : mode === MODE_OFFSET ? 4 : 8;
  if (record.length !== HEADER_BYTES + count * (12 + timestampBytes)) throw corrupt(record, what);
  while (batch.samplesCapacity < count) {
    if (!batch.tryGrowSamples()) throw corrupt(record, what);
  }
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const timestampsAt = HEADER_BYTES + 4 * count;
  const valuesAt = timestampsAt + timestampBytes * count;
  for (let index = 0; index < count; index++) {
    batch.ref[index] = view.getInt32(HEADER_BYTES + 4 * index, true);
    let timestampMs = first;
    if (mode === MODE_OFFSET) timestampMs += view.getInt32(timestampsAt + 4 * index, true);
    else if (mode === MODE_FULL) timestampMs = view.getFloat64(timestampsAt + 8 * index, true);
    batch.timestampMs[index] = timestampMs;
    batch.valueWords[2 * index] = view.getInt32(valuesAt + 8 * index, true);
    batch.valueWords[2 * index + 1] = view.getInt32(valuesAt + 8 * index + 4, true);
  }
  batch.sampleCount = count;
}

function corrupt(record: Buffer, what: string): PromontoryError {
  return new PromontoryError(`cannot read ${what}: its ${record.length} bytes are damaged`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { what, bytes: record.length },
  });
}
