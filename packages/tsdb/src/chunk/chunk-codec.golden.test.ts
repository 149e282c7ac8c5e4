import { SampleColumns, setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ChunkCodec } from './chunk-codec.ts';

const START_MS = 1_700_000_000_000;

interface Golden {
  readonly what: string;
  /** From START_MS on. */
  readonly offsetsMs: readonly number[];
  readonly values: readonly number[];
  readonly staleIndexes?: readonly number[];
  /** Checksum, header, timestamps, values; then the packed numbers, and the exceptions one by one. */
  readonly parts: readonly string[];
}

const FIRST_TIMESTAMP = '00008056febc7842';
const every15s = (count: number): number[] => Array.from({ length: count }, (_, index) => 15_000 * index);

const GOLDEN: readonly Golden[] = [
  {
    what: 'a single sample',
    offsetsMs: [0],
    values: [42],
    parts: ['7ecb4203', '010000000100', FIRST_TIMESTAMP, 'ffffffff', '0000000000004540'],
  },
  {
    what: 'a constant at a constant distance',
    offsetsMs: every15s(3),
    values: [42, 42, 42],
    parts: ['14dc2e09', '010000000300', FIRST_TIMESTAMP, '983a0000', '0000000000004540'],
  },
  {
    what: 'decimals, not differenced',
    offsetsMs: every15s(4),
    values: [5.25, 1.5, 4.75, 2],
    parts: [
      '8b1bcb2d',
      '010001020400',
      FIRST_TIMESTAMP,
      '983a0000',
      '0000000000c06240 09 0000',
      '7701149501000000',
    ],
  },
  {
    what: 'a counter, differenced once',
    offsetsMs: every15s(12),
    values: Array.from({ length: 12 }, (_, index) => 1_000_000 * index + ((index * 5) % 7)),
    parts: [
      '48452f11',
      '010002000c00',
      FIRST_TIMESTAMP,
      '983a0000',
      '0000000000000000',
      '000000007c842e41 03 0000',
      '070ee0c001000000',
    ],
  },
  {
    what: 'a parabola, differenced twice, nothing left to pack',
    offsetsMs: every15s(12),
    values: Array.from({ length: 12 }, (_, index) => 1000 * index * index),
    parts: [
      '12ce3bd8',
      '010003000c00',
      FIRST_TIMESTAMP,
      '983a0000',
      '0000000000000000 0000000000408f40',
      '0000000000409f40 00 0000',
    ],
  },
  {
    what: 'a staleness marker and a minus zero as exceptions',
    offsetsMs: every15s(5),
    values: [1, 0, -0, 3, 4],
    staleIndexes: [1],
    parts: [
      '6fabd80e',
      '010001000500',
      FIRST_TIMESTAMP,
      '983a0000',
      '000000000000f03f 02 0200',
      '80030000',
      '0100 020000000000f07f',
      '0200 0000000000000080',
    ],
  },
  {
    what: 'numbers wider than 32 bits, in two streams',
    offsetsMs: every15s(4),
    values: [2 ** 40, 3, 2 ** 33 + 5, 7],
    parts: [
      'a0ff10c6',
      '010001000400',
      FIRST_TIMESTAMP,
      '983a0000',
      '0000000000000840 28 0000',
      'fdffffff000000000200000004000000',
      'ff000200',
    ],
  },
  {
    what: 'values as they are',
    offsetsMs: every15s(2),
    values: [1 / 3, 2 / 7],
    parts: ['0345caf7', '010004000200', FIRST_TIMESTAMP, '983a0000', '555555555555d53f922449922449d23f'],
  },
  {
    what: 'packed timestamps',
    offsetsMs: [0, 15_000, 29_990, 45_003],
    values: [1, 1, 1, 1],
    parts: ['85130cbc', '010100000400', FIRST_TIMESTAMP, '8e3a0000 05 0a5c0000', '000000000000f03f'],
  },
  {
    what: 'timestamps as they are',
    offsetsMs: [0, 2 ** 32, 2 ** 32 + 1],
    values: [1, 1, 1],
    parts: [
      'ccfa0424',
      '010200000300',
      FIRST_TIMESTAMP,
      '00008056fecc784200108056fecc7842',
      '000000000000f03f',
    ],
  },
];

function columnsOf({ offsetsMs, values, staleIndexes = [] }: Golden): SampleColumns {
  const columns = new SampleColumns(offsetsMs.length);
  for (const [index, offsetMs] of offsetsMs.entries())
    columns.push(START_MS + offsetMs, values[index] ?? Number.NaN);
  for (const index of staleIndexes) setStaleAt(columns.valueWords, index);
  return columns;
}

describe('a chunk has these bytes: a change needs a new version', () => {
  const codec = new ChunkCodec();
  it.each(GOLDEN)('$what', (golden) => {
    const source = columnsOf(golden);
    const hex = golden.parts.join('').replaceAll(' ', '');
    expect(codec.encode(source, 0, source.count).toString('hex')).toBe(hex);
    const target = new SampleColumns(1);
    codec.decodeInto(target, Buffer.from(hex, 'hex'), 'chunk');
    expect(target.count).toBe(source.count);
    expect(target.timestampMs.subarray(0, target.count)).toEqual(
      source.timestampMs.subarray(0, source.count),
    );
    expect(target.valueWords.subarray(0, 2 * target.count)).toEqual(
      source.valueWords.subarray(0, 2 * source.count),
    );
  });
});
