import type { HistogramBuckets, NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ColumnCodec } from './column-codec.ts';
import { decodeHistogramColumn, encodeHistogramColumn, histogramsPerColumn } from './histogram-column.ts';
import { writeVarint } from '../store/varint.ts';

const codec = new ColumnCodec();

function buckets(offset: number, counts: readonly number[]): HistogramBuckets {
  return {
    spanOffsets: Int32Array.of(offset),
    spanLengths: Uint32Array.of(counts.length),
    counts: Float64Array.from(counts),
  };
}

function histogram(counts: readonly number[]): NativeHistogram {
  return {
    isInteger: true,
    counterResetHint: 'not-reset',
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: 1,
    count: counts.reduce((sum, count) => sum + count, 1),
    sum: 12.5,
    isStale: false,
    positive: buckets(-4, counts),
    negative: buckets(0, []),
    customValues: new Float64Array(0),
  };
}

describe('a histogram column', () => {
  it('keeps a layout once: a quiet series costs little more than one histogram', () => {
    const quiet = Array.from({ length: 480 }, () => histogram([5, 6, 7, 8, 9, 10, 11, 12]));
    const one = encodeHistogramColumn(codec, quiet.slice(0, 1)).length;
    expect(encodeHistogramColumn(codec, quiet).length).toBeLessThanOrEqual(one + 4);
  });

  it('costs under two bytes a bucket and sample when every bucket counts', () => {
    const busy = Array.from({ length: 480 }, (_, index) =>
      histogram(
        Array.from({ length: 20 }, (_none, bucket) => index * 10 * bucket + ((index * 7919 + bucket) % 100)),
      ),
    );
    expect(encodeHistogramColumn(codec, busy).length / (480 * 20)).toBeLessThan(1.2);
  });

  it('keeps columns long when a layout grows', () => {
    const growing = Array.from({ length: 200 }, (_, index) =>
      histogram(Array.from({ length: 10 + Math.floor(index / 20) }, (_none, bucket) => 100 * bucket + index)),
    );
    const column = encodeHistogramColumn(codec, growing);
    expect(decodeHistogramColumn(codec, column, 0, column.length, 200)).toEqual(growing);
    expect(column.length).toBeLessThan(800);
  });

  it('keeps buckets at both ends of what 32 bits hold', () => {
    const ends = [-(2 ** 31), 2 ** 31 - 2].map((offset) => ({
      ...histogram([]),
      positive: buckets(offset, [1]),
    }));
    const column = encodeHistogramColumn(codec, ends);
    expect(decodeHistogramColumn(codec, column, 0, column.length, 2)).toEqual(ends);
  });

  it('is not shared by many histograms that have few buckets in common', () => {
    const alike = Array.from({ length: 128 }, () => histogram(Array.from({ length: 1000 }, () => 1)));
    const apart = alike.map((one, index) => ({
      ...one,
      positive: { ...one.positive, spanOffsets: Int32Array.of(index * 1000) },
    }));
    expect(histogramsPerColumn(alike, 0, 128)).toBe(128);
    expect(histogramsPerColumn(alike, 100, 128)).toBe(28);
    expect(histogramsPerColumn(apart, 0, 128)).toBe(11);
    const huge = [histogram(Array.from({ length: 200_000 }, () => 1)), histogram([1])];
    expect(histogramsPerColumn(huge, 0, 2)).toBe(1);
  });

  it('shares the arrays of a layout, not the counts', () => {
    const column = encodeHistogramColumn(codec, [histogram([1, 2]), histogram([3, 4])]);
    const [first, second] = decodeHistogramColumn(codec, column, 0, column.length, 2);
    expect(first?.positive.spanOffsets).toBe(second?.positive.spanOffsets);
    expect(first?.positive.counts).not.toBe(second?.positive.counts);
  });

  it.each<[string, readonly number[]]>([
    ['buckets', [1, ...unsigned(2 ** 40)]],
    ['spans', unsigned(2 ** 50)],
    ['buckets of a layout whose columns are not there', [1, 0, 100]],
    ['custom values', [0, 0, ...unsigned(2 ** 40)]],
  ])('allocates nothing for a claim of many %s', (_what, claim) => {
    // Flags, a run of one, schema, zero threshold; then the spans.
    const bytes = Buffer.from([0, 1, 1, 3, 0, 0, ...claim, 0, 0, 0, 0, 0, 0]);
    expect(() => decodeHistogramColumn(codec, bytes, 0, bytes.length, 1)).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_CORRUPT' }),
    );
  });

  it('refuses spans that do not ascend', () => {
    expect(() =>
      encodeHistogramColumn(codec, [
        {
          ...histogram([1, 2]),
          positive: {
            spanOffsets: Int32Array.of(0, -1),
            spanLengths: Uint32Array.of(1, 1),
            counts: Float64Array.of(1, 2),
          },
        },
      ]),
    ).toThrow('spans ascend');
  });
});

function unsigned(value: number): readonly number[] {
  const bytes = new Uint8Array(8);
  return [...bytes.subarray(0, writeVarint(bytes, 0, value))];
}
