/** Encodes and decodes chunks of 480 samples; prints `name ns/op hash`, an op being a sample. */
import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { ChunkCodec } from './chunk-codec.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SAMPLES = 480;
const CHUNKS = SMOKE ? 10 : 2000;
const ROUNDS = SMOKE ? 1 : 7;

const SHAPES: Readonly<Record<string, (random: SeededRandom, index: number) => number>> = {
  counter: (random, index) => index * 50 + random.nextInt(100),
  'two decimals': (random) => random.nextInt(100_000) / 100,
  constant: () => 42,
  fractions: (random) => random.nextFloat() / 3,
};

const codec = new ChunkCodec();

function bestMs(action: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    action();
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

function print(name: string, ms: number, hash: number): void {
  process.stdout.write(`${name} ${((ms * 1e6) / (CHUNKS * SAMPLES)).toFixed(1)} ns/op ${hash}\n`);
}

for (const [name, valueOf] of Object.entries(SHAPES)) {
  const random = new SeededRandom(5);
  const columns = new SampleColumns(SAMPLES);
  for (let index = 0; index < SAMPLES; index++)
    columns.push(1_760_000_000_000 + index * 15_000, valueOf(random, index));
  let chunk = codec.encode(columns, 0, SAMPLES);
  const encodeMs = bestMs(() => {
    for (let index = 0; index < CHUNKS; index++) chunk = codec.encode(columns, 0, SAMPLES);
  });
  print(`encode, ${name}`, encodeMs, chunk.readUInt32LE(0));
  const target = new SampleColumns(SAMPLES);
  const decodeMs = bestMs(() => {
    for (let index = 0; index < CHUNKS; index++) {
      target.clear();
      codec.decodeInto(target, chunk, 'chunk');
    }
  });
  print(
    `decode, ${name}`,
    decodeMs,
    target.value.reduce((sum, value) => sum + value, 0),
  );
}
