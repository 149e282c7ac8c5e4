/** Encodes and decodes columns of 480 samples; prints `name ns/op hash`, an op being a sample, and the bytes. */
import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { ColumnCodec, timestampColumnBytesMax, valueColumnBytesMax } from './column-codec.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SAMPLES = 480;
const COLUMNS = SMOKE ? 10 : 2000;
const ROUNDS = SMOKE ? 1 : 7;

const random = new SeededRandom(5);
let total = 0;
const SHAPES: Readonly<Record<string, (index: number) => number>> = {
  counter: (index) => index * 50 + random.nextInt(100),
  'counter with resets': (index) => (index % 200) * 50 + random.nextInt(100),
  'idle counter': () => (total += random.nextInt(30) === 0 ? 1 + random.nextInt(9) : 0),
  'two decimals': () => random.nextInt(10_000) / 100,
  'memory in pages': () => 4096 * (200_000 + random.nextInt(1000)),
  constant: () => 42,
  'durations with outliers': () => random.nextInt(random.nextInt(20) === 0 ? 1e7 : 2e5) / 1e9,
  'sum of durations': () => (total += random.nextInt(2e6) / 1e9),
  fractions: () => random.nextFloat() + random.nextFloat() / 2 ** 21,
};

const codec = new ColumnCodec();
const bytes = Buffer.alloc(valueColumnBytesMax(SAMPLES) + timestampColumnBytesMax(SAMPLES));

function bestNs(action: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    for (let index = 0; index < COLUMNS; index++) action();
    best = Math.min(best, performance.now() - startMs);
  }
  return (best * 1e6) / (COLUMNS * SAMPLES);
}

function print(name: string, ns: number, hash: number): void {
  process.stdout.write(`${name} ${ns.toFixed(1)} ns/op ${hash}\n`);
}

function benchTimestamps(name: string, jitterMs: number): void {
  const columns = new SampleColumns(SAMPLES);
  for (let index = 0; index < SAMPLES; index++) {
    columns.push(1_760_000_000_000 + index * 15_000 + random.nextInt(jitterMs), 0);
  }
  const times = columns.timestampMs;
  let end = 0;
  const encodeNs = bestNs(() => {
    end = codec.encodeTimestamps(times, 0, SAMPLES, bytes, 0);
  });
  print(`encode timestamps, ${name}, ${(end / SAMPLES).toFixed(2)} bytes`, encodeNs, end);
  const target = new Float64Array(SAMPLES);
  const decodeNs = bestNs(() => codec.decodeTimestamps(bytes, 0, end, SAMPLES, target, 0));
  print(
    `decode timestamps, ${name}`,
    decodeNs,
    target.reduce((sum, time) => sum + time, 0),
  );
}

function benchValues(
  name: string,
  valueOf: (index: number) => number,
): readonly [encode: number, decode: number] {
  const columns = new SampleColumns(SAMPLES);
  for (let index = 0; index < SAMPLES; index++) columns.push(index, valueOf(index));
  let end = 0;
  const encodeNs = bestNs(() => {
    end = codec.encodeValues(columns, 0, SAMPLES, bytes, 0);
  });
  print(`encode values, ${name}, ${(end / SAMPLES).toFixed(2)} bytes`, encodeNs, end);
  const target = new SampleColumns(SAMPLES);
  const decodeNs = bestNs(() => codec.decodeValues(bytes, 0, end, SAMPLES, target, 0));
  print(
    `decode values, ${name}`,
    decodeNs,
    target.value.reduce((sum, value) => sum + value, 0),
  );
  return [encodeNs, decodeNs];
}

benchTimestamps('regular', 1);
benchTimestamps('with jitter', 5);
const results = Object.entries(SHAPES).map(([name, valueOf]) => benchValues(name, valueOf));
for (const [index, verb] of ['encode', 'decode'].entries()) {
  print(`${verb} values, mean`, results.reduce((sum, result) => sum + result[index]!, 0) / results.length, 0);
}
