import { errorCode, SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import {
  ColumnCodec,
  SAMPLES_PER_CHUNK_MAX,
  timestampColumnBytesMax,
  valueColumnBytesMax,
} from './column-codec.ts';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { FuzzInputs } from '../fuzz-inputs.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const ROUNDS = 150;
const NOISE_ROUNDS = 20_000;

const codec = new ColumnCodec();
const bytes = Buffer.alloc(valueColumnBytesMax(SAMPLES_PER_CHUNK_MAX) + 16);

type ValueMaker = (random: SeededRandom, index: number) => number;

let total = 0;
const valueMakers: Readonly<Record<string, ValueMaker>> = {
  constant: () => 42,
  counter: (random, index) => index * 100 + random.nextInt(50),
  'counter with resets': (random, index) => (index % 97) * 1000 + random.nextInt(5),
  'idle counter': (random) => (total += random.nextInt(20) === 0 ? random.nextInt(1000) : 0),
  'big counter': (random, index) => 2 ** 50 + index * 1_000_003 + random.nextInt(1000),
  'multiples of a page': (random) => 4096 * random.nextInt(100_000) + 17,
  'two decimals': (random) => random.nextInt(100_000) / 100,
  'nine decimals': (random) => random.nextInt(2 ** 30) / 1e9,
  'sum of nine decimals': (random) => (total += random.nextInt(2 ** 28) / 1e9),
  'falling sum of decimals': (random) => (total -= random.nextInt(1e6) / 1e6),
  fractions: (random) => random.nextFloat() / 3,
  'single precision': (random) => Math.fround(random.nextFloat()),
  huge: (random) => (random.nextFloat() - 0.5) * 1e300,
  tiny: (random) => random.nextInt(9) * Number.MIN_VALUE,
  mixed: (random, index) =>
    index % 7 === 0 ? random.nextFloat() : index % 11 === 0 ? -0 : random.nextInt(10),
  specials: (random) =>
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0, 1.5][random.nextInt(6)]!,
  'integers with outliers of many digits': (random) =>
    random.nextInt(50) === 0 ? random.nextFloat() : random.nextInt(1000),
  'decimals of any length': (random) =>
    Number(random.nextFloat().toFixed(random.nextInt(19))) * 10 ** random.nextInt(6),
  'numbers of any width': (random, index) =>
    (random.nextInt(2) * 2 - 1) *
    Math.floor(random.nextFloat() * 2 ** ((index >> 6) * 7 + random.nextInt(8))),
  'near the range of integers': (random) => (random.nextInt(2) * 2 - 1) * (2 ** 51 - random.nextInt(3)),
};

function columnsOf(make: ValueMaker, count: number, random: SeededRandom): SampleColumns {
  const columns = new SampleColumns(count);
  total = random.nextInt(1000);
  const specials = random.nextInt(3);
  for (let index = 0; index < count; index++) {
    columns.push(index, make(random, index));
    if (specials === 0 && random.nextInt(40) === 0) {
      columns.valueWords[2 * index] = random.nextInt(3);
      columns.valueWords[2 * index + 1] = 0x7ff00000 + random.nextInt(2) * 0x80000;
    }
  }
  return columns;
}

type TimeStep = (random: SeededRandom) => number;
const timeSteps: Readonly<Record<string, TimeStep>> = {
  regular: () => 15_000,
  jitter: (random) => 14_990 + random.nextInt(20),
  gaps: (random) => 15_000 * (random.nextInt(30) === 0 ? 1 + random.nextInt(1e6) : 1),
  irregular: (random) => 1 + random.nextInt(2 ** random.nextInt(40)),
  'past the range of integers': (random) => 2 ** 43 + random.nextInt(1000),
};

function countOf(round: number, random: SeededRandom): number {
  if (round < 8) return round + 1;
  return round % 10 === 0 ? SAMPLES_PER_CHUNK_MAX : 1 + random.nextInt(SAMPLES_PER_CHUNK_MAX);
}

/** Bytes that may be damaged decode, or are refused by code. */
function mustBeReadOrRefused(decode: () => void): void {
  try {
    decode();
  } catch (error) {
    if (errorCode(error) !== ERR_STORE_CORRUPT) throw error;
  }
}

/** A count of samples, u16, and a column of any bytes. */
function hostileInput(count: number, column: Uint8Array): Buffer {
  const input = Buffer.alloc(2 + column.length);
  input.writeUInt16LE(count - 1);
  input.set(column, 2);
  return input;
}

function countOfInput(input: Buffer): number {
  return 1 + (input.readUInt16LE(0) % SAMPLES_PER_CHUNK_MAX);
}

/** @param input values as they lie in memory. */
function mustGiveBackValues(input: Buffer): void {
  const count = input.length / 8;
  const source = new SampleColumns(count);
  source.valueWords.set(new Int32Array(Uint8Array.from(input).buffer));
  const end = codec.encodeValues(source, 0, count, bytes, 5);
  expect(end - 5).toBeLessThanOrEqual(1 + 8 * count);
  const target = new SampleColumns(count + 1);
  codec.decodeValues(bytes, 5, end, count, target, 1);
  expect(target.valueWords.subarray(2, 2 + 2 * count)).toEqual(source.valueWords.subarray(0, 2 * count));
}

const roundTrips = new FuzzInputs(import.meta.dirname, 'value-round-trip', mustGiveBackValues);

function mustReadOrRefuseValues(input: Buffer): void {
  const count = countOfInput(input);
  const target = new SampleColumns(count + 2);
  target.value.fill(7);
  mustBeReadOrRefused(() => codec.decodeValues(input, 2, input.length, count, target, 1));
  expect([target.value[0], target.value[count + 1]]).toEqual([7, 7]);
}

const hostileValues = new FuzzInputs(import.meta.dirname, 'value-column', mustReadOrRefuseValues);

/** @param input times as they lie in memory. */
function mustGiveBackTimes(input: Buffer): void {
  const source = new Float64Array(Uint8Array.from(input).buffer);
  const end = codec.encodeTimestamps(source, 0, source.length, bytes, 3);
  expect(end - 3).toBeLessThanOrEqual(timestampColumnBytesMax(source.length));
  const target = new Float64Array(source.length + 1);
  codec.decodeTimestamps(bytes, 3, end, source.length, target, 1);
  expect(target.subarray(1)).toEqual(source);
}

const timeRoundTrips = new FuzzInputs(import.meta.dirname, 'timestamp-round-trip', mustGiveBackTimes);

function mustReadOrRefuseTimes(input: Buffer): void {
  const count = countOfInput(input);
  const target = new Float64Array(count + 2).fill(7);
  mustBeReadOrRefused(() => codec.decodeTimestamps(input, 2, input.length, count, target, 1));
  expect([target[0], target[count + 1]]).toEqual([7, 7]);
}

const hostileTimestamps = new FuzzInputs(import.meta.dirname, 'timestamp-column', mustReadOrRefuseTimes);

it('what failed once passes', () => {
  expect(roundTrips.replay()).toBeGreaterThan(0);
  expect(hostileValues.replay()).toBeGreaterThan(0);
  expect(timeRoundTrips.replay()).toBeGreaterThan(0);
  expect(hostileTimestamps.replay()).toBeGreaterThan(0);
});

describe('value columns', () => {
  it.each(Object.entries(valueMakers))(`give back every bit: %s (seed ${SEED})`, (_name, make) => {
    const random = new SeededRandom(SEED);
    const tried = roundTrips.run(ROUNDS, (round) => {
      const count = countOf(round, random);
      const { buffer, byteOffset } = columnsOf(make, count, random).valueWords;
      const start = round % 3 === 0 ? random.nextInt(count) : 0;
      return Buffer.from(buffer, byteOffset + 8 * start, 8 * (count - start));
    });
    expect(tried).toBe(ROUNDS);
  });

  it.each(Object.entries(valueMakers))(`survive damage: %s (seed ${SEED})`, (_name, make) => {
    const random = new SeededRandom(SEED + 1);
    const tried = hostileValues.run(ROUNDS, (round) => {
      const count = countOf(round, random);
      const end = codec.encodeValues(columnsOf(make, count, random), 0, count, bytes, 0);
      const column = Buffer.from(bytes.subarray(0, end));
      for (let flips = 1 + random.nextInt(3); flips > 0; flips--) {
        column[random.nextInt(Math.min(end, 24))] = random.nextInt(256);
      }
      const cut = random.nextInt(4) === 0 ? random.nextInt(end + 1) : end;
      return hostileInput(count, column.subarray(0, cut));
    });
    expect(tried).toBe(ROUNDS);
  });
});

describe('timestamp columns', () => {
  it.each(Object.entries(timeSteps))(`give back every time: %s (seed ${SEED})`, (_name, step) => {
    const random = new SeededRandom(SEED);
    const tried = timeRoundTrips.run(ROUNDS, (round) => {
      const source = new Float64Array(countOf(round, random));
      let time = 1_700_000_000_000 - random.nextInt(2 ** 31) * 1000;
      for (let index = 0; index < source.length; index++) source[index] = time += step(random);
      return Buffer.from(source.buffer);
    });
    expect(tried).toBe(ROUNDS);
  });

  it(`survive damage (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const tried = hostileTimestamps.run(20 * ROUNDS, (round) => {
      const count = countOf(round, random);
      const source = Float64Array.from({ length: count }, (_, index) => 15_000 * index + random.nextInt(9));
      const end = codec.encodeTimestamps(source, 0, count, bytes, 0);
      const column = Buffer.from(bytes.subarray(0, end));
      column[random.nextInt(end)] = random.nextInt(256);
      return hostileInput(count, column.subarray(0, end - random.nextInt(2)));
    });
    expect(tried).toBe(20 * ROUNDS);
  });
});

describe.each([
  ['value columns', hostileValues],
  ['timestamp columns', hostileTimestamps],
])('%s', (_what, inputs) => {
  it(`survive bytes of any kind (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED + 2);
    const tried = inputs.run(NOISE_ROUNDS, () => {
      const noise = Buffer.from(Array.from({ length: random.nextInt(60) }, () => random.nextInt(256)));
      if (noise.length > 0) noise[0] = (random.nextInt(8) << 5) | random.nextInt(20);
      return hostileInput(1 + random.nextInt(random.nextInt(2) === 0 ? 4 : SAMPLES_PER_CHUNK_MAX), noise);
    });
    expect(tried).toBe(NOISE_ROUNDS);
  });
});
