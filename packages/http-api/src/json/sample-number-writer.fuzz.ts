import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { formatPlainNumber } from './plain-number.ts';
import { SAMPLE_NUMBER_BYTES_MAX, SampleNumberWriter } from './sample-number-writer.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 200_000);
const GUARD = 0xaa;

/** Independent of the writer: the digits of `Number#toString`, reshaped by text alone. */
function reference(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

const bytes = new Uint8Array(SAMPLE_NUMBER_BYTES_MAX + 16).fill(GUARD);
const view = new DataView(bytes.buffer);
const writer = new SampleNumberWriter();

/** Writes at an odd place and looks at what lies around it. */
function written(value: number): string {
  const end = writer.writeInto(view, 5, value);
  if (bytes[4] !== GUARD || bytes[5 + SAMPLE_NUMBER_BYTES_MAX] !== GUARD) return 'wrote outside its room';
  return Buffer.from(bytes.subarray(5, end)).toString('latin1');
}

const words = new Uint32Array(2);
const float = new Float64Array(words.buffer);

function fromWords(high: number, low: number): number {
  words[1] = high;
  words[0] = low;
  return float[0] ?? 0;
}

const GENERATORS: Readonly<Record<string, (random: SeededRandom) => number>> = {
  'any bits': (random) => fromWords(random.nextUint32(), random.nextUint32()),
  'any bits from 1e-7 to 2^54': (random) =>
    fromWords(((1023 - 24 + random.nextInt(78)) << 20) | random.nextInt(1 << 20), random.nextUint32()),
  'short decimals': (random) => random.nextInt(1_000_000_000) / 10 ** random.nextInt(13),
  'long decimals': (random) =>
    Number(`${random.nextInt(1_000_000)}.${random.nextUint32()}${random.nextInt(10 ** random.nextInt(7))}`),
  quotients: (random) => random.nextInt(1_000_000) / (1 + random.nextInt(10_000)),
  'neighbours of powers of ten': (random) => {
    float[0] = Number(`${1 + random.nextInt(9)}e${random.nextInt(30) - 8}`);
    words[0] = (words[0] ?? 0) + random.nextInt(9) - 4;
    return float[0];
  },
  'neighbours of powers of two': (random) =>
    fromWords((1023 - 30 + random.nextInt(100)) << 20, random.nextInt(5)) *
    (1 - random.nextInt(3) * 2 ** -53),
  integers: (random) => Math.floor(random.nextFloat() * 2 ** random.nextInt(70)),
};

describe('SampleNumberWriter', () => {
  for (const [name, generate] of Object.entries(GENERATORS)) {
    it(`writes ${name} as the reference does (seed ${SEED})`, () => {
      const random = new SeededRandom(SEED);
      const wrong: [number, string, string][] = [];
      for (let count = 0; count < CASES && wrong.length < 5; count++) {
        const value = generate(random) * (count % 2 === 0 ? 1 : -1);
        const text = written(value);
        if (text !== reference(value)) wrong.push([value, text, reference(value)]);
      }
      expect(wrong).toEqual([]);
    });
  }
});

describe('formatPlainNumber', () => {
  it(`has no exponent and reads back as the same float (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const values = Array.from({ length: CASES / 10 }, () =>
      fromWords(random.nextUint32(), random.nextUint32()),
    );
    const wrong = values
      .filter((value) => Number.isFinite(value))
      .filter((value) => {
        const text = formatPlainNumber(value);
        return !/^-?\d+(\.\d*[1-9])?$/.test(text) || !Object.is(Number(text), value);
      });
    expect(wrong).toEqual([]);
  });
});
