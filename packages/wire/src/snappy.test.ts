import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { compress, declaredLength, uncompress } from './snappy.ts';

const LIMIT = 1 << 20;

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function randomBytes(random: SeededRandom, length: number, alphabet: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.nextInt(alphabet));
}

describe('compress and uncompress', () => {
  it('give back what went in, from empty to large, dense to random', () => {
    const random = new SeededRandom(11);
    for (const [length, alphabet] of [
      [0, 1],
      [1, 256],
      [7, 2],
      [100_000, 1],
      [300_000, 4],
      [LIMIT, 256],
    ] as const) {
      const original = randomBytes(random, length, alphabet);
      const block = compress(original);
      expect(declaredLength(block)).toBe(length);
      expect(Buffer.compare(uncompress(block, LIMIT), original)).toBe(0);
    }
  });

  it('accept a block of exactly the bound and refuse one byte more', () => {
    const block = compress(new Uint8Array(1000));
    expect(uncompress(block, 1000)).toHaveLength(1000);
    expect(() => uncompress(block, 999)).toThrow(
      expect.objectContaining({ code: 'ERR_SNAPPY_TOO_LARGE', kind: 'bad-data' }),
    );
  });

  it('returns memory that later calls leave alone', () => {
    const first = uncompress(compress(bytes(1, 2, 3)), LIMIT);
    uncompress(compress(bytes(9, 9, 9)), LIMIT);
    expect([...first]).toEqual([1, 2, 3]);
  });
});

describe('hostile blocks', () => {
  const valid = compress(randomBytes(new SeededRandom(3), 5000, 8));
  const cases: readonly (readonly [name: string, block: Uint8Array])[] = [
    ['nothing at all', bytes()],
    ['a preamble without end', bytes(0x80)],
    ['a preamble of six bytes', bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0)],
    ['a preamble over 32 bits', bytes(0xff, 0xff, 0xff, 0xff, 0x1f, 0)],
    ['4 GiB declared by seven bytes', bytes(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 65)],
    ['32 MiB declared by a hundred bytes', bytes(0x80, 0x80, 0x80, 0x10, ...new Uint8Array(100))],
    ['a length without elements', bytes(0x05)],
    ['a truncated block', valid.subarray(0, valid.length - 10)],
    ['bytes after the end', Uint8Array.from([...valid, 0, 65])],
    ['an offset before the start', bytes(0x08, 0x00, 0x41, 0x0d, 0x05)],
    ['an offset of zero', bytes(0x08, 0x00, 0x41, 0x0d, 0x00)],
    ['framed snappy', bytes(0xff, 6, 0, 0, ...Buffer.from('sNaPpY'), 1, 5, 0, 0, 0, 0, 0, 0, 65)],
    ['gzip', bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0)],
  ];
  it.each(cases)('%s is refused as invalid', (_name, block) => {
    expect(() => uncompress(block, LIMIT)).toThrow(
      expect.objectContaining({ code: 'ERR_SNAPPY_INVALID', kind: 'bad-data' }),
    );
  });

  it('a bomb is refused before memory is taken', () => {
    const bomb = compress(new Uint8Array(64 << 20));
    const residentBefore = process.memoryUsage.rss();
    for (let round = 0; round < 50; round++) expect(() => uncompress(bomb, 32 << 20)).toThrow(/too large/);
    expect(process.memoryUsage.rss() - residentBefore).toBeLessThan(32 << 20);
  });
});
