import { bucketsOf, emptyBuckets, type NativeHistogram, staleHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { makeHistogram } from '@promontory/model/test-values';
import type { WireHistogram } from '../proto/index.ts';
import { ProtobufScan } from '../protobuf-scan.ts';
import { HistogramReader } from './histogram-reader.ts';
import { histogramMessage, makeWireHistogram } from './wire-histogram-test-values.ts';

const BUCKETS_MAX = 16_384;

const scan = new ProtobufScan();
const reader = new HistogramReader(scan);

/** @returns the histogram, valid until the next, or why it is refused */
function read(bytes: Uint8Array): NativeHistogram | string {
  scan.bytes = bytes;
  scan.position = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return reader.tryUnsafeRead(view, bytes.length) ?? reader.refusalDetail;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

const zigzag = (value: bigint): number[] => varint((value << 1n) ^ (value >> 63n));
const double = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];
const tag = (field: number, wireType: 0 | 1 | 2): number[] => varint(BigInt(field * 8 + wireType));
const asVarint = (field: number, value: bigint): number[] => [...tag(field, 0), ...varint(value)];
const asZigzag = (field: number, value: bigint): number[] => [...tag(field, 0), ...zigzag(value)];
const asDouble = (field: number, value: number): number[] => [...tag(field, 1), ...double(value)];
const asBytes = (field: number, bytes: number[]): number[] => [
  ...tag(field, 2),
  ...varint(BigInt(bytes.length)),
  ...bytes,
];
const span = (field: number, offset: number, length: number): number[] =>
  asBytes(field, [...asZigzag(1, BigInt(offset)), ...asVarint(2, BigInt(length))]);
const message = (...fields: number[][]): Uint8Array => Uint8Array.from(fields.flat());

const EXAMPLE: NativeHistogram = makeHistogram();
const NOTHING: NativeHistogram = {
  ...EXAMPLE,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positive: emptyBuckets(),
};

describe('a histogram', () => {
  const float = { flavor: 'float', count: 3.75, zeroCount: 0.25 } as const;
  const read2 = (change: Partial<WireHistogram>): NativeHistogram | string =>
    read(histogramMessage(makeWireHistogram(change)));

  it.each<[what: string, sent: Partial<WireHistogram>, read: Partial<NativeHistogram>]>([
    ['of integers: differences become counts', {}, {}],
    [
      'with gaps, and negative buckets',
      {
        count: 21,
        positiveSpans: [
          { offset: -3, length: 1 },
          { offset: 2, length: 2 },
        ],
        positiveBuckets: [7, -5, 3],
        negativeSpans: [{ offset: 4, length: 1 }],
        negativeBuckets: [6],
      },
      { count: 21, positive: bucketsOf([-3, 0, 1], [7, 2, 5]), negative: bucketsOf([4], [6]) },
    ],
    [
      'of floats: counts as they are',
      { ...float, positiveBuckets: [2.5, 1] },
      { isInteger: false, count: 3.75, zeroCount: 0.25, positive: bucketsOf([0, 1], [2.5, 1]) },
    ],
    [
      'with the largest count',
      { count: 2 ** 53 - 1, zeroCount: 0, positiveBuckets: [2 ** 53 - 2, 3 - 2 ** 53] },
      { count: 2 ** 53 - 1, zeroCount: 0, positive: bucketsOf([0, 1], [2 ** 53 - 2, 1]) },
    ],
    [
      'with custom bounds',
      { schema: -53, zeroThreshold: 0, zeroCount: 0, count: 5, customValues: [-1, 0.5] },
      { schema: -53, zeroThreshold: 0, zeroCount: 0, count: 5, customValues: Float64Array.of(-1, 0.5) },
    ],
    ['of the coarsest schema', { schema: -4 }, { schema: -4 }],
    ['of the finest schema, not reduced yet', { schema: 52 }, { schema: 52 }],
    ['after a reset', { resetHint: 1 }, { counterResetHint: 'reset' }],
    ['without a reset', { resetHint: 2 }, { counterResetHint: 'not-reset' }],
    ['of a gauge', { resetHint: 3 }, { counterResetHint: 'gauge' }],
    ['with a NaN in no bucket', { sum: Number.NaN, count: 7 }, { sum: Number.NaN, count: 7 }],
  ])('%s', (_what, sent, wanted) => {
    expect(read2(sent)).toEqual({ ...EXAMPLE, ...wanted });
    expect(reader.timestampMs).toBe(1_760_000_000_000);
  });

  it.each(['integer', 'float'] as const)('that ends a series of %s ones, whatever is in it', (flavor) => {
    const schema = 99;
    expect(read2({ flavor, isStale: true, schema })).toEqual(staleHistogram(flavor === 'integer'));
  });

  it('without any field is one of integers at time 0', () => {
    read2({ resetHint: 3, customValues: [1] });
    expect([read(message()), reader.timestampMs]).toEqual([NOTHING, 0]);
  });

  it('with as many buckets as may be', () => {
    const positiveSpans = [{ offset: 0, length: BUCKETS_MAX }];
    const positiveBuckets = Array.from({ length: BUCKETS_MAX }, (_, at) => (at === 0 ? 1 : 0));
    const found = read2({ zeroCount: 0, count: BUCKETS_MAX, positiveSpans, positiveBuckets });
    expect(found).toMatchObject({ positive: { counts: new Float64Array(BUCKETS_MAX).fill(1) } });
  });
});

describe('the bytes', () => {
  it('may have repeated fields in pieces, packed or not, and fields in any order', () => {
    const bytes = message(
      asBytes(12, zigzag(2n)),
      asVarint(15, 5n),
      asZigzag(12, -1n),
      asBytes(12, [...zigzag(3n), ...zigzag(-4n)]),
      span(11, -7, 3),
      asDouble(3, 1.5),
      span(11, 2, 1),
      asVarint(1, 7n),
    );
    const positive = {
      spanOffsets: Int32Array.of(-7, 2),
      spanLengths: Uint32Array.of(3, 1),
      counts: Float64Array.of(2, 1, 4, 0),
    };
    expect([read(bytes), reader.timestampMs]).toEqual([{ ...NOTHING, count: 7, sum: 1.5, positive }, 5]);
  });

  it('may have doubles in pieces, packed or not', () => {
    const bytes = message(
      asDouble(2, 10),
      asDouble(10, 1.5),
      asBytes(10, [...double(2), ...double(2.5)]),
      asBytes(13, double(4)),
      span(8, 0, 3),
      span(11, 1, 1),
    );
    const negative = bucketsOf([0, 1, 2], [1.5, 2, 2.5]);
    const positive = bucketsOf([1], [4]);
    expect(read(bytes)).toEqual({ ...NOTHING, isInteger: false, count: 10, negative, positive });
  });

  it('may have custom bounds one by one', () => {
    const bytes = message(asZigzag(4, -53n), asDouble(16, 1), asDouble(16, 2));
    expect(read(bytes)).toEqual({ ...NOTHING, schema: -53, customValues: Float64Array.of(1, 2) });
  });

  it('mean what the last count says; a zero count of the other kind does not count', () => {
    const last = message(asDouble(2, 9), asVarint(1, 4n), asVarint(6, 4n));
    expect(read(last)).toEqual({ ...NOTHING, count: 4, zeroCount: 4 });
    const other = message(asDouble(2, 9), asVarint(6, 4n));
    expect(read(other)).toEqual({ ...NOTHING, isInteger: false, count: 9 });
    const twice = message(asDouble(2, 9), asVarint(6, 4n), asDouble(7, 0.5));
    expect(read(twice)).toEqual({ ...NOTHING, isInteger: false, count: 9, zeroCount: 0.5 });
  });

  it('may have unknown fields, and known ones of another wire type, which are skipped', () => {
    const bytes = message(
      asVarint(17, 1n),
      asBytes(200, [1, 2, 3]),
      asDouble(15, 3),
      asVarint(3, 9n),
      asBytes(1, [5]),
      asVarint(8, 1n),
      [0x65, 1, 2, 3, 4],
    );
    expect([read(bytes), reader.timestampMs]).toEqual([NOTHING, 0]);
  });

  it('may name a reset hint that nobody knows: it is unknown', () => {
    expect(read(message(asVarint(14, 9n)))).toEqual(NOTHING);
    expect(read(message(asVarint(14, -1n)))).toEqual(NOTHING);
  });

  it('may pad numbers to ten bytes', () => {
    const padded = [...tag(15, 0), 0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0];
    expect([read(Uint8Array.from(padded)), reader.timestampMs]).toEqual([NOTHING, 5]);
    expect([read(message(asVarint(15, -3n))), reader.timestampMs]).toEqual([NOTHING, -3]);
  });
});

describe('refused by itself', () => {
  const bounds = (...customValues: number[]): Partial<WireHistogram> => ({
    schema: -53,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 5,
    customValues,
  });
  const sized = (length: number): number[] => Array.from({ length }, () => 0);

  it.each<[detail: RegExp, change: Partial<WireHistogram>]>([
    [/^has schema -5, want/, { schema: -5 }],
    [/^has schema 53, want/, { schema: 53 }],
    [/^has schema 2147483647, want/, { schema: 2 ** 31 - 1 }],
    [/^has schema -2147483648, want/, { schema: -(2 ** 31) }],
    [
      /^has a span with offset -1 after another/,
      {
        positiveSpans: [
          { offset: 0, length: 1 },
          { offset: -1, length: 1 },
        ],
      },
    ],
    [/^has spans of 3 buckets and 2 bucket counts/, { positiveSpans: [{ offset: 0, length: 3 }] }],
    [/^has a bucket index beyond/, { positiveSpans: [{ offset: 0, length: 2 ** 32 - 1 }] }],
    [/^has a bucket index beyond/, { positiveSpans: [{ offset: 2 ** 31 - 1, length: 2 }] }],
    [/^has a negative count, -1/, { positiveBuckets: [2, -3] }],
    [/^has a negative count, -0.5/, { flavor: 'float', positiveBuckets: [2, -0.5] }],
    [/^counts 7 samples and has 6 in its buckets/, { count: 7 }],
    [/^has zero threshold NaN/, { zeroThreshold: Number.NaN }],
    [/^has zero threshold -1/, { zeroThreshold: -1 }],
    [/^has custom bound NaN/, bounds(1, Number.NaN)],
    [/^has custom bound Infinity/, bounds(1, Infinity)],
    [/^has custom bounds that do not ascend: 1, 1/, bounds(1, 1)],
    [/^has 0 custom bounds and reaches to bucket 2/, bounds()],
    [/^has custom bounds, which go only with custom buckets/, { customValues: [1] }],
    [/^has 16385 buckets, limit 16384/, { positiveBuckets: sized(BUCKETS_MAX + 1) }],
    [/^has 100000 buckets, limit 16384/, { flavor: 'float', negativeBuckets: sized(100_000) }],
    [/^has 16385 buckets, limit 16384/, { positiveBuckets: sized(BUCKETS_MAX), negativeBuckets: [0] }],
    [/^has 20000 custom bounds, limit 16384/, bounds(...sized(20_000))],
    [
      /^has 20000 spans, limit 16384/,
      { negativeSpans: Array.from({ length: 20_000 }, () => ({ offset: 0, length: 0 })) },
    ],
  ])('%s', (detail, change) => {
    expect(read(histogramMessage(makeWireHistogram(change)))).toEqual(expect.stringMatching(detail));
  });

  it.each<[what: string, detail: RegExp, fields: number[][]]>([
    ['a count of 2^53', /^has a count above 2\^53 - 1/, [asVarint(1, 2n ** 53n)]],
    ['a count of 2^64 - 1', /^has a count above 2\^53 - 1/, [asVarint(1, 2n ** 64n - 1n)]],
    ['a bucket that overflows', /^has a count above/, [span(11, 0, 1), asZigzag(12, 2n ** 63n - 1n)]],
    ['a bucket that underflows', /^has a negative count/, [span(11, 0, 1), asZigzag(12, -(2n ** 63n))]],
    [
      'differences that overflow and come back',
      /^has a count above/,
      [span(11, 0, 2), asZigzag(12, 2n ** 63n - 1n), asZigzag(12, 1n - 2n ** 63n)],
    ],
    [
      'differences that round to nothing together',
      /^has a count above/,
      [
        asVarint(1, 1n),
        span(8, 0, 3),
        asBytes(9, [...zigzag(2n ** 53n), ...zigzag(1n), ...zigzag(-(2n ** 53n))]),
      ],
    ],
  ])('%s', (_what, detail, fields) => {
    expect(read(message(...fields))).toEqual(expect.stringMatching(detail));
  });
});

describe('no protobuf', () => {
  const invalid = expect.objectContaining({ code: 'ERR_PROTOBUF_INVALID', kind: 'bad-data' });

  it.each<[what: string, bytes: number[]]>([
    ['a double cut short', asDouble(3, 1).slice(0, -1)],
    ['packed doubles of seven bytes', asBytes(13, double(1).slice(1))],
    ['packed differences cut short', asBytes(12, [1, 0x80])],
    ['a length beyond the end', [...tag(12, 2), 5, 1]],
    ['a length of 2^32 + 1', [...tag(12, 2), ...varint(2n ** 32n + 1n), 1]],
    ['a length of 2^64 - 1', [...tag(13, 2), ...varint(2n ** 64n - 1n)]],
    ['a varint of eleven bytes', [...tag(1, 0), ...Array.from({ length: 10 }, () => 0x80), 0]],
    ['a difference of eleven bytes', [...tag(12, 0), ...Array.from({ length: 10 }, () => 0xff), 1]],
    ['a span cut short', asBytes(11, tag(1, 0))],
    ['a group without an end', varint(30n * 8n + 3n)],
    ['field number 0', [0x01]],
    ['a wire type that nobody knows', [0x0f]],
  ])('%s', (_what, bytes) => {
    expect(() => read(Uint8Array.from(bytes))).toThrow(invalid);
  });
});
