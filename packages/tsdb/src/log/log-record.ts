/**
 * A log record: the accepted samples of one batch, columnar and checksummed (docs/format/log.md).
 *
 *   crc32 u32 | version u8 | timestamp mode u8 | start mode u8 | 0 u8 | sample count u32 | first timestamp f64 ms |
 *   histogram count u32 | refs u32 × n | timestamps: nothing, i32 × n offsets in ms, or f64 × n |
 *   values: 8 bytes × n | start timestamps: nothing, f64, or f64 × n | histograms (log-histograms.ts)
 *
 * Little endian. The modes are the smallest that hold the batch's times: most requests carry one timestamp and no
 * start timestamps. Version 1 has no start mode (0 in its place), no histogram count and no histograms.
 */
import { PromontoryError } from '@promontory/base';
import type { SampleBatch } from '@promontory/model';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { isRecordIntact, sealRecord } from '../store/checksum.ts';
import { histogramSectionBytes, readHistogramSection, writeHistogramSection } from './log-histograms.ts';

const VERSION = 2;
const VERSION_FLOATS_ONLY = 1;
const HEADER_BYTES = 24;
const HEADER_BYTES_FLOATS_ONLY = 20;
const MODE_SAME = 0;
const MODE_OFFSET = 1;
const MODE_FULL = 2;
const OFFSET_MAX = 0x7fffffff;
const START_NONE = 0;
const START_SAME = 1;
const START_EACH = 2;

/** How the floats of a batch go into a record. */
interface Shape {
  count: number;
  mode: number;
  first: number;
  startMode: number;
  /** The start timestamp of all samples in START_SAME. */
  start: number;
}

/**
 * @returns an owned, sealed record of the batch's samples and histograms with a positive ref, or null when there
 *   is none
 */
export function encodeLogRecord(batch: SampleBatch): Buffer | null {
  const shape = shapeOf(batch);
  const histograms = histogramSectionBytes(batch);
  if (shape.count === 0 && histograms.count === 0) return null;
  const { count, mode, startMode } = shape;
  const floatBytes = count * (4 + timestampBytes(mode) + 8);
  const startBytes = startBytesOf(startMode, count);
  const record = Buffer.allocUnsafeSlow(HEADER_BYTES + floatBytes + startBytes + histograms.bytes);
  record.writeUInt8(VERSION, 4);
  record.writeUInt8(mode, 5);
  record.writeUInt8(startMode, 6);
  record.writeUInt8(0, 7);
  record.writeUInt32LE(count, 8);
  record.writeDoubleLE(shape.first, 12);
  record.writeUInt32LE(histograms.count, 20);
  writeFloats(record, batch, shape);
  writeStarts(record, HEADER_BYTES + floatBytes, batch, shape);
  writeHistogramSection(record, HEADER_BYTES + floatBytes + startBytes, batch, histograms.count);
  return sealRecord(record);
}

function shapeOf(batch: SampleBatch): Shape {
  const { ref, timestampMs, sampleCount } = batch;
  const first = sampleCount > 0 ? timestampMs[0]! : 0;
  let count = 0;
  let reach = 0;
  for (let index = 0; index < sampleCount; index++) {
    if (ref[index]! <= 0) continue;
    count++;
    const distance = Math.abs(timestampMs[index]! - first);
    if (distance > reach) reach = distance;
  }
  const mode = reach === 0 ? MODE_SAME : reach <= OFFSET_MAX ? MODE_OFFSET : MODE_FULL;
  return { count, mode, first, ...startShapeOf(batch) };
}

function startShapeOf(batch: SampleBatch): { startMode: number; start: number } {
  const none = { startMode: START_NONE, start: 0 };
  if (batch.startCount === 0) return none;
  const { ref, sampleCount } = batch;
  let start: number | null = null;
  for (let index = 0; index < sampleCount; index++) {
    if (ref[index]! <= 0) continue;
    const own = batch.startOf(index);
    start ??= own;
    if (own !== start) return { startMode: START_EACH, start: 0 };
  }
  return start === null || start === 0 ? none : { startMode: START_SAME, start };
}

function timestampBytes(mode: number): number {
  return mode === MODE_SAME ? 0 : mode === MODE_OFFSET ? 4 : 8;
}

function startBytesOf(startMode: number, count: number): number {
  return startMode === START_NONE ? 0 : startMode === START_SAME ? 8 : 8 * count;
}

function writeFloats(record: Buffer, batch: SampleBatch, { count, mode, first }: Shape): void {
  const { ref, timestampMs, valueWords, sampleCount } = batch;
  const view = new DataView(record.buffer);
  let refAt = HEADER_BYTES;
  let timestampAt = refAt + 4 * count;
  let valueAt = timestampAt + timestampBytes(mode) * count;
  for (let index = 0; index < sampleCount; index++) {
    if (ref[index]! <= 0) continue;
    view.setInt32(refAt, ref[index]!, true);
    if (mode === MODE_OFFSET) view.setInt32(timestampAt, timestampMs[index]! - first, true);
    else if (mode === MODE_FULL) view.setFloat64(timestampAt, timestampMs[index]!, true);
    view.setInt32(valueAt, valueWords[2 * index]!, true);
    view.setInt32(valueAt + 4, valueWords[2 * index + 1]!, true);
    refAt += 4;
    timestampAt += mode === MODE_SAME ? 0 : mode === MODE_OFFSET ? 4 : 8;
    valueAt += 8;
  }
}

function writeStarts(record: Buffer, offset: number, batch: SampleBatch, { startMode, start }: Shape): void {
  if (startMode === START_SAME) record.writeDoubleLE(start, offset);
  if (startMode !== START_EACH) return;
  let at = offset;
  for (let index = 0; index < batch.sampleCount; index++) {
    if (batch.ref[index]! > 0) at = record.writeDoubleLE(batch.startOf(index), at);
  }
}

/**
 * Decodes a record into a clear batch; every ref is positive.
 *
 * @param what names the record in errors
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
 */
export function decodeLogRecord(record: Buffer, batch: SampleBatch, what: string): void {
  if (!isRecordIntact(record) || record.length < HEADER_BYTES_FLOATS_ONLY) throw corrupt(record, what);
  decodeOwnRecord(record, batch, what);
}

/** As `decodeLogRecord`, of a record that `encodeLogRecord` has just made: its checksum is right. */
export function decodeOwnRecord(record: Buffer, batch: SampleBatch, what: string): void {
  const version = record.readUInt8(4);
  if (version !== VERSION && version !== VERSION_FLOATS_ONLY) throw unknownVersion(version, what);
  const headerBytes = version === VERSION ? HEADER_BYTES : HEADER_BYTES_FLOATS_ONLY;
  if (record.length < headerBytes) throw corrupt(record, what);
  const shape: Shape = {
    count: record.readUInt32LE(8),
    mode: record.readUInt8(5),
    first: record.readDoubleLE(12),
    startMode: record.readUInt8(6),
    start: 0,
  };
  const { count, mode, startMode } = shape;
  const startsAt = headerBytes + count * (12 + timestampBytes(mode));
  const floatsEnd = startsAt + startBytesOf(startMode, count);
  if (mode > MODE_FULL || startMode > START_EACH || floatsEnd > record.length) throw corrupt(record, what);
  while (batch.samplesCapacity < count) {
    if (!batch.tryGrowSamples()) throw corrupt(record, what);
  }
  const areRefsGood = readFloats(record, headerBytes, batch, shape);
  readStarts(record, startsAt, batch, shape);
  batch.sampleCount = count;
  const histograms = version === VERSION ? record.readUInt32LE(20) : 0;
  if (!areRefsGood || !tryReadHistograms(record, floatsEnd, batch, histograms)) throw corrupt(record, what);
}

/** @returns false when what follows the floats is not so many histograms, to the end of the record */
function tryReadHistograms(record: Buffer, offset: number, batch: SampleBatch, count: number): boolean {
  return readHistogramSection(record, offset, batch, count) === record.length;
}

/** @returns false when a ref is not positive */
function readFloats(record: Buffer, refsAt: number, batch: SampleBatch, shape: Shape): boolean {
  const { count, mode, first } = shape;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const timestampsAt = refsAt + 4 * count;
  const valuesAt = timestampsAt + timestampBytes(mode) * count;
  let leastRef = 1;
  for (let index = 0; index < count; index++) {
    const ref = view.getInt32(refsAt + 4 * index, true);
    if (ref < leastRef) leastRef = ref;
    batch.ref[index] = ref;
    let timestampMs = first;
    if (mode === MODE_OFFSET) timestampMs += view.getInt32(timestampsAt + 4 * index, true);
    else if (mode === MODE_FULL) timestampMs = view.getFloat64(timestampsAt + 8 * index, true);
    batch.timestampMs[index] = timestampMs;
    batch.valueWords[2 * index] = view.getInt32(valuesAt + 8 * index, true);
    batch.valueWords[2 * index + 1] = view.getInt32(valuesAt + 8 * index + 4, true);
  }
  return leastRef > 0;
}

function readStarts(record: Buffer, offset: number, batch: SampleBatch, { count, startMode }: Shape): void {
  if (startMode === START_NONE) return;
  for (let index = 0; index < count; index++) {
    batch.setStart(index, record.readDoubleLE(startMode === START_SAME ? offset : offset + 8 * index));
  }
}

function unknownVersion(version: number, what: string): PromontoryError {
  return new PromontoryError(`cannot read ${what}: record version ${version}, want ${VERSION} or lower`, {
    code: ERR_STORE_FORMAT_VERSION,
    kind: 'corrupt',
  });
}

function corrupt(record: Buffer, what: string): PromontoryError {
  return new PromontoryError(`cannot read ${what}: its ${record.length} bytes are damaged`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { what, bytes: record.length },
  });
}
