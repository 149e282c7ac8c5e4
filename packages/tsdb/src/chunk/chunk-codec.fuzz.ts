import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ChunkCodec, SAMPLES_PER_CHUNK_MAX } from './chunk-codec.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

type ValueMaker = (random: SeededRandom, index: number) => number;

const makers: Record<string, ValueMaker> = {
  constant: () => 42,
  counter: (random, index) => index * 100 + random.nextInt(50),
  'big counter': (random, index) => 2 ** 50 + index * 1_000_003 + random.nextInt(1000),
  'two decimals': (random) => random.nextInt(100_000) / 100,
  'nine decimals': (random) => random.nextInt(2 ** 30) / 1e9,
  fractions: (random) => random.nextFloat() / 3,
  huge: (random) => (random.nextFloat() - 0.5) * 1e300,
  mixed: (random, index) =>
    index % 7 === 0 ? random.nextFloat() : index % 11 === 0 ? -0 : random.nextInt(10),
  infinities: (random) =>
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0][random.nextInt(5)]!,
  'integers with outliers of many digits': (random) =>
    random.nextInt(50) === 0 ? random.nextFloat() : random.nextInt(1000),
  'decimals of any length': (random) =>
    Number(random.nextFloat().toFixed(random.nextInt(19))) * 10 ** random.nextInt(6),
  'smooth parabola': (_random, index) => index * index * 3,
};

function columnsOf(make: ValueMaker, count: number, random: SeededRandom): SampleColumns {
  const columns = new SampleColumns(count);
  let time = 1_700_000_000_000 - random.nextInt(2 ** 31) * 100;
  const jitter = random.nextInt(3);
  for (let index = 0; index < count; index++) {
    columns.push(time, make(random, index));
    if (random.nextInt(40) === 0) {
      columns.valueWords[2 * index] = 2;
      columns.valueWords[2 * index + 1] = 0x7ff00000;
    }
    time +=
      jitter === 0 ? 15_000 : jitter === 1 ? 14_990 + random.nextInt(20) : 1 + random.nextInt(2 ** 31) * 9;
  }
  return columns;
}

describe('ChunkCodec', () => {
  const codec = new ChunkCodec();
  it.each(Object.entries(makers))(`gives back every bit: %s (seed ${SEED})`, (_name, make) => {
    const random = new SeededRandom(SEED);
    for (let round = 0; round < 300; round++) {
      const count = round < 8 ? round + 1 : 1 + random.nextInt(SAMPLES_PER_CHUNK_MAX);
      const source = columnsOf(make, count, random);
      const target = new SampleColumns(4);
      target.push(1, 1);
      codec.decodeInto(target, codec.encode(source, 0, count), 'chunk');
      expect(target.count).toBe(count + 1);
      expect(target.timestampMs.subarray(1, count + 1)).toEqual(source.timestampMs.subarray(0, count));
      expect(target.valueWords.subarray(2, 2 * count + 2)).toEqual(source.valueWords.subarray(0, 2 * count));
    }
  });

  it.each<[string, (index: number) => number, number, number]>([
    ['integers', (index) => (index * 37) % 1000, 511, 0.123456789012345],
    ['integers, first', (index) => (index * 37) % 1000, 0, 1e-15],
    ['integers, in the middle', (index) => (index * 37) % 1000, 256, Math.PI],
    ['hundredths', (index) => (index * 1234 + ((index * 7919) % 1000)) / 100, 0, 1e-15],
    ['hundredths, third', (index) => (index * 1234 + ((index * 7919) % 1000)) / 100, 2, 0.333_333_333_333],
    ['a jagged gauge', (index) => ((index * 7919) % 1e5) / 1000, 100, 5e-12],
  ])('one value of many digits costs an exception, not a chunk: %s', (_what, valueOf, at, outlier) => {
    const bytesOf = (make: ValueMaker): number => {
      const columns = new SampleColumns(SAMPLES_PER_CHUNK_MAX);
      const random = new SeededRandom(SEED);
      for (let index = 0; index < SAMPLES_PER_CHUNK_MAX; index++) columns.push(index, make(random, index));
      return codec.encode(columns, 0, SAMPLES_PER_CHUNK_MAX).length;
    };
    const bytes = bytesOf((_random, index) => valueOf(index));
    const withOutlier = bytesOf((_random, index) => (index === at ? outlier : valueOf(index)));
    // A repeated neighbour may cost the differences up to two bits each.
    expect(withOutlier - bytes).toBeLessThanOrEqual(10 + SAMPLES_PER_CHUNK_MAX / 4);
  });

  it('refuses every single flipped byte', () => {
    const chunk = codec.encode(columnsOf(makers['two decimals']!, 100, new SeededRandom(SEED)), 0, 100);
    for (let index = 0; index < chunk.length; index++) {
      const damaged = Buffer.from(chunk);
      damaged[index]! ^= 0x10;
      const target = new SampleColumns();
      expect(() => codec.decodeInto(target, damaged, 'chunk')).toThrow(
        expect.objectContaining({ code: 'ERR_STORE_CORRUPT' }),
      );
      expect(target.count).toBe(0);
    }
  });
});
