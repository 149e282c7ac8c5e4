import { SampleColumns, setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import {
  ColumnCodec,
  SAMPLES_PER_CHUNK_MAX,
  timestampColumnBytesMax,
  valueColumnBytesMax,
} from './column-codec.ts';

const codec = new ColumnCodec();
const bytes = Buffer.alloc(valueColumnBytesMax(SAMPLES_PER_CHUNK_MAX));

function valueBytes(valueOf: (index: number) => number, staleAt = -1): number {
  const columns = new SampleColumns(SAMPLES_PER_CHUNK_MAX);
  for (let index = 0; index < SAMPLES_PER_CHUNK_MAX; index++) columns.push(index, valueOf(index));
  if (staleAt >= 0) setStaleAt(columns.valueWords, staleAt);
  return codec.encodeValues(columns, 0, SAMPLES_PER_CHUNK_MAX, bytes, 0);
}

/** From 0 to below 2^32, without a pattern that packing could use. */
function scrambled(index: number): number {
  return (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(index + 7, 0x85ebca6b)) >>> 0;
}

const tenBits = (index: number): number => scrambled(index) % 1024;
let sum = 0;

describe('the bytes of a column of 512 values', () => {
  it.each<[string, number, () => number]>([
    ['a constant 0', 2, () => valueBytes(() => 0)],
    ['a constant with decimals', 4, () => valueBytes(() => 12.5)],
    ['a slope', 6, () => valueBytes((index) => 7 * index)],
    ['a slope that ends in a staleness marker', 12, () => valueBytes((index) => 7 * index, 511)],
    ['a slope with an exception', 16, () => valueBytes((index) => (index === 200 ? Number.NaN : 7 * index))],
    [
      'a slope with one number beside it',
      24,
      () => valueBytes((index) => 7 * index + (index === 200 ? 1 : 0)),
    ],
    ['one step', 20, () => valueBytes((index) => (index < 300 ? 4 : 90))],
    ['ten bits', 662, () => valueBytes(tenBits)],
    [
      'ten bits and an outlier of 40',
      670,
      () => valueBytes((index) => (index === 99 ? 2 ** 40 : tenBits(index))),
    ],
    [
      'ten bits and a low outlier',
      670,
      () => valueBytes((index) => (index === 99 ? -(2 ** 40) : tenBits(index))),
    ],
    ['a counter that starts again', 680, () => valueBytes((index) => (index % 256) * 5000 + tenBits(index))],
    ['multiples of 4096', 668, () => valueBytes((index) => 4096 * tenBits(index))],
    [
      'sums of nanoseconds in seconds',
      4 * SAMPLES_PER_CHUNK_MAX,
      () => {
        sum = 100;
        return valueBytes((index) => (sum += (scrambled(index) % 1e6) / 1e9));
      },
    ],
    [
      'single precision',
      4 * SAMPLES_PER_CHUNK_MAX,
      () => valueBytes((index) => Math.fround(1 + scrambled(index) / 2 ** 32)),
    ],
    [
      'doubles of one sign and size',
      7 * SAMPLES_PER_CHUNK_MAX,
      () => valueBytes((index) => 1 + Math.abs(Math.sin(index + 1))),
    ],
  ])('%s: at most %i', (_what, bytesMax, bytesOf) => {
    expect(bytesOf()).toBeLessThanOrEqual(bytesMax);
  });
});

describe('the bytes of a column of timestamps', () => {
  const timestampBytes = (count: number, stepOf: (index: number) => number): number => {
    let time = 1_700_000_000_000;
    const times = Float64Array.from({ length: count }, (_, index) => (time += stepOf(index)));
    return codec.encodeTimestamps(times, 0, count, bytes, 0);
  };

  it.each<[string, number, () => number]>([
    ['one', 8, () => timestampBytes(1, () => 0)],
    ['512 regular ones', 11, () => timestampBytes(512, () => 15_000)],
    ['512 with a gap', 26, () => timestampBytes(512, (index) => (index === 77 ? 90_000 : 15_000))],
    ['512 with a jitter of 4 ms', 150, () => timestampBytes(512, (index) => 14_999 + (scrambled(index) % 3))],
  ])('%s: at most %i', (_what, bytesMax, bytesOf) => {
    expect(bytesOf()).toBeLessThanOrEqual(bytesMax);
  });
});

it('needs no more room than it says, whatever the count', () => {
  for (const count of [1, 2, 63, 64, 65, 66, SAMPLES_PER_CHUNK_MAX]) {
    const columns = new SampleColumns(count);
    for (let index = 0; index < count; index++) {
      const sign = scrambled(index) % 2 === 0 ? 1 : -1;
      columns.push(sign * scrambled(index + 1) * 2 ** 18, sign * 10 ** (scrambled(index) % 300));
    }
    const values = Buffer.alloc(valueColumnBytesMax(count));
    expect(codec.encodeValues(columns, 0, count, values, 0)).toBeLessThanOrEqual(1 + 8 * count);
    const times = Buffer.alloc(timestampColumnBytesMax(count));
    const end = codec.encodeTimestamps(columns.timestampMs, 0, count, times, 0);
    expect(end).toBeLessThanOrEqual(times.length);
  }
});

it.each([
  ['an unknown kind', 'e0'],
  ['an exponent above 18', '1301'],
  ['unknown flags', '400800'],
  ['no bytes', ''],
  ['bytes after its end', '000100'],
  ['bytes too few', '40000142'],
  ['a width above 53', '4000007600'],
  ['a patch outside its block', '40000040010301'],
  ['a varint above 2^53', '00ffffffffffffffff7f'],
  ['an exception outside', '600500000109'],
])('refuses %s', (_what, hex) => {
  const column = Buffer.from(hex, 'hex');
  expect(() => codec.decodeValues(column, 0, column.length, 3, new SampleColumns(3), 0)).toThrow(
    expect.objectContaining({ code: 'ERR_STORE_CORRUPT', kind: 'corrupt' }),
  );
});
