import { emptyBuckets, type HistogramBuckets, type NativeHistogram } from '@promontory/model';
import { expect, it } from 'vitest';
import { encodeMetricFamilies, type WireMetricFamily } from './metric-family.ts';

const hex = (families: WireMetricFamily[]): string =>
  Buffer.from(encodeMetricFamilies(families)).toString('hex');
const packed = (text: string): string => text.replaceAll(/\s+/g, '');
const ONE = '000000000000f03f';

function bucketsOf(spanOffsets: number[], spanLengths: number[], counts: number[]): HistogramBuckets {
  return {
    spanOffsets: Int32Array.from(spanOffsets),
    spanLengths: Uint32Array.from(spanLengths),
    counts: Float64Array.from(counts),
  };
}

const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: -1,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  sum: 1,
  isStale: false,
  positive: bucketsOf([-1, 1], [1, 1], [2, 1]),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

function histogramFamily(value: NativeHistogram): WireMetricFamily[] {
  return [{ name: 'h', type: 'histogram', metrics: [{ labels: [], timestampMs: 5, value }] }];
}

it('writes floats by the type of their family', () => {
  const metrics = [{ labels: [{ name: 'a', value: '' }], timestampMs: 300, value: 1 }];
  const metric = (field: string): string =>
    `22 17 0a05 0a0161 1200 ${field}09 09${ONE} 30ac02`.replace('22 17', '22 15');
  const families = (['counter', 'gauge', 'untyped'] as const).map((type) => ({ name: 'm', type, metrics }));
  const message = (type: string, field: string): string => `1c 0a016d 18${type} ${metric(field)}`;
  expect(hex(families)).toBe(packed(`${message('00', '1a')} ${message('01', '12')} ${message('03', '2a')}`));
});

it('writes integer histograms with differences, and float histograms with counts', () => {
  const spans = '6204 0801 1001 6204 0802 1001';
  const integer = `0803 11${ONE} 2801 31${'00'.repeat(8)} 3800 ${spans} 6a02 0401`;
  expect(hex(histogramFamily(HISTOGRAM))).toContain(packed(integer));
  const float = `11${ONE} 21${'00'.repeat(6)}0840 2801 31${'00'.repeat(8)} 41${'00'.repeat(8)} ${spans}`;
  const counts = `7210 ${'00'.repeat(7)}40 ${ONE}`;
  expect(hex(histogramFamily({ ...HISTOGRAM, isInteger: false }))).toContain(packed(float + counts));
});

it('marks a histogram without buckets as native by an empty span', () => {
  const bare = { ...HISTOGRAM, positive: emptyBuckets(), count: 0 };
  expect(hex(histogramFamily(bare))).toContain(packed('6204 0800 1000'));
  expect(hex(histogramFamily({ ...bare, zeroThreshold: 1 }))).not.toContain(packed('6204 0800 1000'));
});

it('writes listed bounds as classic buckets', () => {
  const listed: NativeHistogram = {
    ...HISTOGRAM,
    schema: -53,
    positive: bucketsOf([1, 0], [1, 1], [2, 1]),
    customValues: Float64Array.of(1, 2),
  };
  const buckets = `1a0b 0800 11${ONE} 1a0b 0802 11${'00'.repeat(7)}40`;
  expect(hex(histogramFamily(listed))).toContain(packed(`0803 11${ONE} ${buckets}`));
  const floatBuckets = `1a12 11${ONE} 21${'00'.repeat(8)} 1a12 11${'00'.repeat(7)}40 21${'00'.repeat(7)}40`;
  expect(hex(histogramFamily({ ...listed, isInteger: false }))).toContain(packed(floatBuckets));
});
