/** 1,000 series of 240 steps, as `rate(m[5m])` over an hour answers; prints `name ns/op hash`, an op being a sample. */
import { createHash } from 'node:crypto';
import { SeededRandom } from '@promontory/base';
import { Labels } from '@promontory/model';
import type { MatrixSeries, QueryValue } from '@promontory/promql';
import { JsonWriter } from './json-writer.ts';
import { estimateQueryValueBytes, writeQueryValue } from './query-result-json.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES_COUNT = SMOKE ? 10 : 1000;
const STEP_COUNT = 240;
const ROUNDS = SMOKE ? 1 : 15;

const SHAPES: Readonly<Record<string, (random: SeededRandom) => number>> = {
  'rates of 17 digits': (random) => random.nextInt(1_000_000) / 285,
  'two decimals': (random) => random.nextInt(1_000_000) / 100,
  integers: (random) => random.nextInt(1_000_000_000),
};

function buildMatrix(nextValue: (random: SeededRandom) => number): QueryValue {
  const random = new SeededRandom(7);
  const series: MatrixSeries[] = [];
  for (let index = 0; index < SERIES_COUNT; index++) {
    const timestampMs = Float64Array.from(
      { length: STEP_COUNT },
      (_, step) => 1_435_781_430_781 + step * 15_000,
    );
    const value = Float64Array.from({ length: STEP_COUNT }, () => nextValue(random));
    const labels = Labels.fromObject({
      cluster: 'eu-1',
      container: 'main',
      instance: `10.0.${index >> 8}.${index & 255}:9100`,
      job: 'node',
      namespace: `team-${index % 20}`,
      pod: `app-${index}`,
    });
    series.push({ labels, timestampMs, value, count: STEP_COUNT, histograms: [] });
  }
  return { type: 'matrix', series };
}

function encode(value: QueryValue): Uint8Array {
  const writer = new JsonWriter(estimateQueryValueBytes(value));
  writeQueryValue(writer, value);
  return writer.finish();
}

for (const [name, nextValue] of Object.entries(SHAPES)) {
  const matrix = buildMatrix(nextValue);
  let best = Infinity;
  let bytes = encode(matrix);
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    bytes = encode(matrix);
    best = Math.min(best, performance.now() - startMs);
  }
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const nsPerSample = (best * 1e6) / (SERIES_COUNT * STEP_COUNT);
  process.stdout.write(`matrix json, ${name} ${nsPerSample.toFixed(1)} ns/op ${hash}\n`);
}
