import { errorCode, SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { bucketsOf, staleHistogram } from './histogram-buckets.ts';
import { decodeHistogram, encodeHistogram } from './histogram-bytes.ts';
import { makeHistogram, randomHistogram } from './histogram-test-values.ts';
import { histogramText } from './histogram-text.ts';
import { validateHistogram } from './histogram-validation.ts';
import type { HistogramBuckets, NativeHistogram } from './native-histogram.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);

const GOLDEN: readonly [what: string, histogram: NativeHistogram, hex: string][] = [
  [
    'integer, one span',
    makeHistogram(),
    '11 00 01 06 6666666666663240 01 00 02 02 03 00 00'.replaceAll(' ', ''),
  ],
  ['stale', staleHistogram(true), '03'],
  ['stale, float', staleHistogram(false), '02'],
  [
    'custom bounds',
    makeHistogram({
      schema: -53,
      counterResetHint: 'gauge',
      zeroThreshold: 0,
      zeroCount: 0,
      count: 300,
      positive: bucketsOf([1], [300]),
      customValues: Float64Array.of(1),
    }),
    '0d cb 00 ac02 6666666666663240 01 02 01 ac02 00 01 000000000000f03f'.replaceAll(' ', ''),
  ],
  [
    'float, both signs, a threshold of its own',
    makeHistogram({
      isInteger: false,
      schema: 3,
      zeroThreshold: 0.5,
      zeroCount: 1,
      count: 2,
      sum: 0,
      positive: bucketsOf([], []),
      negative: bucketsOf([-2], [1]),
    }),
    '20 03 000000000000e03f 000000000000f03f 0000000000000040 0000000000000000 00 01 03 01 000000000000f03f 00'.replaceAll(
      ' ',
      '',
    ),
  ],
];

/** The code of the error that reading gives, `none` when it gives a histogram. */
function codeOfReading(bytes: Uint8Array): string | undefined {
  try {
    histogramText(decodeHistogram(bytes));
    return 'none';
  } catch (error) {
    return errorCode(error);
  }
}

describe('a histogram in bytes', () => {
  it.each(GOLDEN)('is %s', (_what, histogram, hex) => {
    expect(Buffer.from(encodeHistogram(histogram)).toString('hex')).toBe(hex);
    expect(decodeHistogram(Buffer.from(hex, 'hex'))).toEqual(histogram);
  });

  it(`comes back as it was (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    for (let round = 0; round < 2000; round++) {
      const histogram = randomHistogram(random);
      expect(validateHistogram(histogram)).toBeNull();
      const bytes = encodeHistogram(histogram);
      expect(decodeHistogram(bytes)).toEqual(histogram);
      expect(encodeHistogram(decodeHistogram(bytes))).toEqual(bytes);
    }
  });

  it('is the same for the same buckets in other spans', () => {
    const split: HistogramBuckets = {
      spanOffsets: Int32Array.of(-1, 1, 0, 0, 2, 1),
      spanLengths: Uint32Array.of(0, 1, 1, 0, 0, 1),
      counts: Float64Array.of(1, 2, 2),
    };
    const joined = makeHistogram({ positive: bucketsOf([0, 1, 5], [1, 2, 2]) });
    expect(encodeHistogram(makeHistogram({ positive: split }))).toEqual(encodeHistogram(joined));
  });

  it('is the same for zeros of either sign and any NaN, and keeps the sign of the sum', () => {
    const signed = { isInteger: false, zeroThreshold: -0, zeroCount: -0, sum: Number.NaN };
    const plain = { isInteger: false, zeroThreshold: 0, zeroCount: 0, sum: -Number.NaN };
    expect(encodeHistogram(makeHistogram(signed))).toEqual(encodeHistogram(makeHistogram(plain)));
    expect(decodeHistogram(encodeHistogram(makeHistogram({ sum: -0 }))).sum).toBe(-0);
  });

  it(`that is damaged is refused by code or read as something (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const codes = new Map<string | undefined, number>();
    for (let round = 0; round < 20_000; round++) {
      const bytes = encodeHistogram(randomHistogram(random));
      for (let flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = random.nextInt(256);
      }
      const cut = random.nextInt(4) === 0 ? bytes.subarray(0, random.nextInt(bytes.length)) : bytes;
      const code = codeOfReading(cut);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(new Set(codes.keys())).toEqual(new Set(['ERR_HISTOGRAM_BYTES_INVALID', 'none']));
    expect(codes.get('ERR_HISTOGRAM_BYTES_INVALID')).toBeGreaterThan(5000);
  });

  it.each([
    ['nothing', ''],
    ['unknown flags', '40'],
    ['a fourth form of the threshold', '3100'],
    ['bytes after a marker', '0300'],
    ['a number above 2^53', '0100ffffffffffffff1f'],
    ['a number that does not end', '0100ffffffffffffffffff'],
    ['more spans than bytes', '0100000000000000000000 00ffffff7f'.replaceAll(' ', '')],
    ['more buckets than bytes', '0100 00 00 0000000000000000 01 00 ffffff7f'.replaceAll(' ', '')],
  ])('is not %s', (_what, hex) => {
    expect(() => decodeHistogram(Buffer.from(hex, 'hex'))).toThrow(/cannot read the bytes of a histogram/);
  });
});

describe('histogramText', () => {
  it.each([
    [
      makeHistogram(),
      '{count:6, sum:18.4, [-2.938735877055719e-39,2.938735877055719e-39]:1, (0.5,1]:2, (1,2]:3}',
    ],
    [staleHistogram(true), '{stale}'],
    [
      makeHistogram({
        schema: 1,
        zeroCount: 0,
        negative: bucketsOf([2, 4], [5, 6]),
        positive: bucketsOf([], []),
      }),
      '{count:6, sum:18.4, [-4,-2.82842712474619):6, [-2,-1.4142135623730951):5}',
    ],
    [
      makeHistogram({
        schema: -53,
        zeroCount: 0,
        positive: bucketsOf([0, 1, 2], [1, 0, 2]),
        customValues: Float64Array.of(5, 10),
      }),
      '{count:6, sum:18.4, [-Infinity,5]:1, (10,Infinity]:2}',
    ],
  ])('case %#', (histogram, text) => {
    expect(histogramText(histogram)).toBe(text);
  });

  it('is bounded', () => {
    const indexes = Array.from({ length: 50 }, (_, at) => at);
    const text = histogramText(makeHistogram({ zeroCount: 0, positive: bucketsOf(indexes, indexes) }));
    expect(text).toContain('and 29 more buckets}');
  });
});
