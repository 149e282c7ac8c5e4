import {
  bucketsOf,
  emptyBuckets,
  type HistogramSample,
  type NativeHistogram,
  SampleColumns,
  staleHistogram,
} from '@promontory/model';
import { describe, expect, it } from 'vitest';
import type { SeriesSamples } from '../sample-range.ts';
import { BitWriter } from './bit-writer.ts';
import { makeHistogram } from '@promontory/model/test-values';
import { decodeChunk } from './decode-chunk.ts';
import { SeriesChunks } from './series-chunks.ts';
import { XorChunkEncoder } from './xor-chunk.ts';

const NO_FLOATS = new SampleColumns(1);
const invalid = expect.objectContaining({ code: 'ERR_CHUNK_INVALID', kind: 'bad-data' });
/** A gauge's 64 bits, written out. */
const ONE = '0011111111110000' + '0'.repeat(48);

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Groups of bits as bytes, filled up with zeros. */
function bits(...groups: string[]): string {
  const all = groups.join('').replaceAll(' ', '');
  const padded = all.padEnd(Math.ceil(all.length / 8) * 8, '0');
  return (padded.match(/.{8}/g) ?? [])
    .map((byte) => parseInt(byte, 2).toString(16).padStart(2, '0'))
    .join('');
}

function floatsOf(...samples: readonly (readonly [timestampMs: number, value: number])[]): SampleColumns {
  const columns = new SampleColumns(1);
  for (const [timestampMs, value] of samples) columns.push(timestampMs, value);
  return columns;
}

function histogramsOf(...histograms: readonly NativeHistogram[]): HistogramSample[] {
  return histograms.map((histogram, at) => ({ timestampMs: 1000 * (at + 1), histogram }));
}

function xorOf(samples: SampleColumns): string {
  const writer = new BitWriter();
  new XorChunkEncoder().encode(samples, 0, samples.count, writer);
  return hex(writer.unsafeView());
}

interface Made {
  readonly encoding: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly hex: string;
}

function chunksOf(samples: Partial<SeriesSamples>): Made[] {
  const chunks = new SeriesChunks();
  const made: Made[] = [];
  chunks.start({
    floats: NO_FLOATS,
    histograms: [],
    rangeStartMsInclusive: 0,
    rangeEndMsInclusive: 2 ** 52,
    ...samples,
  });
  while (chunks.next()) {
    const { encoding, startMsInclusive: startMs, endMsInclusive: endMs } = chunks;
    made.push({ encoding, startMs, endMs, hex: hex(chunks.unsafeView()) });
  }
  return made;
}

describe('XOR chunks', () => {
  it('are the bytes of the format', () => {
    expect(xorOf(floatsOf([1000, 1], [2000, 1], [3000, 2]))).toBe('0003d00f3ff0000000000000e8073097ffc0');
    expect(xorOf(floatsOf([-1, 0]))).toBe('0001010000000000000000');
  });

  it.each([
    [0, '0'],
    [8192, '10 10000000000000'],
    [-8191, '10 10000000000001'],
    [8193, '110 00010000000000001'],
    [-8192, '110 11110000000000000'],
    [65_536, '110 10000000000000000'],
    [-65_535, '110 10000000000000001'],
    [65_537, '1110 00010000000000000001'],
    [-65_536, '1110 11110000000000000000'],
    [524_288, '1110 10000000000000000000'],
    [-524_287, '1110 10000000000000000001'],
    [524_289, `1111 ${'0'.repeat(44)} 10000000000000000001`],
    [-524_288, `1111 ${'1'.repeat(44)} 10000000000000000000`],
  ])('write a change of %i ms', (change, expected) => {
    const stepMs = 1_000_000;
    const written = xorOf(floatsOf([0, 1], [stepMs, 1], [2 * stepMs + change, 1]));
    const head = '000300' + bits(ONE) + 'c0843d';
    expect(written).toBe(head + bits('0', expected, '0'));
  });

  it.each([
    // More than 31 leading zeros are written as 31.
    ['the lowest bit', [0, 1], '11 11111 100001', '0'.repeat(32) + '1'],
    ['the highest bit', [0x80000000 | 0, 0], '11 00000 000001', '1'],
    ['all bits', [-1, -1], '11 00000 000000', '1'.repeat(64)],
    ['the highest bit of the low word', [0, 0x80000000 | 0], '11 11111 000010', '01'],
    ['the lowest bit of the high word', [1, 0], '11 11111 000001', '1'],
    ['bits on both sides of the words', [3, 0xc0000000 | 0], '11 11110 000100', '1111'],
  ] as const)('write a value that differs in %s', (_name, [high, low], head, window) => {
    const samples = floatsOf([0, 0], [1, 0], [2, 0]);
    samples.valueWords.set([low, high], 2);
    samples.valueWords.set([0, 0], 4);
    // The third differs in the same bits, and uses their window again.
    expect(xorOf(samples)).toBe('000300' + '00'.repeat(8) + '01' + bits(head, window, '0', '10', window));
  });

  it('hold 120 samples, in the range alone', () => {
    const floats = floatsOf(...Array.from({ length: 300 }, (_, at) => [at * 10, at] as const));
    const made = chunksOf({ floats, rangeStartMsInclusive: 15, rangeEndMsInclusive: 2900 });
    expect(made.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [20, 1210],
      [1220, 2410],
      [2420, 2900],
    ]);
    expect(chunksOf({ floats, rangeStartMsInclusive: 21, rangeEndMsInclusive: 29 })).toEqual([]);
    expect(chunksOf({ floats, rangeStartMsInclusive: 29, rangeEndMsInclusive: 21 })).toEqual([]);
  });
});

describe('histogram chunks', () => {
  const SUM = '0100000000110010 0110011001100110 0110011001100110 0110011001100110';
  const LAYOUT = '01110100 0 10001 10010 0 0';

  it('are the bytes of the format', () => {
    const after = makeHistogram({ count: 9, zeroCount: 1, positive: bucketsOf([0, 1], [2, 6]), sum: 18.4 });
    const [made] = chunksOf({ histograms: histogramsOf(makeHistogram(), after) });
    expect(made).toMatchObject({ encoding: 'histogram', startMs: 1000, endMs: 2000 });
    const first = `11110 001111101000 10110 10001 ${SUM} 10010 10001`;
    // Time +1000, count +3, zero count the same, sum the same, buckets +0 and +3.
    const second = '11110 001111101000 10011 0 0 0 10011';
    expect(made?.hex).toBe('000200' + bits(LAYOUT, first, second));
  });

  it('of floats are the bytes of the format', () => {
    const sample = makeHistogram({
      isInteger: false,
      positive: bucketsOf([0], [1]),
      zeroCount: 1,
      count: 1,
      sum: 1,
    });
    const histogram = { ...sample, counterResetHint: 'gauge' as const };
    const stale = staleHistogram(false);
    const [made] = chunksOf({ histograms: histogramsOf(histogram, { ...histogram, sum: 2 }, stale) });
    expect(made).toMatchObject({ encoding: 'float-histogram', startMs: 1000, endMs: 3000 });
    const layout = '01110100 0 10001 10001 0 0';
    const first = `11110 001111101000 ${ONE} ${ONE} ${ONE} ${ONE}`;
    const second = '11110 001111101000 0 0 11 00001 001011 11111111111 0';
    // From 2.0 to the marker, 0x7ff0000000000002.
    const marker = `0 0 0 11 00010 111101 11111111110${'0'.repeat(48)}01`;
    expect(made?.hex).toBe('0003c0' + bits(layout, first, second, marker));
  });

  it.each([
    ['zero', 0, '00'],
    ['the usual one', 2 ** -128, '74'],
    ['the smallest of a byte', 2 ** -243, '01'],
    ['the largest of a byte', 1024, 'fe'],
    ['a smaller one', 2 ** -244, 'ff30b0000000000000'],
    ['a larger one', 2048, 'ff40a0000000000000'],
    ['no power of two', 0.75, 'ff3fe8000000000000'],
  ])('write a zero threshold: %s', (_name, zeroThreshold, expected) => {
    const [made] = chunksOf({ histograms: histogramsOf(makeHistogram({ zeroThreshold })) });
    expect(made?.hex.slice(6, 6 + expected.length)).toBe(expected);
  });

  it('write custom bounds', () => {
    const custom = makeHistogram({
      schema: -53,
      zeroThreshold: 0,
      zeroCount: 0,
      count: 5,
      customValues: Float64Array.of(-1, 0, 0.007, 33_554.43, 33_554.431),
    });
    const [made] = chunksOf({ histograms: histogramsOf(custom) });
    const minusOne = `0 1011111111110000 ${'0'.repeat(48)}`;
    const beyond = `0 ${BigInt.asUintN(64, doubleBits(33_554.431)).toString(2).padStart(64, '0')}`;
    const bounds = `10101 ${minusOne} 10001 1100 01000 1111110 ${'1'.repeat(25)} ${beyond}`;
    const layout = bits('00000000', '1110 111001011', '10001 10010 0 0', bounds);
    expect(made?.hex.slice(6, 6 + layout.length - 2)).toBe(layout.slice(0, -2));
  });

  it.each([
    ['a flag of none', 'unknown', '00'],
    ['no reset', 'not-reset', '40'],
    ['a reset', 'reset', '80'],
    ['a gauge', 'gauge', 'c0'],
  ] as const)('say %s of their first', (_name, counterResetHint, flags) => {
    const [made] = chunksOf({ histograms: histogramsOf(makeHistogram({ counterResetHint })) });
    expect(made?.hex.slice(4, 6)).toBe(flags);
  });

  const grown = makeHistogram({ count: 9, zeroCount: 2, positive: bucketsOf([0, 1], [3, 4]) });
  it.each<[name: string, second: NativeHistogram, chunks: number]>([
    ['that grew', grown, 1],
    ['with one more bucket', { ...grown, count: 12, positive: bucketsOf([0, 1, 7], [3, 4, 3]) }, 1],
    ['without a bucket that was empty', { ...grown, count: 8 }, 1],
    ['that says it was reset', { ...grown, counterResetHint: 'reset' }, 2],
    ['that is a gauge', { ...grown, counterResetHint: 'gauge' }, 2],
    ['of another schema', { ...grown, schema: 1 }, 2],
    ['of another zero threshold', { ...grown, zeroThreshold: 0 }, 2],
    ['of the other kind', { ...grown, isInteger: false }, 2],
    ['with a smaller count', { ...grown, count: 5 }, 2],
    ['with a smaller zero count', { ...grown, zeroCount: 0 }, 2],
    ['with a smaller bucket', { ...grown, positive: bucketsOf([0, 1], [3, 2]) }, 2],
    ['without a bucket', { ...grown, positive: bucketsOf([1], [7]) }, 2],
    ['that is stale', staleHistogram(true), 1],
    [
      'whose differences are not exact',
      { ...grown, count: 2 ** 50, positive: bucketsOf([0], [2 ** 50 - 2]) },
      2,
    ],
  ])('go on with a histogram %s, or end', (_name, second, chunks) => {
    const first = makeHistogram({ positive: bucketsOf([0, 1, 5], [2, 3, 0]) });
    expect(chunksOf({ histograms: histogramsOf(first, second) })).toHaveLength(chunks);
  });

  it('end after staleness markers', () => {
    const histograms = histogramsOf(
      makeHistogram(),
      staleHistogram(true),
      staleHistogram(true),
      makeHistogram(),
    );
    expect(chunksOf({ histograms }).map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [1000, 3000],
      [4000, 4000],
    ]);
  });

  it('share their buckets while these alternate, and do not when they have few in common', () => {
    const alternating = (distance: number): NativeHistogram[] =>
      Array.from({ length: 100 }, (_, at) =>
        makeHistogram({
          counterResetHint: 'gauge',
          positive: bucketsOf([(at % 4) * distance, (at % 4) * distance + 1], [2, 3]),
          negative: emptyBuckets(),
        }),
      );
    expect(chunksOf({ histograms: histogramsOf(...alternating(10)) })).toHaveLength(1);
    const wide = Array.from({ length: 10 }, (_, at) => {
      const indexes = Array.from({ length: 100 }, (_each, index) => at * 100 + index);
      const positive = bucketsOf(
        indexes,
        indexes.map(() => 1),
      );
      return makeHistogram({ counterResetHint: 'gauge', count: 101, positive });
    });
    expect(chunksOf({ histograms: histogramsOf(...wide) })).toHaveLength(5);
  });

  it('of very many buckets have few samples', () => {
    const indexes = Array.from({ length: 16_000 }, (_, index) => index);
    const positive = bucketsOf(
      indexes,
      indexes.map(() => 1),
    );
    const histograms = histogramsOf(
      ...Array.from({ length: 6 }, () => makeHistogram({ count: 16_001, positive })),
    );
    expect(chunksOf({ histograms })).toHaveLength(3);
  });

  it('take turns with chunks of floats', () => {
    const floats = floatsOf([500, 1], [1500, 1], [1600, 1], [5000, 1]);
    const histograms = histogramsOf(makeHistogram(), makeHistogram(), makeHistogram());
    expect(
      chunksOf({ floats, histograms }).map(({ encoding, startMs, endMs }) => [encoding, startMs, endMs]),
    ).toEqual([
      ['xor', 500, 500],
      ['histogram', 1000, 1000],
      ['xor', 1500, 1600],
      ['histogram', 2000, 3000],
      ['xor', 5000, 5000],
    ]);
  });
});

describe('bytes that are no chunks', () => {
  const target = (): Parameters<typeof decodeChunk>[1] => ({ floats: new SampleColumns(1), histograms: [] });

  it.each([
    ['xor', ''],
    ['xor', '0001'],
    ['xor', 'ffff00'],
    ['xor', '000200' + '00'.repeat(8) + '80' + '80'.repeat(12)],
    ['histogram', '0001'],
    ['histogram', '000100'],
    ['histogram', '000100fffffff0'],
    ['float-histogram', '000100' + bits('00000000 0 10001 11110111111111111 0 0') + '00'.repeat(40)],
    ['unknown', ''],
  ] as const)('%s %s are refused', (encoding, text) => {
    const chunk = { encoding, startMsInclusive: 0, endMsInclusive: 0, data: Buffer.from(text, 'hex') };
    expect(() => decodeChunk(chunk, target())).toThrow(invalid);
  });

  it('an empty chunk has no samples', () => {
    for (const encoding of ['xor', 'histogram', 'float-histogram'] as const) {
      const data = new Uint8Array(encoding === 'xor' ? 2 : 3);
      const samples = target();
      decodeChunk({ encoding, startMsInclusive: 0, endMsInclusive: 0, data }, samples);
      expect([samples.floats.count, samples.histograms.length]).toEqual([0, 0]);
    }
  });
});

function doubleBits(value: number): bigint {
  return new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}
