import type { NativeHistogram } from '@promontory/model';
import { expect, it } from 'vitest';
import { ColumnCodec } from './column-codec.ts';
import { decodeHistogramColumn, encodeHistogramColumn } from './histogram-column.ts';

const codec = new ColumnCodec();

const FIRST: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'not-reset',
  schema: 3,
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 10,
  sum: 12.5,
  isStale: false,
  positive: {
    spanOffsets: Int32Array.of(-2, 1),
    spanLengths: Uint32Array.of(1, 2),
    counts: Float64Array.of(1, 3, 4),
  },
  negative: { spanOffsets: new Int32Array(0), spanLengths: new Uint32Array(0), counts: new Float64Array(0) },
  customValues: new Float64Array(0),
};

const SECOND: NativeHistogram = {
  ...FIRST,
  count: 16,
  sum: 22,
  positive: {
    spanOffsets: Int32Array.of(-2),
    spanLengths: Uint32Array.of(4),
    counts: Float64Array.of(1, 5, 3, 5),
  },
};

const CUSTOM: NativeHistogram = {
  ...FIRST,
  counterResetHint: 'gauge',
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: {
    spanOffsets: Int32Array.of(0),
    spanLengths: Uint32Array.of(2),
    counts: Float64Array.of(6, 4),
  },
  customValues: Float64Array.of(0.5, 1),
};

it.each<[string, readonly NativeHistogram[], string]>([
  [
    'a layout that gains a bucket: flags, runs, count, zero count, sum, four buckets',
    [FIRST, SECOND],
    '0009 01 03 0301 02 4201 0102 00 00 01 03 0301 01 4204 00 00 40050a06 0002 4105bd019f01 0001 40050005 0003 40050401',
  ],
  ['custom buckets', [CUSTOM], '000d 01 75 0000 01 0002 00 02 41050505 000a 0000 01bd01 0006 0004'],
])('a histogram column has these bytes: %s', (_what, histograms, bytes) => {
  const hex = bytes.replaceAll(' ', '');
  expect(encodeHistogramColumn(codec, histograms).toString('hex')).toBe(hex);
  const column = Buffer.from(hex, 'hex');
  expect(decodeHistogramColumn(codec, column, 0, column.length, histograms.length)).toEqual(histograms);
});
