/**
 * The histograms of a log record, behind its floats (docs/format/log.md):
 *
 *   refs u32 × m | timestamps f64 × m | start timestamps f64 × m, 0 for unknown | lengths u32 × m | canonical bytes
 */
import type { SampleBatch } from '@promontory/model';

const BYTES_PER_HISTOGRAM = 4 + 8 + 8 + 4;

/** Of the histograms with a positive ref: how many there are, and the length of the section. */
export function histogramSectionBytes(batch: SampleBatch): { count: number; bytes: number } {
  let count = 0;
  let bytes = 0;
  for (let index = 0; index < batch.histogramCount; index++) {
    if (batch.histogramRef(index) <= 0) continue;
    count++;
    bytes += BYTES_PER_HISTOGRAM + batch.unsafeViewHistogram(index).length;
  }
  return { count, bytes };
}

/** Writes the section at `offset`, where it has room. */
export function writeHistogramSection(
  record: Buffer,
  offset: number,
  batch: SampleBatch,
  count: number,
): void {
  let refAt = offset;
  let timestampAt = refAt + 4 * count;
  let startAt = timestampAt + 8 * count;
  let lengthAt = startAt + 8 * count;
  let bytesAt = lengthAt + 4 * count;
  for (let index = 0; index < batch.histogramCount; index++) {
    const ref = batch.histogramRef(index);
    if (ref <= 0) continue;
    const bytes = batch.unsafeViewHistogram(index);
    refAt = record.writeInt32LE(ref, refAt);
    timestampAt = record.writeDoubleLE(batch.histogramTimestampMs(index), timestampAt);
    startAt = record.writeDoubleLE(batch.histogramStartMs(index), startAt);
    lengthAt = record.writeUInt32LE(bytes.length, lengthAt);
    record.set(bytes, bytesAt);
    bytesAt += bytes.length;
  }
}

/**
 * Adds the histograms of the section at `offset` to a batch.
 *
 * @returns where the section ends, or -1 when it is malformed or the batch has no room
 */
export function readHistogramSection(
  record: Buffer,
  offset: number,
  batch: SampleBatch,
  count: number,
): number {
  const timestampsAt = offset + 4 * count;
  const startsAt = timestampsAt + 8 * count;
  const lengthsAt = startsAt + 8 * count;
  let bytesAt = lengthsAt + 4 * count;
  if (bytesAt > record.length) return -1;
  for (let index = 0; index < count; index++) {
    const ref = record.readInt32LE(offset + 4 * index);
    const timestampMs = record.readDoubleLE(timestampsAt + 8 * index);
    const startMs = record.readDoubleLE(startsAt + 8 * index);
    const end = bytesAt + record.readUInt32LE(lengthsAt + 4 * index);
    if (ref <= 0 || end > record.length) return -1;
    if (!batch.tryAddHistogram(ref, timestampMs, startMs, record.subarray(bytesAt, end))) return -1;
    bytesAt = end;
  }
  return bytesAt;
}
