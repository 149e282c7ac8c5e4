/** A column of native histograms as bytes. */
import { deserialize, serialize } from 'node:v8';
import type { NativeHistogram } from '@promontory/model';
import type { ColumnCodec } from './column-codec.ts';

export function encodeHistogramColumn(_codec: ColumnCodec, histograms: readonly NativeHistogram[]): Buffer {
  return serialize(histograms);
}

export function decodeHistogramColumn(
  _codec: ColumnCodec,
  source: Buffer,
  offset: number,
  end: number,
  _count: number,
): NativeHistogram[] {
  return deserialize(Buffer.from(source.subarray(offset, end))) as NativeHistogram[];
}
