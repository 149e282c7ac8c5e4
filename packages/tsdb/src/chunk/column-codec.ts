/** Columns of timestamps and of values as bytes: a constant, or 8 bytes each. */
import type { SampleColumns } from '@promontory/model';

export const SAMPLES_PER_CHUNK_MAX = 512;
const CONSTANT = 0;
const RAW = 1;

export class ColumnCodec {
  encodeTimestamps(
    timestampMs: Float64Array,
    start: number,
    count: number,
    target: Buffer,
    offset: number,
  ): number {
    const distance = count > 1 ? timestampMs[start + 1]! - timestampMs[start]! : 0;
    let isConstant = true;
    for (let index = 1; index < count; index++) {
      if (timestampMs[start + index]! - timestampMs[start + index - 1]! !== distance) isConstant = false;
    }
    let end = target.writeUInt8(isConstant ? CONSTANT : RAW, offset);
    end = target.writeDoubleLE(timestampMs[start]!, end);
    if (isConstant) return target.writeDoubleLE(distance, end);
    for (let index = 1; index < count; index++) end = target.writeDoubleLE(timestampMs[start + index]!, end);
    return end;
  }

  decodeTimestamps(
    source: Buffer,
    offset: number,
    _end: number,
    count: number,
    target: Float64Array,
    targetStart: number,
  ): void {
    const isConstant = source.readUInt8(offset) === CONSTANT;
    let time = source.readDoubleLE(offset + 1);
    for (let index = 0; index < count; index++) {
      target[targetStart + index] = time;
      if (isConstant) time += source.readDoubleLE(offset + 9);
      else if (index + 1 < count) time = source.readDoubleLE(offset + 9 + 8 * index);
    }
  }

  encodeValues(columns: SampleColumns, start: number, count: number, target: Buffer, offset: number): number {
    const { valueWords } = columns;
    const low = valueWords[2 * start]!;
    const high = valueWords[2 * start + 1]!;
    let isConstant = true;
    for (let index = start; index < start + count; index++) {
      if (valueWords[2 * index] !== low || valueWords[2 * index + 1] !== high) isConstant = false;
    }
    let end = target.writeUInt8(isConstant ? CONSTANT : RAW, offset);
    for (let index = 2 * start; index < 2 * (start + (isConstant ? 1 : count)); index++)
      end = target.writeInt32LE(valueWords[index]!, end);
    return end;
  }

  decodeValues(
    source: Buffer,
    offset: number,
    _end: number,
    count: number,
    target: SampleColumns,
    targetStart: number,
  ): void {
    const isConstant = source.readUInt8(offset) === CONSTANT;
    for (let index = 0; index < 2 * count; index++)
      target.valueWords[2 * targetStart + index] = source.readInt32LE(
        offset + 1 + 4 * (isConstant ? index & 1 : index),
      );
  }
}

export function timestampColumnBytesMax(count: number): number {
  return 17 + 8 * count;
}

export function valueColumnBytesMax(count: number): number {
  return 9 + 8 * count;
}
