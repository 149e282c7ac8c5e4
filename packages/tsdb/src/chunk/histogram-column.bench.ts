/** Encodes and decodes columns of 240 histograms; prints `name ns/op hash`, an op being a bucket of a sample. */
import { SeededRandom } from '@promontory/base';
import type { NativeHistogram } from '@promontory/model';
import { ColumnCodec } from './column-codec.ts';
import { decodeHistogramColumn, encodeHistogramColumn } from './histogram-column.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SAMPLES = 240;
const BUCKETS = 40;
const COLUMNS = SMOKE ? 1 : 100;
const ROUNDS = SMOKE ? 1 : 5;

const codec = new ColumnCodec();
const random = new SeededRandom(5);

function series(rate: number): NativeHistogram[] {
  const totals = new Float64Array(BUCKETS);
  return Array.from({ length: SAMPLES }, () => {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      totals[bucket] = totals[bucket]! + random.nextInt(1 + (rate * bucket) / BUCKETS);
    }
    return {
      isInteger: true,
      counterResetHint: 'not-reset',
      schema: 3,
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count: totals.reduce((sum, total) => sum + total, 0),
      sum: totals.reduce((sum, total, bucket) => sum + total * 1.09 ** bucket, 0),
      isStale: false,
      positive: {
        spanOffsets: Int32Array.of(-10),
        spanLengths: Uint32Array.of(BUCKETS),
        counts: totals.slice(),
      },
      negative: {
        spanOffsets: new Int32Array(0),
        spanLengths: new Uint32Array(0),
        counts: new Float64Array(0),
      },
      customValues: new Float64Array(0),
    };
  });
}

function bestNs(action: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    for (let index = 0; index < COLUMNS; index++) action();
    best = Math.min(best, performance.now() - startMs);
  }
  return (best * 1e6) / (COLUMNS * SAMPLES * BUCKETS);
}

for (const [name, rate] of [
  ['quiet', 0],
  ['busy', 200],
] as const) {
  const histograms = series(rate);
  let column = encodeHistogramColumn(codec, histograms);
  const encodeNs = bestNs(() => {
    column = encodeHistogramColumn(codec, histograms);
  });
  const perHistogram = (column.length / SAMPLES).toFixed(1);
  process.stdout.write(
    `encode histograms, ${name}, ${perHistogram} bytes each ${encodeNs.toFixed(1)} ns/op ${column.length}\n`,
  );
  let decoded = histograms;
  const decodeNs = bestNs(() => {
    decoded = decodeHistogramColumn(codec, column, 0, column.length, SAMPLES);
  });
  const hash = decoded.reduce((sum, histogram) => sum + histogram.count, 0);
  process.stdout.write(`decode histograms, ${name} ${decodeNs.toFixed(1)} ns/op ${hash}\n`);
}
