import { errorCode, SeededRandom } from '@promontory/base';
import {
  CUSTOM_BUCKETS_SCHEMA,
  type CounterResetHint,
  type HistogramBuckets,
  type NativeHistogram,
} from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { FuzzInputs } from '../fuzz-inputs.ts';
import { ColumnCodec, SAMPLES_PER_CHUNK_MAX } from './column-codec.ts';
import { decodeHistogramColumn, encodeHistogramColumn } from './histogram-column.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const DAMAGE_ROUNDS = 1000;
const NOISE_ROUNDS = 5000;
const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not-reset', 'gauge'];
const NO_BUCKETS: HistogramBuckets = {
  spanOffsets: new Int32Array(0),
  spanLengths: new Uint32Array(0),
  counts: new Float64Array(0),
};
const STALE: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: Number.NaN,
  isStale: true,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  customValues: new Float64Array(0),
};

const codec = new ColumnCodec();

/** Spans over some buckets from `first` on; the counts of `countOf`, by bucket. */
function bucketsOf(
  random: SeededRandom,
  first: number,
  bucketCount: number,
  countOf: (bucket: number) => number,
): HistogramBuckets {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const counts: number[] = [];
  let bucket = first;
  while (counts.length < bucketCount) {
    const gap = offsets.length === 0 ? first : random.nextInt(3);
    if (offsets.length > 0) bucket += gap;
    const length = Math.min(bucketCount - counts.length, random.nextInt(5));
    offsets.push(gap);
    lengths.push(length);
    for (let index = 0; index < length; index++) counts.push(countOf(bucket++));
  }
  return {
    spanOffsets: Int32Array.from(offsets),
    spanLengths: Uint32Array.from(lengths),
    counts: Float64Array.from(counts),
  };
}

/** A series whose layout changes with probability 1 / layoutSamples. */
function seriesOf(random: SeededRandom, count: number, layoutSamples: number): NativeHistogram[] {
  const isInteger = random.nextInt(2) === 0;
  const isCustom = random.nextInt(3) === 0;
  const series: NativeHistogram[] = [];
  let layoutSeed = random.nextUint32();
  for (let index = 0; index < count; index++) {
    if (random.nextInt(layoutSamples) === 0) layoutSeed = random.nextUint32();
    if (random.nextInt(100) === 0) {
      series.push(STALE);
      continue;
    }
    const layoutRandom = new SeededRandom(layoutSeed);
    const countOf = (bucket: number): number =>
      isInteger ? 1000 * Math.abs(bucket) * index + random.nextInt(100) : random.nextFloat() * index;
    series.push({
      isInteger,
      counterResetHint: HINTS[random.nextInt(30) === 0 ? random.nextInt(4) : 2] ?? 'unknown',
      schema: isCustom ? CUSTOM_BUCKETS_SCHEMA : layoutRandom.nextInt(13) - 4,
      zeroThreshold: isCustom ? 0 : 2 ** -128,
      zeroCount: index * 3,
      count: index * 1_000_000 + random.nextInt(1000),
      sum: (random.nextFloat() - 0.5) * 1e6,
      isStale: false,
      positive: bucketsOf(layoutRandom, layoutRandom.nextInt(100) - 50, layoutRandom.nextInt(20), countOf),
      negative: isCustom
        ? NO_BUCKETS
        : bucketsOf(layoutRandom, layoutRandom.nextInt(9), layoutRandom.nextInt(4), countOf),
      customValues: isCustom
        ? Float64Array.from({ length: layoutRandom.nextInt(20) }, (_, bound) => 0.005 * 2 ** bound)
        : new Float64Array(0),
    });
  }
  return series;
}

/** A count of histograms, u8, and a column of any bytes: it decodes, or is refused by code. */
const hostileColumns = new FuzzInputs(import.meta.dirname, 'histogram-column', (input) => {
  try {
    decodeHistogramColumn(codec, input, 1, input.length, 1 + input[0]!);
  } catch (error) {
    if (errorCode(error) !== ERR_STORE_CORRUPT) throw error;
  }
});

it('what failed once passes', () => {
  expect(hostileColumns.replay()).toBeGreaterThan(0);
});

describe('histogram columns', () => {
  it.each([1, 5, 50, 1000])(
    `give back every histogram, layouts lasting %i samples (seed ${SEED})`,
    (layoutSamples) => {
      const random = new SeededRandom(SEED);
      for (let round = 0; round < 20; round++) {
        const count = round < 3 ? round + 1 : 1 + random.nextInt(round === 3 ? SAMPLES_PER_CHUNK_MAX : 100);
        const series = seriesOf(random, count, layoutSamples);
        const column = encodeHistogramColumn(codec, series);
        const padded = Buffer.concat([Buffer.alloc(3, 0xff), column, Buffer.alloc(3, 0xff)]);
        expect(decodeHistogramColumn(codec, padded, 3, 3 + column.length, count)).toEqual(series);
      }
    },
  );

  it(`survive damage (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED + 1);
    const tried = hostileColumns.run(DAMAGE_ROUNDS, () => {
      const count = 1 + random.nextInt(20);
      const column = encodeHistogramColumn(codec, seriesOf(random, count, 10));
      for (let flips = 1 + random.nextInt(3); flips > 0; flips--) {
        column[random.nextInt(Math.min(column.length, 80))] = random.nextInt(256);
      }
      const end = random.nextInt(4) === 0 ? random.nextInt(column.length) : column.length;
      return Buffer.concat([Buffer.of(count - 1), column.subarray(0, end)]);
    });
    expect(tried).toBe(DAMAGE_ROUNDS);
  });

  it(`survive bytes of any kind (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED + 2);
    const tried = hostileColumns.run(NOISE_ROUNDS, () => {
      const noise = Array.from({ length: random.nextInt(60) }, () => random.nextInt(256));
      // A valid flags column, so that the rest is reached.
      return Buffer.from([random.nextInt(3), 0, 1, ...noise]);
    });
    expect(tried).toBe(NOISE_ROUNDS);
  });
});
